import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import type { Caller } from '@supergraph/identity/caller';
import { internalHeaders } from '@supergraph/identity/internal-token';
import type { SubgraphApp } from '@supergraph/service/subgraph-server';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';

const KEY = 'k'.repeat(32);
const ADA: Caller = { role: 'customer', userId: 'ada' };
const EVE: Caller = { role: 'customer', userId: 'eve' };

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

let fixture: TestDatabase;
let app: SubgraphApp;
let outside: Server;
let outsideUrl: string;
let received: Received[] = [];
let privateKey: CryptoKey;

const readAll = async (request: AsyncIterable<Buffer>): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

beforeAll(async () => {
  const keys = await generateKeyPair('EdDSA');
  privateKey = keys.privateKey;
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'test', alg: 'EdDSA', use: 'sig' };
  outside = createServer(async (request, response) => {
    if (request.url === '/jwks.json') response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
    else {
      received.push({ headers: request.headers, body: await readAll(request) });
      response.end('thank you');
    }
  }).listen(0, '127.0.0.1');
  await once(outside, 'listening');
  outsideUrl = `http://127.0.0.1:${(outside.address() as AddressInfo).port}`;
  fixture = await createTestDatabase('webhooks', new URL('../migrations/', import.meta.url));
  const env = {
    WEBHOOKS_DATABASE_URL: fixture.url,
    MESSAGE_BUS_URL: fixture.url,
    WEBHOOKS_LOG_LEVEL: 'silent',
    WEBHOOKS_INTERNAL_KEY: KEY,
    WEBHOOKS_USER_KEY: KEY,
    WEBHOOKS_ALLOW_PRIVATE: '1',
    TOKEN_JWKS_URL: `${outsideUrl}/jwks.json`,
  };
  app = await createApp(readConfig(env));
});
afterAll(async () => {
  await app.close();
  outside.closeAllConnections();
  outside.close();
  await fixture.drop();
});
beforeEach(async () => {
  received = [];
  await fixture.database.query('truncate endpoints cascade');
});

const token = (userId: string, claims: object = {}): Promise<string> =>
  new SignJWT({ role: 'CUSTOMER', ...claims })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'test' })
    .setIssuer('https://user.supergraph.local')
    .setAudience('supergraph')
    .setSubject(userId)
    .setIssuedAt()
    .setExpirationTime('15m')
    .sign(privateKey);

interface Answer {
  status: number;
  type: string | undefined;
  headers: Record<string, unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: the shape follows from the route
  body: any;
}

const rest = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object, authorization?: string): Promise<Answer> => {
  const headers = { authorization: authorization ?? `Bearer ${await token('ada')}` };
  const response = await app.http.inject({ method, url: path, headers, ...(payload === undefined ? {} : { payload }) });
  const type = String(response.headers['content-type']);
  return { status: response.statusCode, type, headers: response.headers, body: response.body === '' ? undefined : response.json() };
};

const graph = async (query: string, variables: object = {}, caller: Caller = ADA) => {
  const payload = JSON.stringify({ query, variables });
  const headers = internalHeaders(KEY, 'webhooks', { caller, scopes: [], claims: {} }, payload);
  return (await app.http.inject({ method: 'POST', url: '/graphql', headers, payload })).json();
};

const wish = () => ({ url: `${outsideUrl}/hook`, eventTypes: ['order.placed.v1'] });

