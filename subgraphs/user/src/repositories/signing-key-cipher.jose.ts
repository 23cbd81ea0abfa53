import { hkdfSync } from 'node:crypto';
import { StartupError } from '@supergraph/service/startup-error';
import { CompactEncrypt, compactDecrypt, errors, type JWK } from 'jose';

/** Keeps private keys unreadable for whoever reads the database or its backups. */
export interface SigningKeyCipher {
  encrypt(privateJwk: JWK): Promise<string>;
  /** @throws StartupError when it was encrypted with another secret. */
  decrypt(encrypted: string): Promise<JWK>;
}

const wrongSecret = (cause: unknown): StartupError =>
  new StartupError(
    'the signing keys in the user database were made with another USER_KEY_SECRET',
    'set USER_KEY_SECRET to the value they were made with; if it is lost, run "delete from signing_keys" in the user database and restart every replica: new keys are made, access tokens signed with the old ones are refused',
    cause,
  );

export const createSigningKeyCipher = (secret: string): SigningKeyCipher => {
  const key = new Uint8Array(hkdfSync('sha256', secret, '', 'supergraph user signing keys', 32));
  return {
    encrypt: (privateJwk) =>
      new CompactEncrypt(new TextEncoder().encode(JSON.stringify(privateJwk))).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(key),
    decrypt: async (encrypted) => {
      const { plaintext } = await compactDecrypt(encrypted, key).catch((error: unknown) => {
        throw error instanceof errors.JWEDecryptionFailed ? wrongSecret(error) : error;
      });
      return JSON.parse(new TextDecoder().decode(plaintext)) as JWK;
    },
  };
};
