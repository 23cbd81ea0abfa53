import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createBffServer } from './bff-server.ts';
import { nothingThere } from './nothing-there.ts';
import { createRouterClient } from './router-client.ts';
import { defineView, firstParameter, text, type View, type ViewDocument } from './view.ts';

interface LampData {
  lamp: { sku: string; watts: number | null; note: string } | null;
}
const DOCUMENT: ViewDocument<LampData, { sku: string; first: number }> = { __meta__: { hash: 'sha256:1a' }, toString: () => 'unused' };

const lamp = defineView({
  name: 'lamp',
  url: '/views/lamp/:sku',
  summary: 'A lamp.',
  document: DOCUMENT,
  params: { sku: text('Sku.', 'L1') },
  query: { first: firstParameter(5) },
  variables: ({ params, query }) => ({ ...params, ...query }),
  mayBeMissing: { watts: ['lamp.watts'] },
  cache: 'public',
  notFound: (data, { sku }) => (data.lamp === null ? nothingThere('product', sku) : undefined),
});
const basket = defineView({
  name: 'basket',
  method: 'POST',
  url: '/views/basket',
  summary: 'Buys lamps.',
  document: { __meta__: { hash: 'sha256:2b' }, toString: () => 'unused' } as ViewDocument<{ buy: object | null }, unknown>,
  body: z.strictObject({ lamps: z.array(z.strictObject({ sku: z.string() })).min(1) }),
  variables: ({ body }) => body,
  answer: 'buy',
  status: 201,
  signIn: 'buy lamps',
  cache: 'none',
});
const VIEWS: readonly View[] = [lamp, basket];

/** What the router says, and what it was asked. */
let says: { status?: number; body: unknown; afterMs?: number; headers?: Record<string, string> };
let asked: { headers: IncomingHttpHeaders; body: unknown }[];
let logged: string[];

let router: Server;
let http: FastifyInstance;
let url: string;

beforeAll(async () => {
  router = createServer(async (incoming, response) => {
    let body = '';
    for await (const chunk of incoming) body += chunk;
    asked.push({ headers: incoming.headers, body: JSON.parse(body) });
    const { status = 200, body: answer, afterMs = 0, headers = {} } = says;
    setTimeout(() => response.writeHead(status, headers).end(typeof answer === 'string' ? answer : JSON.stringify(answer)), afterMs);
  });
  await once(router.listen(0, '127.0.0.1'), 'listening');
  const logger = pino({ level: 'info' }, { write: (line) => void logged.push(line) });
  const client = createRouterClient({ url: `http://127.0.0.1:${(router.address() as AddressInfo).port}/`, clientName: 'test-bff', deadlineMs: 400 });
  const openapiFile = pathToFileURL(`${import.meta.dirname}/../package.json`);
  http = await createBffServer({ logger, router: client, views: VIEWS, openapiFile });
  url = await http.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await http?.close();
  router?.close();
});
beforeEach(() => {
  says = { body: { data: { lamp: { sku: 'L1', watts: 40, note: '' } } } };
  asked = [];
  logged = [];
});

const ask = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(`${url}${path}`, init);
  const body = await response.text();
  return { status: response.status, headers: response.headers, body: body === '' ? undefined : JSON.parse(body) };
};
const TOKEN = { authorization: 'Bearer ada' };
const buy = (body: unknown, headers: Record<string, string> = TOKEN) =>
  ask('/views/basket', { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });

describe('a view', () => {
  test('is one operation by its id, in the name of whoever asks, with a deadline', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const { status, body } = await ask('/views/lamp/L1?first=7', { headers: { ...TOKEN, traceparent, 'x-forwarded-for': '203.0.113.9' } });
    expect([status, body]).toEqual([200, { lamp: { sku: 'L1', watts: 40, note: '' }, missing: [] }]);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.body).toEqual({ documentId: 'sha256:1a', variables: { sku: 'L1', first: 7 } });
    expect(asked[0]?.headers).toMatchObject({
      ...TOKEN,
      traceparent,
      'x-forwarded-for': '203.0.113.9, 127.0.0.1',
      'apollographql-client-name': 'test-bff',
      'x-deadline-ms': '400',
    });
  });

  test('may be kept by anybody while nobody is signed in, by the caller alone otherwise, and by nobody while something is missing', async () => {
    const keeps = async (headers: Record<string, string> = {}) => (await ask('/views/lamp/L1', { headers })).headers.get('cache-control');
    expect([await keeps(), await keeps(TOKEN)]).toEqual(['public, max-age=60', 'private, no-cache']);
    expect((await ask('/views/lamp/L1')).headers.get('vary')).toMatch(/Authorization/);
    says.body = { data: { lamp: { sku: 'L1', watts: null, note: '' } }, errors: [{ message: 'away', path: ['lamp', 'watts'] }] };
    const { headers, body } = await ask('/views/lamp/L1');
    expect([headers.get('cache-control'), body.missing, body.lamp.sku]).toEqual(['no-store', ['watts'], 'L1']);
    expect(logged.join('')).toContain('"missing":["watts"]');
  });

  test('has an ETag of its content, and answers 304 to whoever has that', async () => {
    const tag = (await ask('/views/lamp/L1')).headers.get('etag') ?? '';
    for (const known of [tag, tag.replace('W/', ''), `"other", ${tag}`, '*']) {
      const { status, body, headers } = await ask('/views/lamp/L1', { headers: { 'if-none-match': known } });
      expect([status, body, headers.get('etag'), headers.get('vary')], known).toEqual([304, undefined, tag, 'Authorization, accept-encoding']);
    }
    says.body = { data: { lamp: { sku: 'L1', watts: 60, note: '' } } };
    const changed = await ask('/views/lamp/L1', { headers: { 'if-none-match': tag } });
    expect([changed.status, changed.body.lamp.watts]).toEqual([200, 60]);
    says.body = { data: { lamp: null } };
    expect((await ask('/views/lamp/L1', { headers: { 'if-none-match': '*' } })).status).toBe(404);
  });

  test('is compressed with brotli for those who take it', async () => {
    const note = 'warm light '.repeat(500);
    says.body = { data: { lamp: { sku: 'L1', watts: 40, note } } };
    const bytes = await new Promise<Buffer>((resolve, reject) => {
      const sent = request(`${url}/views/lamp/L1`, { headers: { 'accept-encoding': 'gzip, br' } }, async (response) => {
        expect([response.headers['content-encoding'], response.headers.vary]).toEqual(['br', 'Authorization, accept-encoding']);
        resolve(Buffer.concat(await response.toArray()));
      });
      sent.once('error', reject).end();
    });
    expect(bytes.length).toBeLessThan(200);
    expect(JSON.parse(brotliDecompressSync(bytes).toString()).lamp.note).toBe(note);
  });

  test('that changes something is answered with its part of the data, is kept by nobody and has no ETag', async () => {
    says.body = { data: { buy: { order: 'W1' } } };
    const { status, body, headers } = await buy({ lamps: [{ sku: 'L1' }] });
    expect([status, body]).toEqual([201, { order: 'W1', missing: [] }]);
    expect([headers.get('cache-control'), headers.get('etag')]).toEqual(['no-store', null]);
  });
});

describe('a request that is not one', () => {
  test.each([
    ['/views/lamp/L1?colour=red&size=2', [{ parameter: 'colour' }, { parameter: 'size' }]],
    ['/views/lamp/L1?first=0', [{ parameter: 'first' }]],
    ['/views/lamp/L1?first=many', [{ parameter: 'first' }]],
    ['/views/lamp/L1?first=1&first=2', [{ parameter: 'first' }]],
    [`/views/lamp/${'x'.repeat(100)}?first=101`, [{ parameter: 'first' }]],
  ])('%s is 400, and the router never hears of it', async (path, errors) => {
    const { status, headers, body } = await ask(path);
    expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([400, 'application/problem+json', 'no-store']);
    expect(body).toMatchObject({ code: 'REQUEST_INVALID', errors });
    expect(asked).toEqual([]);
  });

  test('a body is told its mistakes by pointer', async () => {
    const { status, body } = await buy({ lamps: [{ sku: 1 }], price: 0 });
    expect(status).toBe(400);
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual(['', '/lamps/0/sku']);
    expect((await ask('/views/basket', { method: 'POST', headers: { ...TOKEN, 'content-type': 'text/plain' }, body: '{}' })).status).toBe(415);
    expect((await ask('/views/basket', { method: 'POST', headers: TOKEN })).status).toBe(400);
    expect((await buy({ lamps: [{ sku: 'x'.repeat(70_000) }] })).status).toBe(413);
  });

  test('what needs somebody is 401 for nobody', async () => {
    const { status, headers, body } = await buy({ lamps: [{ sku: 'L1' }] }, {});
    expect([status, headers.get('www-authenticate'), body.code]).toEqual([401, 'Bearer', 'SIGN_IN_REQUIRED']);
    expect(asked).toEqual([]);
  });

  test('a path that leads nowhere is 404, a method that it does not have 405', async () => {
    expect((await ask('/views/nowhere')).body.code).toBe('ROUTE_NOT_FOUND');
    const { status, headers } = await ask('/views/lamp/L1', { method: 'DELETE' });
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });
});