const until = async <Value>(look: () => Value | undefined | Promise<Value | undefined>): Promise<Value> => {
  for (const end = Date.now() + 10_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error('it did not happen within 10 s');
};

describe('REST', () => {
  test('takes an endpoint from registration through a signed delivery and a replay to its end', async () => {
    const { status, headers, body: made } = await rest('POST', '/webhooks/endpoints', wish());
    expect([status, headers['location']]).toEqual([201, `/webhooks/endpoints/${made.id}`]);
    expect(made).toMatchObject({ ...wish(), ownerId: 'ada', query: null, status: 'active', secret: expect.stringMatching(/^whsec_/) });

    const sent = await rest('POST', `/webhooks/endpoints/${made.id}/test`);
    expect([sent.status, sent.body.status]).toEqual([202, 'pending']);
    const first = await until(() => received[0]);
    expect(new Webhook(made.secret).verify(first.body, first.headers as Record<string, string>)).toMatchObject({
      type: 'webhook.test.v1',
      data: { endpointId: made.id },
    });
    expect(first.headers['webhook-id']).toBe(sent.body.id);
    const delivered = await until(async () => {
      const { body } = await rest('GET', `/webhooks/deliveries/${sent.body.id}`);
      return body.status === 'delivered' ? body : undefined;
    });
    expect(delivered).toMatchObject({ body: first.body, attemptCount: 1, attempts: [{ attempt: 1, statusCode: 200, response: 'thank you' }] });

    const rotated = await rest('POST', `/webhooks/endpoints/${made.id}/rotate`);
    expect(rotated.body.secret).not.toBe(made.secret);
    expect((await rest('POST', `/webhooks/endpoints/${made.id}/rotate`)).status).toBe(409);
    expect((await rest('POST', `/webhooks/deliveries/${sent.body.id}/replay`)).status).toBe(202);
    const second = await until(() => received[1]);
    expect([second.headers['webhook-id'], second.body]).toEqual([sent.body.id, first.body]);
    for (const secret of [made.secret, rotated.body.secret])
      expect(new Webhook(secret).verify(second.body, second.headers as Record<string, string>)).toBeDefined();

    const list = await rest('GET', `/webhooks/endpoints/${made.id}/deliveries?first=1`);
    expect(list.body).toMatchObject({ items: [{ id: sent.body.id }], next: null });
    const range = { from: '2026-01-01T00:00:00Z', to: '2999-01-01T00:00:00Z', includeDelivered: true };
    await until(async () => ((await rest('POST', `/webhooks/endpoints/${made.id}/replay`, range)).body.count === 1 ? true : undefined));

    expect((await rest('PATCH', `/webhooks/endpoints/${made.id}`, { status: 'paused' })).body.status).toBe('paused');
    expect((await rest('DELETE', `/webhooks/endpoints/${made.id}`)).status).toBe(204);
    expect((await rest('GET', `/webhooks/endpoints/${made.id}`)).status).toBe(404);
  });

  test('pages, and never shows a secret again', async () => {
    for (let index = 0; index < 3; index++) await rest('POST', '/webhooks/endpoints', wish());
    const first = await rest('GET', '/webhooks/endpoints?first=2');
    const second = await rest('GET', `/webhooks/endpoints?first=2&after=${first.body.next}`);
    expect([first.body.items.length, second.body.items.length, second.body.next]).toEqual([2, 1, null]);
    expect(JSON.stringify([first.body, second.body])).not.toContain('whsec_');
  });

  test("keeps another's endpoint absent", async () => {
    const { body } = await rest('POST', '/webhooks/endpoints', wish());
    const eve = `Bearer ${await token('eve')}`;
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/rotate'],
      ['POST', '/test'],
      ['GET', '/deliveries'],
    ] as const)
      expect((await rest(method, `/webhooks/endpoints/${body.id}${path}`, undefined, eve)).body.code).toBe('WEBHOOK_ENDPOINT_NOT_FOUND');
    expect((await rest('GET', '/webhooks/endpoints', undefined, eve)).body.items).toEqual([]);
    const staff = `Bearer ${await token('sam', { role: 'STAFF' })}`;
    expect((await rest('GET', '/webhooks/endpoints', undefined, staff)).body.items).toHaveLength(1);
  });

  test.each([
    ['nobody', () => app.http.inject('/webhooks/endpoints'), 401, 'SIGN_IN_REQUIRED'],
    ['a bad token', () => app.http.inject({ url: '/webhooks/endpoints', headers: { authorization: 'Bearer a.b.c' } }), 401, 'ACCESS_TOKEN_INVALID'],
  ])('refuses %s', async (_, ask, status, code) => {
    const response = await ask();
    expect(response.headers).toMatchObject({ 'content-type': 'application/problem+json', 'www-authenticate': 'Bearer' });
    expect(response.json()).toMatchObject({ status, code, instance: '/webhooks/endpoints' });
  });

  test('refuses a delegated token, which is for one query', async () => {
    const delegated = `Bearer ${await token('ada', { purpose: 'webhook' })}`;
    expect(await rest('GET', '/webhooks/endpoints', undefined, delegated)).toMatchObject({ status: 403, body: { code: 'NOT_ALLOWED' } });
  });

  test.each([
    ['POST', '/webhooks/endpoints', { url: 1, more: true }, 400, 'REQUEST_INVALID'],
    ['POST', '/webhooks/endpoints', { url: 'https://example.com', eventTypes: ['nothing.v1'] }, 400, 'WEBHOOK_ENDPOINT_INVALID'],
    ['POST', '/webhooks/endpoints', { url: 'gopher://example.com', eventTypes: ['order.placed.v1'] }, 400, 'WEBHOOK_URL_REFUSED'],
    ['POST', '/webhooks/endpoints', { url: 'x'.repeat(70_000), eventTypes: [] }, 413, 'PAYLOAD_TOO_LARGE'],
    ['GET', '/webhooks/endpoints?first=101', undefined, 400, 'PAGE_SIZE_INVALID'],
    ['GET', '/webhooks/endpoints?after=x', undefined, 400, 'CURSOR_INVALID'],
    ['GET', '/webhooks/endpoints?first=two', undefined, 400, 'REQUEST_INVALID'],
    ['GET', '/webhooks/endpoints/nobody', undefined, 404, 'WEBHOOK_ENDPOINT_NOT_FOUND'],
    ['GET', '/webhooks/deliveries/nobody', undefined, 404, 'WEBHOOK_DELIVERY_NOT_FOUND'],
    ['GET', '/webhooks/nothing', undefined, 404, 'ROUTE_NOT_FOUND'],
    ['POST', '/webhooks/endpoints/nobody/replay', { from: 'a', to: 'b' }, 400, 'WEBHOOK_RANGE_INVALID'],
  ] as const)('answers %s %s %o as a problem', async (method, path, payload, status, code) => {
    const answer = await rest(method, path, payload);
    expect(answer).toMatchObject({ status, type: 'application/problem+json' });
    expect(answer.body).toMatchObject({
      type: `urn:supergraph:error:${code}`,
      title: expect.any(String),
      status,
      detail: expect.any(String),
      instance: path.split('?')[0],
      code,
    });
  });
});

