import { connect } from 'node:net';
import { DomainError } from '@supergraph/errors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startTestApi, type TestApi } from '../testing/test-api.ts';
import { addRoute } from './route.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi((more) => {
    addRoute(more, {
      method: 'GET',
      url: '/slow',
      id: 'slow',
      tag: 'root',
      summary: 'Waits for a subgraph that never answers',
      answers: { 204: { description: 'Never.' } },
      handler: async ({ subgraphs }) => {
        await subgraphs.category('GetCategoryPaths', { ids: [] });
        return { status: 204 };
      },
    });
    addRoute(more, {
      method: 'GET',
      url: '/busy',
      id: 'busy',
      tag: 'root',
      summary: 'Is being asked for with the same key',
      answers: { 204: { description: 'Never.' } },
      handler: () => Promise.reject(new DomainError('conflict', 'IDEMPOTENCY_KEY_IN_FLIGHT', 'Send it again shortly.')),
    });
    addRoute(more, {
      method: 'GET',
      url: '/old',
      id: 'old',
      tag: 'root',
      summary: 'Was here before',
      deprecated: { since: new Date('2026-01-01T00:00:00Z'), sunset: new Date('2027-01-01T00:00:00Z'), link: '/docs' },
      answers: { 200: { description: 'The old answer.', schema: z.object({}) } },
      handler: async () => ({ body: {} }),
    });
  });
});
afterAll(() => api.close());

const problem = (status: number, code: string) => ({ status, code, type: `urn:supergraph:error:${code}`, instance: expect.any(String) });

