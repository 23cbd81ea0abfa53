import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import { createGrpcClient, type GrpcClient } from '@supergraph/grpc/grpc-client';
import type { GrpcSubgraphApp } from '@supergraph/grpc/with-grpc';
import type { Caller } from '@supergraph/identity/caller';
import type { Identity } from '@supergraph/identity/identity';
import { createTokenVerifier } from '@supergraph/identity/token-verifier';
import { createLocalJWKSet } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { readConfig } from '../config.ts';
import type { UsersDefinition } from '../generated/proto/supergraph/user/v1/Users.ts';

const KEY = 'k'.repeat(32);

const as = (caller: Caller): { identity: Identity } => ({ identity: { caller, scopes: [], claims: {} } });
const NOBODY = as({ role: 'anonymous' });
const ADA = as({ role: 'customer', userId: 'ada' });
const STAFF = as({ role: 'staff', userId: 'bob' });
const SERVICE = as({ role: 'service', name: 'order' });

let fixture: TestDatabase;
let bus: TestDatabase;
let app: GrpcSubgraphApp;
let client: GrpcClient<UsersDefinition>;

beforeAll(async () => {
  fixture = await createTestDatabase('user', new URL('../../migrations/', import.meta.url));
  bus = await createEmptyDatabase('bus');
  const config = readConfig({
    USER_GRPC_PORT: '0',
    USER_DATABASE_URL: fixture.url,
    MESSAGE_BUS_URL: bus.url,
    USER_LOG_LEVEL: 'silent',
    USER_INTERNAL_KEY: KEY,
  });
  app = await createApp(config);
  await app.listen('127.0.0.1', 0);
  client = createGrpcClient({
    address: `127.0.0.1:${app.grpcPort()}`,
    protoFile: new URL('../../proto/user.proto', import.meta.url),
    service: 'supergraph.user.v1.Users',
    audience: 'user',
    key: KEY,
  });
});
afterAll(async () => {
  client.close();
  await app.close();
  await Promise.all([fixture.drop(), bus.drop()]);
});
beforeEach(async () => {
  await fixture.database.query('truncate users, sessions, refresh_tokens, idempotency_keys');
  await fixture.database.query(
    `insert into users (id, email, name, country, role, created_at)
     select id, id || '@example.com', initcap(id), 'France', case id when 'bob' then 'STAFF' else 'CUSTOMER' end, '2026-01-01'
       from unnest(array['ada', 'eve', 'bob']) as id`,
  );
});

const refused = (code: string, kind: string) => expect.objectContaining({ code, kind });
const count = async (table: string): Promise<unknown> => (await fixture.database.query(`select count(*)::integer from ${table}`))[0]?.['count'];
const idsFor = async (who: { identity: Identity }): Promise<string[]> =>
  (await client.call('GetUsers', { ids: ['ada', 'eve', 'bob', 'none'] }, who)).users.map(({ id }) => id).toSorted();

describe('reading', () => {
  test('tells staff and services of all that there are, a customer of themselves, nobody of nobody', async () => {
    expect([await idsFor(STAFF), await idsFor(SERVICE)]).toEqual([
      ['ada', 'bob', 'eve'],
      ['ada', 'bob', 'eve'],
    ]);
    expect([await idsFor(ADA), await idsFor(NOBODY)]).toEqual([['ada'], []]);
    expect((await client.call('GetUsers', { ids: ['bob'] }, STAFF)).users).toEqual([
      { id: 'bob', email: 'bob@example.com', name: 'Bob', country: 'France', role: 'STAFF', createdAt: '2026-01-01T00:00:00.000Z', version: 1 },
    ]);
    const tooMany = Array.from({ length: 1_001 }, () => 'ada');
    await expect(client.call('GetUsers', { ids: tooMany }, STAFF)).rejects.toEqual(refused('USER_INVALID', 'invalid'));
  });

  test('tells who asks, while there is such an account', async () => {
    expect((await client.call('GetMe', {}, ADA)).user).toMatchObject({ id: 'ada', role: 'CUSTOMER' });
    for (const who of [NOBODY, SERVICE, as({ role: 'customer', userId: 'gone' })])
      expect(await client.call('GetMe', {}, who)).toEqual({ user: null });
  });
});