const ENDPOINT = 'id url eventTypes query status disabledReason failingSince createdAt owner { id }';

describe('the graph', () => {
  test('offers the same', async () => {
    const input = wish();
    const register = `mutation ($input: RegisterWebhookEndpointInput!) { registerWebhookEndpoint(input: $input) { secret endpoint { ${ENDPOINT} } } }`;
    const { endpoint, secret } = (await graph(register, { input })).data.registerWebhookEndpoint;
    expect(endpoint).toMatchObject({ ...input, query: null, status: 'ACTIVE', owner: { id: 'ada' } });
    const { id } = endpoint;
    const test = await graph(`mutation { sendTestWebhook(input: { id: "${id}" }) { delivery { id status attempts { attempt } } } }`);
    expect(test.data.sendTestWebhook.delivery).toEqual({ id: expect.stringMatching(/^msg_/), status: 'PENDING', attempts: [] });
    const arrived = await until(() => received[0]);
    expect(new Webhook(secret).verify(arrived.body, arrived.headers as Record<string, string>)).toBeDefined();
    const log = `{ webhookEndpoint(id: "${id}") { deliveries(status: DELIVERED) { nodes { id eventType attemptCount endpoint { id }
      attempts { attempt statusCode response failure durationMs } } pageInfo { hasNextPage } } } }`;
    const delivered = await until(async () => (await graph(log)).data.webhookEndpoint.deliveries.nodes[0]);
    expect(delivered).toMatchObject({
      eventType: 'webhook.test.v1',
      endpoint: { id },
      attempts: [{ statusCode: 200, response: 'thank you', failure: null }],
    });
    expect((await graph(`{ webhookDelivery(id: "${delivered.id}") { status body } }`)).data.webhookDelivery).toEqual({
      status: 'DELIVERED',
      body: arrived.body,
    });

    const update = await graph(`mutation { updateWebhookEndpoint(input: { id: "${id}", status: PAUSED }) { endpoint { status url } } }`);
    expect(update.data.updateWebhookEndpoint.endpoint).toEqual({ status: 'PAUSED', url: input.url });
    const rotate = `mutation { rotateWebhookKey(input: { id: "${id}" }) { secret } }`;
    expect((await graph(rotate)).data.rotateWebhookKey.secret).toMatch(/^whsec_/);
    expect((await graph(rotate)).errors[0].extensions).toMatchObject({ code: 'WEBHOOK_KEY_ROTATION_TOO_SOON', kind: 'CONFLICT' });
    const replay = await graph(`mutation { replayWebhookDelivery(input: { id: "${delivered.id}" }) { delivery { status } } }`);
    expect(replay.data.replayWebhookDelivery.delivery).toEqual({ status: 'PENDING' });
    const range = `mutation { replayWebhookDeliveries(input: { endpointId: "${id}", from: "2026-01-01T00:00:00Z", to: "2999-01-01T00:00:00Z" }) { count } }`;
    expect((await graph(range)).data.replayWebhookDeliveries).toEqual({ count: 0 });
    const remove = `mutation { deleteWebhookEndpoint(input: { id: "${id}" }) { id } }`;
    expect((await graph(remove)).data.deleteWebhookEndpoint).toEqual({ id });
    expect((await graph(remove)).errors[0].extensions.code).toBe('WEBHOOK_ENDPOINT_NOT_FOUND');
  });

  test('resolves references in batches, and hides what is not yours', async () => {
    const { body } = await rest('POST', '/webhooks/endpoints', wish());
    const query = `query ($of: [_Any!]!) { _entities(representations: $of) {
      ... on WebhookEndpoint { url } ... on User { webhookEndpoints { nodes { id } } } } }`;
    const of = [
      { __typename: 'WebhookEndpoint', id: body.id },
      { __typename: 'WebhookEndpoint', id: 'nobody' },
      { __typename: 'User', id: 'ada' },
      { __typename: 'User', id: 'eve' },
    ];
    const none = { webhookEndpoints: { nodes: [] } };
    expect((await graph(query, { of })).data._entities).toEqual([
      { url: wish().url },
      null,
      { webhookEndpoints: { nodes: [{ id: body.id }] } },
      none,
    ]);
    expect((await graph(query, { of }, EVE)).data._entities).toEqual([null, null, none, none]);
    expect((await graph('{ webhookEndpoints { nodes { id } } webhookEventTypes }', {}, EVE)).data).toMatchObject({ webhookEndpoints: { nodes: [] } });
    expect((await graph('{ webhookEndpoints { nodes { id } } }', {}, { role: 'anonymous' })).errors[0].extensions.code).toBe('SIGN_IN_REQUIRED');
  });

  test('is closed to calls without an internal token', async () => {
    const response = await app.http.inject({ method: 'POST', url: '/graphql', payload: { query: '{ webhookEventTypes }' } });
    expect([response.statusCode, response.body]).toEqual([401, '']);
  });
});
