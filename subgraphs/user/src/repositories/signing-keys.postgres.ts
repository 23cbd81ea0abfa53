import { randomUUID } from 'node:crypto';
import type { Database, Sql } from '@supergraph/database/database';
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JSONWebKeySet, type JWK } from 'jose';
import { isPublished, liveKeys, missingKeys, type SigningKey } from '../domain/signing-key.ts';
import type { SigningKeyCipher } from './signing-key-cipher.jose.ts';

/** The keys that sign access tokens, and those that verify them elsewhere. */
export interface SigningKeys {
  /** The key that signs now. */
  current(): Promise<{ id: string; privateKey: CryptoKey }>;
  /** The verification keys, as others read them: the one that signs, the next, and one just retired. */
  published(): Promise<JSONWebKeySet>;
}

export interface SigningKeysOptions {
  database: Database;
  cipher: SigningKeyCipher;
  rotationDays: number;
  now: () => Date;
  /** Told when the keys cannot be read again; the ones known before go on being used. */
  onReadFailure: (error: unknown) => void;
}

interface StoredKey extends SigningKey {
  publicJwk: JWK;
  encryptedPrivateJwk: string;
}

interface Known {
  readAt: Date;
  live: (SigningKey & { privateKey: CryptoKey })[];
  jwks: JSONWebKeySet;
}

const ALGORITHM = 'EdDSA';
const READ_AGAIN_AFTER_MS = 60_000;

const readAll = (sql: Sql): Promise<StoredKey[]> =>
  sql.query<StoredKey & Record<string, unknown>>(
    'select id, public_jwk as "publicJwk", encrypted_private_jwk as "encryptedPrivateJwk", signs_until as "signsUntil" from signing_keys',
  );

const addKey = async (sql: Sql, cipher: SigningKeyCipher, signsUntil: Date): Promise<void> => {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { crv: 'Ed25519', extractable: true });
  const id = randomUUID();
  const publicJwk = { ...(await exportJWK(publicKey)), kid: id, alg: ALGORITHM, use: 'sig' };
  const encrypted = await cipher.encrypt(await exportJWK(privateKey));
  await sql.query('insert into signing_keys (id, public_jwk, encrypted_private_jwk, signs_until) values ($1, $2, $3, $4)', [
    id,
    publicJwk,
    encrypted,
    signsUntil,
  ]);
};

/**
 * Reads the keys once a minute at most, and makes the ones that are missing. A replica needs no word from the others:
 * the next key is published a whole rotation before it signs, and which one signs follows from the clock.
 * @throws StartupError when the keys were made with another secret.
 */
export const openSigningKeys = async ({ database, cipher, rotationDays, now, onReadFailure }: SigningKeysOptions): Promise<SigningKeys> => {
  const unlock = (stored: readonly StoredKey[], at: Date): Promise<Known['live']> =>
    Promise.all(
      liveKeys(stored, at).map(async ({ id, signsUntil, encryptedPrivateJwk }) => ({
        id,
        signsUntil,
        privateKey: (await importJWK(await cipher.decrypt(encryptedPrivateJwk), ALGORITHM)) as CryptoKey,
      })),
    );

  const makeMissing = (at: Date): Promise<StoredKey[]> =>
    database.transact(async (sql) => {
      await sql.query("select pg_advisory_xact_lock(hashtext('user:signing-keys'))");
      const stored = await readAll(sql);
      await unlock(stored, at);
      for (const signsUntil of missingKeys(stored, at, rotationDays)) await addKey(sql, cipher, signsUntil);
      const forgotten = stored.filter((key) => !isPublished(key, at)).map((key) => key.id);
      await sql.query('delete from signing_keys where id = any($1)', [forgotten]);
      return readAll(sql);
    });

  const read = async (): Promise<Known> => {
    const readAt = now();
    let stored = await readAll(database);
    if (missingKeys(stored, readAt, rotationDays).length > 0) stored = await makeMissing(readAt);
    const jwks = { keys: stored.filter((key) => isPublished(key, readAt)).map((key) => key.publicJwk) };
    return { readAt, live: await unlock(stored, readAt), jwks };
  };

  let known = await read();
  let reading: Promise<void> | undefined;
  const readAgain = (): Promise<void> => {
    reading ??= read()
      .then((fresh) => {
        known = fresh;
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };

  /** Nobody waits for the database while a key that may sign is at hand. */
  const keys = async (): Promise<Known> => {
    const at = now();
    if (at.getTime() - known.readAt.getTime() < READ_AGAIN_AFTER_MS) return known;
    if (liveKeys(known.live, at).length === 0) await readAgain();
    else readAgain().catch(onReadFailure);
    return known;
  };

  return {
    current: async () => {
      const [key] = liveKeys((await keys()).live, now());
      if (key === undefined) throw new Error('there is no key to sign with');
      return key;
    },
    published: async () => (await keys()).jwks,
  };
};