describe('sessions', () => {
  const eva = { email: 'Eva@example.com', password: 'correct horse', name: 'Eva', country: 'Spain' };
  const credentials = { email: eva.email, password: eva.password };

  test('go from sign-up through sign-in and refresh to sign-out', async () => {
    const { session: started } = await client.call('SignUp', eva, NOBODY);
    expect(started).toMatchObject({ expiresIn: 900, user: { email: 'eva@example.com', role: 'CUSTOMER', version: 1 } });
    const keys = createLocalJWKSet((await app.http.inject('/.well-known/jwks.json')).json());
    const ours = { issuer: 'https://user.supergraph.local', audience: 'supergraph', keys, type: 'at+jwt' };
    const { caller } = await createTokenVerifier({ issuers: [ours] })(`Bearer ${started?.accessToken}`);
    expect(caller).toEqual({ role: 'customer', userId: started?.user?.id });

    const { session: signedIn } = await client.call('SignIn', credentials, NOBODY);
    const refreshToken = signedIn?.refreshToken ?? '';
    const { session: next } = await client.call('RefreshSession', { refreshToken }, NOBODY);
    expect(next?.user).toEqual(started?.user);
    const signOut = () => client.call('SignOut', { refreshToken: next?.refreshToken ?? '' }, NOBODY);
    expect([await signOut(), await signOut()]).toEqual([{ signedOut: true }, { signedOut: false }]);
    const ended = client.call('RefreshSession', { refreshToken: next?.refreshToken ?? '' }, NOBODY);
    await expect(ended).rejects.toEqual(refused('REFRESH_TOKEN_INVALID', 'unauthenticated'));
  });

  test('are refused as the graph refuses them, with details', async () => {
    await expect(client.call('SignIn', credentials, NOBODY)).rejects.toEqual(refused('CREDENTIALS_INVALID', 'unauthenticated'));
    await expect(client.call('SignUp', { ...eva, email: 'ADA@example.com' }, NOBODY)).rejects.toEqual(refused('USER_EMAIL_TAKEN', 'conflict'));
    await expect(client.call('SignUp', { ...eva, password: 'short' }, NOBODY)).rejects.toMatchObject({
      code: 'USER_INVALID',
      kind: 'invalid',
      message: 'password must be 8 to 128 characters.',
      details: { field: 'password' },
    });
    await expect(client.call('SignUp', {}, NOBODY)).rejects.toMatchObject({ details: { field: 'email' } });
  });

  test('of a sign-up that comes again under its key are new, for the same user; nothing secret is kept', async () => {
    const idempotency = { key: 'a-key-of-enough-length', requestHash: 'the-hash-of-a-password' };
    const signUp = () => client.call('SignUp', { ...eva, idempotency }, NOBODY);
    const [first, second] = [(await signUp()).session, (await signUp()).session];
    expect(second?.user).toEqual(first?.user);
    expect(second?.refreshToken).not.toBe(first?.refreshToken);
    for (const session of [first, second]) await client.call('RefreshSession', { refreshToken: session?.refreshToken ?? '' }, NOBODY);
    expect([await count('users'), await count('sessions')]).toEqual([4, 2]);

    const kept = await fixture.database.query('select * from idempotency_keys');
    expect(kept).toMatchObject([{ caller_id: 'anonymous', key: idempotency.key, operation: 'SignUp', result: first?.user?.id }]);
    expect(JSON.stringify(kept)).not.toContain(idempotency.requestHash);

    const other = client.call('SignUp', { ...eva, idempotency: { ...idempotency, requestHash: 'another' } }, NOBODY);
    await expect(other).rejects.toEqual(refused('IDEMPOTENCY_KEY_REUSED', 'failed-precondition'));
    const short = client.call('SignUp', { ...eva, idempotency: { ...idempotency, key: 'k1' } }, NOBODY);
    await expect(short).rejects.toEqual(refused('IDEMPOTENCY_KEY_INVALID', 'invalid'));
    expect(await count('sessions')).toBe(2);
  });

  test('of a sign-up sent twice at once make one user; one that fails leaves its key free', async () => {
    const idempotency = { key: 'a-key-of-enough-length', requestHash: 'h1' };
    const signUp = (email: string) => client.call('SignUp', { ...eva, email, idempotency }, NOBODY);
    await expect(signUp('ada@example.com')).rejects.toEqual(refused('USER_EMAIL_TAKEN', 'conflict'));
    expect(await count('idempotency_keys')).toBe(0);
    const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => signUp(eva.email)));
    const ids = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.session?.user?.id] : []));
    expect(new Set(ids).size).toBe(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toEqual(refused('IDEMPOTENCY_KEY_IN_FLIGHT', 'conflict'));
    expect([await count('users'), await count('sessions')]).toEqual([4, ids.length]);
  });
});

describe('a profile', () => {
  const update = (change: object, who = ADA) => client.call('UpdateProfile', change, who);

  test('is changed by its owner, part by part; each change counts a version', async () => {
    expect((await update({ name: 'Ada L.' })).user).toMatchObject({ id: 'ada', name: 'Ada L.', country: 'France', version: 2 });
    expect((await update({ country: 'Spain', ifVersion: 2 })).user).toMatchObject({ name: 'Ada L.', country: 'Spain', version: 3 });
    expect((await client.call('GetUsers', { ids: ['eve'] }, STAFF)).users[0]).toMatchObject({ country: 'France', version: 1 });
    await expect(update({ name: 'x' }, NOBODY)).rejects.toEqual(refused('SIGN_IN_REQUIRED', 'unauthenticated'));
    await expect(update({ name: ' ' })).rejects.toMatchObject({ code: 'USER_INVALID', details: { field: 'name' } });
  });

  test('is changed in the version that was seen, and no other, also by many at once', async () => {
    await expect(update({ name: 'x', ifVersion: 2 })).rejects.toMatchObject({
      code: 'VERSION_MISMATCH',
      kind: 'failed-precondition',
      details: { expected: 2, actual: 1 },
    });
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, (_, index) => update({ name: `n${index}`, ifVersion: 1 })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await client.call('GetMe', {}, ADA)).user?.version).toBe(2);
  });
});
