import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import { ANONYMOUS_IDENTITY, type Identity } from '@supergraph/identity/identity';
import { internalHeaders } from '@supergraph/identity/internal-token';
import { createTokenVerifier } from '@supergraph/identity/token-verifier';
import type { SubgraphApp } from '@supergraph/service/subgraph-server';
import { createLocalJWKSet } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';

const KEY = 'k'.repeat(32);

let fixture: TestDatabase;
let app: SubgraphApp;

beforeAll(async () => {
  fixture = await createTestDatabase('user', new URL('../migrations/', import.meta.url));
  app = await createApp(
    readConfig({ USER_DATABASE_URL: fixture.url, MESSAGE_BUS_URL: fixture.url, USER_LOG_LEVEL: 'silent', USER_INTERNAL_KEY: KEY }),
  );
});
afterAll(async () => {
  await app.close();
  await fixture.drop();
});

interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the shape follows from the query beside it
  data: any;
  errors: { message: string; extensions: Record<string, unknown> }[] | undefined;
}

/** As the router does it: checks the access token by the published keys, then signs the call for whom it names. */
const identityOf = async (accessToken: string | undefined): Promise<Identity> => {
  if (accessToken === undefined) return ANONYMOUS_IDENTITY;
  const keys = createLocalJWKSet((await app.http.inject('/.well-known/jwks.json')).json());
  const ours = { issuer: 'https://user.supergraph.local', audience: 'supergraph', keys, type: 'at+jwt' };
  return createTokenVerifier({ issuers: [ours] })(`Bearer ${accessToken}`);
};

const run = async (query: string, variables: object = {}, accessToken?: string): Promise<Answer> => {
  const payload = JSON.stringify({ query, variables });
  const headers = internalHeaders(KEY, 'user', await identityOf(accessToken), payload);
  const response = await app.http.inject({ method: 'POST', url: '/graphql', headers, payload });
  return { status: response.statusCode, ...response.json() };
};

const SESSION = 'accessToken refreshToken expiresIn user { id email name country role createdAt }';
const signUp = (email: string, password = 'correct horse'): Promise<Answer> =>
  run(`mutation ($input: SignUpInput!) { signUp(input: $input) { ${SESSION} } }`, { input: { email, password, name: 'Ada', country: 'France' } });
const ENTITIES = 'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on User { id email } } }';

