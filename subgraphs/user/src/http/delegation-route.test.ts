import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import type { Caller } from '@supergraph/identity/caller';
import { purposeOf } from '@supergraph/identity/delegation';
import type { Identity } from '@supergraph/identity/identity';
import { internalHeaders } from '@supergraph/identity/internal-token';
import { createTokenVerifier } from '@supergraph/identity/token-verifier';
import type { SubgraphApp } from '@supergraph/service/subgraph-server';
import { createLocalJWKSet } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { readConfig } from '../config.ts';

const KEY = 'k'.repeat(32);
const WEBHOOKS: Caller = { role: 'service', name: 'webhooks' };

let fixture: TestDatabase;
let app: SubgraphApp;

beforeAll(async () => {
  fixture = await createTestDatabase('user', new URL('../../migrations/', import.meta.url));
  app = await createApp(
    readConfig({ USER_DATABASE_URL: fixture.url, MESSAGE_BUS_URL: fixture.url, USER_LOG_LEVEL: 'silent', USER_INTERNAL_KEY: KEY }),
  );
  await fixture.database.query(
    `insert into users (id, email, name, country, role, created_at) values ('7', 'ada@example.com', 'Ada', 'France', 'CUSTOMER', now())`,
  );
});
afterAll(async () => {
  await app.close();
  await fixture.drop();
});

const post = async (body: unknown, caller: Caller = WEBHOOKS, headers?: Record<string, string>) => {
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  const signed = internalHeaders(KEY, 'user', { caller, scopes: [], claims: {} }, payload);
  const response = await app.http.inject({ method: 'POST', url: '/internal/delegations', headers: headers ?? signed, payload });
  return { status: response.statusCode, headers: response.headers, body: response.body === '' ? '' : response.json() };
};

/** As a public door takes it. */
const identityOf = async (accessToken: string): Promise<Identity> => {
  const keys = createLocalJWKSet((await app.http.inject('/.well-known/jwks.json')).json());
  return createTokenVerifier({ issuers: [{ issuer: 'https://user.supergraph.local', audience: 'supergraph', keys, type: 'at+jwt' }] })(
    `Bearer ${accessToken}`,
  );
};

const REQUEST = { userId: '7', purpose: 'webhook' };

describe('POST /internal/delegations', () => {
  test('gives an access token for a minute that every door takes, and that says who acts and what for', async () => {
    const { status, headers, body } = await post(REQUEST);
    expect([status, headers['cache-control'], body.expiresIn]).toEqual([200, 'no-store', 60]);
    const identity = await identityOf(body.accessToken);
    expect(identity).toMatchObject({
      caller: { role: 'customer', userId: '7' },
      scopes: ['orders:write'],
      claims: { purpose: 'webhook', act: { sub: 'webhooks' } },
    });
    expect(Number(identity.claims['exp']) - Number(identity.claims['iat'])).toBe(60);
    expect(purposeOf(identity)).toBe('webhook');
  });

  test('gives the rights of the moment', async () => {
    await fixture.database.query("update users set role = 'STAFF' where id = '7'");
    const { caller, scopes } = await identityOf((await post(REQUEST)).body.accessToken);
    expect((await post({ ...REQUEST, purpose: 'order-command' }, { role: 'service', name: 'order' })).body).toMatchObject({
      role: 'STAFF',
      expiresIn: 60,
    });
    expect([caller.role, scopes]).toEqual(['staff', expect.arrayContaining(['orders:manage', 'users:read'])]);
  });

  test('is 404 for an account that is gone, 403 for who may not, 400 for what is no request', async () => {
    const answers = [
      await post({ ...REQUEST, userId: 'gone' }),
      await post(REQUEST, { role: 'admin', userId: '7' }),
      await post({ ...REQUEST, purpose: 'order-command' }),
      await post({ ...REQUEST, purpose: 'fun' }),
      await post({ userId: '7' }),
      await post({ ...REQUEST, role: 'ADMIN' }),
      await post('{'),
    ];
    expect(answers.map(({ status, body }) => [status, body.errors[0].extensions.code])).toEqual([
      [404, 'USER_NOT_FOUND'],
      [403, 'NOT_ALLOWED'],
      [403, 'NOT_ALLOWED'],
      [400, 'PURPOSE_UNKNOWN'],
      [400, 'BAD_REQUEST'],
      [400, 'BAD_REQUEST'],
      [400, 'BAD_REQUEST'],
    ]);
  });

  test('is an empty 401 for whoever is not one of us, whatever they send', async () => {
    const { accessToken } = (await post(REQUEST)).body;
    const json = { 'content-type': 'application/json' };
    const foreign = internalHeaders('x'.repeat(32), 'user', { caller: WEBHOOKS, scopes: [], claims: {} }, JSON.stringify(REQUEST));
    const forOther = internalHeaders(KEY, 'order', { caller: WEBHOOKS, scopes: [], claims: {} }, JSON.stringify(REQUEST));
    const otherBody = internalHeaders(KEY, 'user', { caller: WEBHOOKS, scopes: [], claims: {} }, JSON.stringify({ ...REQUEST, userId: '8' }));
    for (const headers of [json, { ...json, authorization: `Bearer ${accessToken}` }, foreign, forOther, otherBody])
      expect(await post(REQUEST, WEBHOOKS, headers)).toMatchObject({ status: 401, body: '' });
  });

  test('does not open other routes to strangers or shut those that are open', async () => {
    expect((await app.http.inject('/.well-known/jwks.json')).statusCode).toBe(200);
    expect((await app.http.inject('/health/live')).statusCode).toBe(200);
    expect((await app.http.inject({ method: 'POST', url: '/graphql', payload: { query: '{ me { id } }' } })).statusCode).toBe(401);
  });
});