describe('what the router says', () => {
  const failure = (code: string, kind?: string) => ({ message: 'told to people', path: ['lamp'], extensions: { code, kind } });
  const ERRORS: [string, typeof says, number, string][] = [
    ['a rule of a domain', { body: { data: { lamp: null }, errors: [failure('LAMP_SOLD_OUT', 'FAILED_PRECONDITION')] } }, 422, 'LAMP_SOLD_OUT'],
    ['a subgraph that is away', { body: { data: { lamp: null }, errors: [failure('SUBGRAPH_TIMEOUT', 'UNAVAILABLE')] } }, 503, 'VIEW_UNAVAILABLE'],
    ['an error that was masked', { body: { data: null, errors: [failure('INTERNAL_SERVER_ERROR')] } }, 502, 'ROUTER_ANSWER_INVALID'],
    ['a field that is for others', { body: { data: { lamp: null }, errors: [failure('UNAUTHORIZED_FIELD_OR_TYPE')] } }, 401, 'SIGN_IN_REQUIRED'],
    ['a token that it refuses', { status: 401, body: { errors: [failure('ACCESS_TOKEN_INVALID')] } }, 401, 'ACCESS_TOKEN_INVALID'],
    ['too much', { status: 429, body: { errors: [failure('RATE_LIMITED')] }, headers: { 'retry-after': '7' } }, 429, 'RATE_LIMITED'],
    ['an id that it does not know', { status: 404, body: { errors: [failure('PERSISTED_DOCUMENT_NOT_FOUND')] } }, 502, 'ROUTER_ANSWER_INVALID'],
    ['no JSON', { body: '<html>sesame</html>' }, 502, 'ROUTER_ANSWER_INVALID'],
    ['neither data nor errors', { body: {} }, 502, 'ROUTER_ANSWER_INVALID'],
    ['another place', { status: 302, body: '', headers: { location: 'http://127.0.0.1:1/' } }, 503, 'ROUTER_UNAVAILABLE'],
    ['nothing in time', { body: { data: { lamp: null } }, afterMs: 1_500 }, 503, 'DEADLINE_EXCEEDED'],
    ['nothing there', { body: { data: { lamp: null } } }, 404, 'PRODUCT_NOT_FOUND'],
  ];

  test.each(ERRORS)('%s is a problem', async (_, answer, status, code) => {
    says = answer;
    const reply = await ask('/views/lamp/L1');
    expect([reply.status, reply.body.code]).toEqual([status, code]);
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    expect(reply.headers.get('retry-after')).toBe(status === 429 ? '7' : status === 503 ? '5' : null);
    expect(JSON.stringify(reply.body)).not.toContain('sesame');
    if (status >= 502) expect(logged.join('')).toContain(status === 502 ? 'a view failed' : 'a view is unavailable');
  });

  test('an account that may not is 403', async () => {
    says.body = { data: { lamp: null }, errors: [failure('UNAUTHORIZED_FIELD_OR_TYPE')] };
    expect((await ask('/views/lamp/L1', { headers: TOKEN })).body).toMatchObject({ status: 403, code: 'NOT_ALLOWED' });
  });
});
