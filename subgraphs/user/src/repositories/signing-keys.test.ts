import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import { createTokenVerifier } from '@supergraph/identity/token-verifier';
import { StartupError } from '@supergraph/service/startup-error';
import { createLocalJWKSet, decodeProtectedHeader } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newUser } from '../domain/user.ts';
import { createAccessTokenIssuer } from './access-token-issuer.jose.ts';
import { createSigningKeyCipher } from './signing-key-cipher.jose.ts';
import { openSigningKeys, type SigningKeys } from './signing-keys.postgres.ts';

const TOKENS = { issuer: 'https://user.test', audience: 'test' };
const SECRET = 'a secret of sixteen or more';
const DAY_MS = 86_400_000;

let fixture: TestDatabase;
let clock: Date;
const failures: unknown[] = [];

beforeEach(async () => {
  fixture = await createTestDatabase('user', new URL('../../migrations/', import.meta.url));
  clock = new Date();
  failures.length = 0;
});
afterEach(() => fixture.drop());

const now = (): Date => clock;
const open = (secret = SECRET): Promise<SigningKeys> =>
  openSigningKeys({
    database: fixture.database,
    cipher: createSigningKeyCipher(secret),
    rotationDays: 30,
    now,
    onReadFailure: (error) => failures.push(error),
  });
const published = async (keys: SigningKeys): Promise<string[]> => (await keys.published()).keys.map((key) => String(key.kid)).sort();
const issuerOf = (keys: SigningKeys, options = TOKENS) => createAccessTokenIssuer({ ...options, keys, now, newId: () => 'token-1' });
const verifierOf = async (keys: SigningKeys) =>
  createTokenVerifier({ issuers: [{ ...TOKENS, keys: createLocalJWKSet(await keys.published()), type: 'at+jwt' }] });
const ada = { ...newUser('17850', { email: 'ada@example.com', name: 'Ada', country: 'France' }, new Date()), role: 'STAFF' as const };
const bearer = async (keys: SigningKeys, options = TOKENS): Promise<string> => `Bearer ${(await issuerOf(keys, options).issue(ada)).accessToken}`;
const refused = expect.objectContaining({ code: 'ACCESS_TOKEN_INVALID' });

describe('access tokens', () => {
  test('tell the user and the role, and verify with the published keys', async () => {
    const keys = await open();
    const { accessToken, expiresIn } = await issuerOf(keys).issue(ada);
    expect(expiresIn).toBe(900);
    const scope = 'orders:write orders:manage catalogue:write users:read sales:read';
    const identity = await (await verifierOf(keys))(`Bearer ${accessToken}`);
    expect(identity).toMatchObject({ caller: { role: 'staff', userId: '17850' }, scopes: scope.split(' ') });
    const claims = JSON.parse(Buffer.from(accessToken.split('.')[1] as string, 'base64url').toString());
    const iat = Math.floor(clock.getTime() / 1_000);
    expect(claims).toEqual({ iss: TOKENS.issuer, aud: TOKENS.audience, sub: '17850', role: 'STAFF', scope, jti: 'token-1', iat, exp: iat + 900 });
    expect(decodeProtectedHeader(accessToken)).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt', kid: (await keys.current()).id });
  });

  test('are refused when changed, expired, signed by a stranger or meant for others', async () => {
    const keys = await open();
    const verify = await verifierOf(keys);
    const [header, payload, signature] = (await bearer(keys)).slice('Bearer '.length).split('.') as [string, string, string];
    const raised = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('STAFF', 'ADMIN')).toString('base64url');
    await expect(verify(`Bearer ${header}.${raised}.${signature}`)).rejects.toThrow(refused);
    const unsigned = Buffer.from('{"alg":"none"}').toString('base64url');
    await expect(verify(`Bearer ${unsigned}.${payload}.${signature}`)).rejects.toThrow(refused);
    await expect(verify(await bearer(keys, { ...TOKENS, audience: 'others' }))).rejects.toThrow(refused);
    await expect(verify(await bearer(keys, { ...TOKENS, issuer: 'https://elsewhere.test' }))).rejects.toThrow(refused);

    clock = new Date(Date.now() - 960_000);
    await expect(verify(await bearer(keys))).rejects.toThrow('expired');
    clock = new Date();
    await fixture.database.query('delete from signing_keys');
    await expect(verify(await bearer(await open()))).rejects.toThrow(refused);
  });
});

describe('signing keys', () => {
  test('are two, public in the JWKS, private only encrypted', async () => {
    const keys = await open();
    const { keys: jwks } = await keys.published();
    expect(jwks).toHaveLength(2);
    for (const key of jwks) expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
    const rows = await fixture.database.query<{ encrypted_private_jwk: string }>('select encrypted_private_jwk from signing_keys');
    for (const { encrypted_private_jwk: encrypted } of rows) {
      expect(encrypted.split('.')).toHaveLength(5);
      expect(Object.keys(await createSigningKeyCipher(SECRET).decrypt(encrypted))).toContain('d');
    }
  });

  test('are the same for replicas that start together, and after a restart', async () => {
    const replicas = await Promise.all(Array.from({ length: 5 }, () => open()));
    const sets = await Promise.all([...replicas, await open()].map(published));
    expect(new Set(sets.map(String)).size).toBe(1);
    expect(sets[0]).toHaveLength(2);
  });

  test('rotate without a restart: the next takes over, the last one stays until its tokens are expired', async () => {
    const keys = await open();
    const first = await keys.current();
    const [before, next] = [await published(keys), (await published(keys)).find((id) => id !== first.id)];

    clock = new Date(clock.getTime() + 30 * DAY_MS + 60_000);
    expect((await keys.current()).id).toBe(next);
    await expect.poll(() => published(keys)).toHaveLength(3);
    expect(await published(keys)).toEqual(expect.arrayContaining(before));

    clock = new Date(clock.getTime() + 3_600_000);
    await expect.poll(() => published(keys)).not.toContain(first.id);
    expect(await published(keys)).toHaveLength(2);
  });

  test('that were all made too long ago are replaced before anything is signed', async () => {
    const keys = await open();
    const before = await published(keys);
    clock = new Date(clock.getTime() + 100 * DAY_MS);
    expect(before).not.toContain((await keys.current()).id);
    expect(await fixture.database.query('select id from signing_keys')).toHaveLength(2);
  });

  test('go on being used when the database cannot be reached', async () => {
    const keys = await open();
    const { id } = await keys.current();
    await fixture.database.query('alter table signing_keys rename to hidden');
    clock = new Date(clock.getTime() + 61_000);
    expect((await keys.current()).id).toBe(id);
    await expect.poll(() => failures).toHaveLength(1);
  });

  test('made with another secret stop the start, and are not touched', async () => {
    const before = await published(await open());
    const error = await open('another secret of sixteen or more').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StartupError);
    expect((error as StartupError).message).toContain('another USER_KEY_SECRET');
    expect(`${(error as StartupError).message}${(error as StartupError).fix}`).not.toContain('another secret of sixteen');
    expect(await published(await open())).toEqual(before);
  });

  test('made with another secret are never replaced when a turn ends', async () => {
    await open();
    const stored = (): Promise<unknown[]> => fixture.database.query('select id from signing_keys order by id');
    const before = await stored();
    clock = new Date(clock.getTime() + 31 * DAY_MS);
    await expect(open('another secret of sixteen or more')).rejects.toThrow(StartupError);
    expect(await stored()).toEqual(before);
  });
});