describe('the user subgraph', () => {
  test('takes a person from sign-up through every operation to sign-out', async () => {
    const { signUp: started } = (await signUp('Ada@example.com')).data;
    expect(started).toEqual({
      accessToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      refreshToken: expect.stringMatching(/^[\w-]{43}$/),
      expiresIn: 900,
      user: {
        id: expect.any(String),
        email: 'ada@example.com',
        name: 'Ada',
        country: 'France',
        role: 'CUSTOMER',
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      },
    });
    const signIn = `mutation ($input: SignInInput!) { signIn(input: $input) { ${SESSION} } }`;
    const { accessToken, refreshToken } = (await run(signIn, { input: { email: 'ada@example.com', password: 'correct horse' } })).data.signIn;
    expect((await run('{ me { email } }', {}, accessToken)).data).toEqual({ me: { email: 'ada@example.com' } });

    const profile = 'mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { user { name country } } }';
    expect((await run(profile, { input: { country: 'Spain' } }, accessToken)).data.updateProfile.user).toEqual({ name: 'Ada', country: 'Spain' });

    const refresh = `mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { ${SESSION} } }`;
    const next = (await run(refresh, { input: { refreshToken } })).data.refreshSession;
    expect(next.user.country).toBe('Spain');

    const signOut = 'mutation ($input: SignOutInput!) { signOut(input: $input) { signedOut } }';
    expect((await run(signOut, { input: { refreshToken: next.refreshToken } })).data).toEqual({ signOut: { signedOut: true } });
    expect((await run(refresh, { input: { refreshToken: next.refreshToken } })).errors?.[0]?.extensions).toEqual({
      code: 'REFRESH_TOKEN_INVALID',
      kind: 'UNAUTHENTICATED',
    });
  });

  test('resolves references by both keys in one batch each, and hides the ones the caller may not know', async () => {
    const eve = (await signUp('eve@example.com')).data.signUp;
    const bob = (await signUp('bob@example.com')).data.signUp;
    const representations = [
      { __typename: 'User', id: bob.user.id },
      { __typename: 'User', email: 'eve@example.com' },
      { __typename: 'User', id: 'nobody' },
    ];
    expect((await run(ENTITIES, { representations })).data._entities).toEqual([null, null, null]);
    const own = { id: eve.user.id, email: 'eve@example.com' };
    expect((await run(ENTITIES, { representations }, eve.accessToken)).data._entities).toEqual([null, own, null]);
    const lookUp = 'query ($id: ID!) { user(id: $id) { email } }';
    expect((await run(lookUp, { id: bob.user.id }, eve.accessToken)).data).toEqual({ user: null });

    await fixture.database.query("update users set role = 'STAFF' where id = $1", [eve.user.id]);
    const refresh = 'mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { accessToken } }';
    const staff = (await run(refresh, { input: { refreshToken: eve.refreshToken } })).data.refreshSession.accessToken;
    const bobs = { id: bob.user.id, email: 'bob@example.com' };
    expect((await run(ENTITIES, { representations }, staff)).data._entities).toEqual([bobs, own, null]);

    const list =
      'query ($after: String) { users(first: 1, after: $after) { edges { cursor node { id } } nodes { id } pageInfo { hasNextPage endCursor } } }';
    const first = (await run(list, {}, staff)).data.users;
    expect(first).toMatchObject({ edges: [{ cursor: first.pageInfo.endCursor, node: first.nodes[0] }], pageInfo: { hasNextPage: true } });
    const second = (await run(list, { after: first.pageInfo.endCursor }, staff)).data.users;
    expect(second.nodes[0].id).not.toBe(first.nodes[0].id);
    expect((await run(list, {}, bob.accessToken)).errors?.[0]?.extensions['code']).toBe('NOT_ALLOWED');
  });

  test('knows nobody who comes without an internal token, also with a good access token', async () => {
    const { accessToken, refreshToken } = (await signUp('mallory@example.com')).data.signUp;
    const payload = { query: '{ me { id } }' };
    const headers = { authorization: `Bearer ${accessToken}` };
    const response = await app.http.inject({ method: 'POST', url: '/graphql', headers, payload });
    expect([response.statusCode, response.body]).toEqual([401, '']);
    expect(await run('{ me { id } }')).toMatchObject({ status: 200, data: { me: null } });
    await expect(identityOf(refreshToken)).rejects.toThrow('The access token was refused');
  });

  test('grants scopes by role', async () => {
    const { accessToken, refreshToken, user } = (await signUp('root@example.com')).data.signUp;
    expect((await identityOf(accessToken)).scopes).toEqual(['orders:write']);
    await fixture.database.query("update users set role = 'ADMIN' where id = $1", [user.id]);
    const refresh = 'mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { accessToken } }';
    const admin = (await run(refresh, { input: { refreshToken } })).data.refreshSession.accessToken;
    expect((await identityOf(admin)).scopes).toEqual([
      'orders:write',
      'orders:manage',
      'catalogue:write',
      'users:read',
      'sales:read',
      'users:manage',
    ]);
  });

  test('publishes its keys, without the private part, for ten minutes', async () => {
    const response = await app.http.inject('/.well-known/jwks.json');
    expect(response.headers).toMatchObject({ 'cache-control': 'public, max-age=600', 'content-type': expect.stringMatching(/^application\/json/) });
    const { keys } = response.json();
    expect(keys).toHaveLength(2);
    for (const key of keys)
      expect(key).toEqual({ kty: 'OKP', crv: 'Ed25519', x: expect.any(String), kid: expect.any(String), alg: 'EdDSA', use: 'sig' });
  });
});
