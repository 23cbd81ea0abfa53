import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createApp, type WebApp } from './app.ts';

const HTML = { accept: 'text/html,application/xhtml+xml' };
const SCRIPT = 'console.log("a script");\n'.repeat(100);
const OPERATION = { documentId: `sha256:${'1a'.repeat(32)}`, variables: { first: 2 }, operationName: 'Me' };

let folder: string;
let router: Server;
let asked: { url: string | undefined; headers: IncomingHttpHeaders; body: unknown }[];
let says: { status: number; headers: Record<string, string>; body: string };
const apps: WebApp[] = [];
let url: string;

const startApp = async (storefront: string): Promise<string> => {
  const app = await createApp({
    host: '127.0.0.1',
    port: 0,
    routerUrl: `http://127.0.0.1:${(router.address() as AddressInfo).port}`,
    storefront,
    trustedProxies: [],
    logLevel: 'silent',
  });
  apps.push(app);
  return `http://127.0.0.1:${await app.listen('127.0.0.1', 0)}`;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'storefront-'));
  mkdirSync(join(folder, 'assets'));
  const files = { 'index.html': '<!doctype html><title>Shop</title>', 'favicon.svg': '<svg/>', 'assets/index-1a2b.js': SCRIPT };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(text));
  }
  router = createServer(async (incoming, response) => {
    const body = Buffer.concat(await incoming.toArray()).toString();
    asked.push({ url: incoming.url, headers: incoming.headers, body: JSON.parse(body) });
    response.writeHead(says.status, says.headers).end(says.body);
  });
  await once(router.listen(0, '127.0.0.1'), 'listening');
  url = await startApp(folder);
});
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  router?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  asked = [];
  says = { status: 200, headers: { 'content-type': 'application/graphql-response+json' }, body: '{"data":{"me":null}}' };
});

describe('the storefront', () => {
  test.each([
    ['/', 'br'],
    ['/', 'identity'],
    ['/category/candles', 'br'],
    ['/category/candles/', 'identity'],
    ['/orders/W1?from=mail', 'br'],
    ['/assets/', 'br'],
    ['/no/such/screen', 'identity'],
  ])('%s is the page, in %s too', async (path, encoding) => {
    const page = await fetch(`${url}${path}`, { headers: { ...HTML, 'accept-encoding': encoding } });
    expect([page.status, page.headers.get('content-type'), page.headers.get('cache-control')]).toEqual([
      200,
      expect.stringContaining('text/html'),
      'no-cache',
    ]);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';.*frame-ancestors 'none'/);
    expect(await page.text()).toContain('<title>Shop</title>');
  });

  test('its root is the page whatever is accepted', async () => {
    expect(await (await fetch(`${url}/`, { headers: { accept: '*/*' } })).text()).toContain('<title>Shop</title>');
  });

  test('its files are kept for a year, and sent as the build compressed them', async () => {
    const [headers, bytes] = await new Promise<[IncomingHttpHeaders, Buffer]>((resolve, reject) => {
      const sent = request(`${url}/assets/index-1a2b.js`, { headers: { 'accept-encoding': 'br' } }, async (response) =>
        resolve([response.headers, Buffer.concat(await response.toArray())]),
      );
      sent.once('error', reject).end();
    });
    expect(headers).toMatchObject({ 'content-encoding': 'br', 'cache-control': 'public, max-age=31536000, immutable' });
    expect(bytes).toEqual(brotliCompressSync(SCRIPT));
    expect(await (await fetch(`${url}/assets/index-1a2b.js`, { headers: { 'accept-encoding': 'identity' } })).text()).toBe(SCRIPT);
    expect((await fetch(`${url}/favicon.svg`)).headers.get('cache-control')).toBe('no-cache');
  });

  test.each([
    ['/assets/index-gone.js', { accept: '*/*' }],
    ['/views/nowhere', HTML],
    ['/health', HTML],
    ['/..%2f..%2fpackage.json', { accept: '*/*' }],
    ['/category/candles', { accept: 'application/json' }],
  ])('%s is a problem and no page', async (path, headers) => {
    const answer = await fetch(`${url}${path}`, { headers });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
  });

  test('that is not built says how to build it; the views are there all the same', async () => {
    const bare = await startApp(join(folder, 'nowhere'));
    const page = await fetch(bare, { headers: HTML });
    expect([page.status, await page.text()]).toEqual([503, expect.stringContaining('npm run build')]);
    expect((await fetch(`${bare}/openapi.json`)).status).toBe(200);
  });
});

describe('POST /graphql', () => {
  const post = (body: unknown, headers: Record<string, string> = {}, path = '/graphql') =>
    fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });

  test('passes a persisted operation and its answer on, in the name of the caller', async () => {
    const answer = await post(OPERATION, { authorization: 'Bearer ada' });
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
      200,
      'application/graphql-response+json',
      'no-store',
    ]);
    expect(await answer.json()).toEqual({ data: { me: null } });
    expect(asked).toEqual([expect.objectContaining({ url: '/web/graphql', body: OPERATION })]);
    expect(asked[0]?.headers).toMatchObject({ authorization: 'Bearer ada', 'apollographql-client-name': 'web-app', 'x-forwarded-for': '127.0.0.1' });
  });

  test('passes refusals on as they are', async () => {
    says = { status: 429, headers: { 'content-type': 'application/json', 'retry-after': '9', 'x-secret': 'sesame' }, body: '{"errors":[]}' };
    const answer = await post(OPERATION);
    expect([answer.status, answer.headers.get('retry-after'), answer.headers.get('x-secret')]).toEqual([429, '9', null]);
  });

  test.each([
    ['a text', { query: '{ me { name } }' }],
    ['a text beside the id', { ...OPERATION, query: '{ me { name } }' }],
    ['an id that is none', { ...OPERATION, documentId: 'sha256:1a' }],
    ['an id without its kind', { ...OPERATION, documentId: '1a'.repeat(32) }],
    ['further members', { ...OPERATION, extensions: {} }],
    ['several operations', [OPERATION]],
    ['no object', 'me'],
  ])('refuses %s', async (_, body) => {
    const answer = await post(body);
    expect([answer.status, await answer.json()]).toEqual([400, expect.objectContaining({ code: 'REQUEST_INVALID' })]);
    expect(asked).toEqual([]);
  });

  test('is a POST without parameters, and nothing else', async () => {
    expect((await post(OPERATION, {}, '/graphql?query={me{name}}')).status).toBe(400);
    const got = await fetch(`${url}/graphql?documentId=${OPERATION.documentId}`, { headers: HTML });
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
    expect(asked).toEqual([]);
  });
});