describe('errors', () => {
  test.each([
    ['GET', '/nowhere', {}, 404, 'ROUTE_NOT_FOUND'],
    ['GET', `/products/${'x'.repeat(256)}`, {}, 404, 'PRODUCT_NOT_FOUND'],
    ['GET', `/products/${'x'.repeat(257)}`, {}, 414, 'BAD_REQUEST'],
    ['GET', '/products?colour=red', {}, 400, 'REQUEST_INVALID'],
    ['GET', '/products?first=0', {}, 400, 'REQUEST_INVALID'],
    ['GET', '/products?first=1&first=2', {}, 400, 'REQUEST_INVALID'],
    ['GET', '/products?fields=secret', {}, 400, 'REQUEST_INVALID'],
    ['GET', '/products?embed=orders', {}, 400, 'REQUEST_INVALID'],
    ['GET', '/products', { headers: { accept: 'text/html, application/json;q=0' } }, 406, 'NOT_ACCEPTABLE'],
    ['POST', '/sessions', { body: '{"email":' }, 400, 'BAD_REQUEST'],
    ['POST', '/sessions', { body: '{"__proto__":{}}' }, 400, 'BAD_REQUEST'],
    ['POST', '/sessions', { body: { email: 'a@b.c' } }, 400, 'REQUEST_INVALID'],
    ['POST', '/sessions', { body: JSON.stringify({ email: 'x'.repeat(262_144), password: '' }) }, 413, 'BODY_TOO_LARGE'],
    ['POST', '/sessions', { body: 'email=a', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['GET', '/categories/home/products', {}, 500, 'INTERNAL_SERVER_ERROR'],
  ])('%s %s %j is a problem', async (method, path, more, status, code) => {
    const reply = await api.ask(undefined, method, path, more);
    expect(reply.body).toMatchObject(problem(status, code));
    expect(reply.status).toBe(status);
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    expect(String(reply.headers.get('cache-control'))).not.toMatch(/public|max-age/);
    expect(JSON.stringify(reply.body)).not.toMatch(/secret detail|at .*\.ts/);
  });

  test('of a request tell each mistake and where it is', async () => {
    const query = await api.ask(undefined, 'GET', '/products?first=101&colour=red');
    expect(query.body.errors.map(({ parameter }: { parameter?: string }) => parameter)).toContain('first');
    const body = await api.ask('sam', 'POST', '/products', { body: { sku: 1, name: 'n', price: { amount: 'x' }, categorySlug: 'home' } });
    expect(body.body.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual(['/price/amount', '/sku']);
  });

  test('of what is no HTTP, or no path, are problems as well', async () => {
    expect((await api.ask(undefined, 'GET', '/products/%zz')).body).toMatchObject({ ...problem(400, 'BAD_REQUEST'), instance: '/products/%zz' });
    const { port, hostname } = new URL(api.url);
    const socket = connect(Number(port), hostname).end('NONSENSE\r\n\r\n');
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1.1 400.*application\/problem\+json.*"status":400/s);
  });
});

describe('methods', () => {
  test('that a path has not are refused with those that it has', async () => {
    for (const method of ['PUT', 'DELETE', 'PROPFIND']) {
      const reply = await api.ask(undefined, method, '/products/P01');
      expect(reply.body).toMatchObject(problem(405, 'METHOD_NOT_ALLOWED'));
      expect(reply.headers.get('allow')).toBe('GET, HEAD, PATCH, OPTIONS');
    }
  });

  test('are told by OPTIONS, also of a path below a parameter, and what bodies they take', async () => {
    const reply = await api.ask(undefined, 'OPTIONS', '/categories/a%2Fb');
    expect([reply.status, reply.headers.get('allow'), reply.headers.get('accept-patch')]).toEqual([
      204,
      'GET, HEAD, PATCH, DELETE, OPTIONS',
      'application/merge-patch+json',
    ]);
    expect((await api.ask(undefined, 'OPTIONS', '/users/me')).headers.get('allow')).toBe('GET, HEAD, PATCH, OPTIONS');
    expect((await api.ask(undefined, 'OPTIONS', '/users/7')).headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    expect((await api.ask(undefined, 'DELETE', '/openapi.json')).status).toBe(405);
    expect((await api.ask(undefined, 'OPTIONS', '/nowhere')).status).toBe(404);
  });

  test('HEAD answers what GET does, without the body', async () => {
    const [get, head] = [await api.ask(undefined, 'GET', '/products/P01'), await api.ask(undefined, 'HEAD', '/products/P01')];
    expect([head.status, head.body, head.headers.get('content-type')]).toEqual([200, undefined, 'application/hal+json']);
    for (const name of ['content-length', 'etag', 'cache-control', 'vary']) expect(head.headers.get(name), name).toBe(get.headers.get(name));
  });

  test('PATCH takes JSON Merge Patch alone', async () => {
    const headers = { 'content-type': 'application/json', 'if-match': '*' };
    const reply = await api.ask('sam', 'PATCH', '/products/P01', { body: '{}', headers });
    expect(reply.status).toBe(415);
    expect(reply.headers.get('accept-patch')).toBe('application/merge-patch+json');
  });
});

describe('who asks', () => {
  test('with a bad token is refused everywhere, and told how to sign in', async () => {
    for (const path of ['/', '/products', '/users/me']) {
      const reply = await api.ask('mallory', 'GET', path);
      expect(reply.body).toMatchObject(problem(401, 'ACCESS_TOKEN_INVALID'));
      expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
  });

  test('with an internal token of their own making stays who they are', async () => {
    await api.ask('ada', 'GET', '/products/P01', { headers: { 'x-internal-token': 'forged' } });
    expect(api.rooms.received.at(-1)).toMatchObject({ method: 'GetProducts', caller: { role: 'customer', userId: '7' } });
  });

  test('is counted, and told so', async () => {
    const reply = await api.ask('eve', 'GET', '/');
    expect(reply.headers.get('ratelimit-policy')).toBe('"authenticated";q=3000;w=60');
    expect(reply.headers.get('ratelimit')).toMatch(/^"authenticated";r=2999;t=\d+$/);
  });

  test('tries 30 secrets a minute and no more', async () => {
    const attempts = await Promise.all(
      Array.from({ length: 31 }, () => api.ask('eve', 'POST', '/sessions', { body: { email: 'ada@example.com', password: 'wrong' } })),
    );
    const refused = attempts.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(1);
    expect(refused[0]?.body).toMatchObject(problem(429, 'RATE_LIMITED'));
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(attempts.filter(({ status }) => status === 401).length).toBeGreaterThan(0);
  });
});

describe('a route that is deprecated', () => {
  test('says since when, until when and what to read', async () => {
    const { headers } = await api.ask(undefined, 'GET', '/old');
    expect(headers.get('deprecation')).toBe('@1767225600');
    expect(headers.get('sunset')).toBe('Fri, 01 Jan 2027 00:00:00 GMT');
    expect(headers.get('link')).toBe('</docs>; rel="deprecation"');
  });

  test('is so in the documentation', async () => {
    const { body } = await api.ask(undefined, 'GET', '/openapi.json');
    expect(body.paths['/old'].get.deprecated).toBe(true);
  });
});

test('a subgraph that is away is told as such, with when to come back', async () => {
  const reply = await api.ask('ada', 'GET', '/orders');
  expect(reply.body).toMatchObject(problem(503, 'SERVICE_UNAVAILABLE'));
  expect(reply.headers.get('retry-after')).toBe('5');
});

test('a key in flight is told with when to come back', async () => {
  const reply = await api.ask(undefined, 'GET', '/busy');
  expect(reply.body).toMatchObject(problem(409, 'IDEMPOTENCY_KEY_IN_FLIGHT'));
  expect(reply.headers.get('retry-after')).toBe('1');
});

describe('a subgraph that never answers', () => {
  test('is not waited for longer than its client waits', async () => {
    const client = new AbortController();
    const answer = fetch(`${api.url}/slow`, { signal: client.signal });
    await expect.poll(() => api.rooms.received.at(-1)?.method).toBe('GetCategoryPaths');
    expect(api.rooms.givenUp()).toBe(0);
    client.abort();
    await expect(answer).rejects.toThrow('abort');
    await expect.poll(() => api.rooms.givenUp()).toBe(1);
  });

  test('is told as unavailable before the request is 10 s old', async () => {
    const started = performance.now();
    const reply = await api.ask(undefined, 'GET', '/slow');
    expect(reply.body).toMatchObject(problem(503, 'SERVICE_UNAVAILABLE'));
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

test('every answer has the headers that keep browsers from guessing and framing', async () => {
  for (const path of ['/', '/nowhere', '/docs'])
    for (const name of ['x-content-type-options', 'content-security-policy', 'referrer-policy'])
      expect((await fetch(`${api.url}${path}`, { method: 'HEAD' })).headers.get(name), `${path} ${name}`).toBeTruthy();
});
