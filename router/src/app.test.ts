import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from './app.ts';
import { makeFolder, removeFolder, routerStarter, type TestRouter, waitUntil } from './testing/router.ts';
import { startOrders, startProducts, type TestSubgraph, writeSupergraph } from './testing/subgraphs.ts';

const startRouter = routerStarter(createApp);

let folder: string;
let file: string;
let products: TestSubgraph;
let orders: TestSubgraph;
let router: TestRouter;

beforeAll(async () => {
  folder = await makeFolder();
  file = join(folder, 'supergraph.graphql');
  [products, orders] = [await startProducts(), await startOrders()];
  await writeSupergraph(file, [products, orders]);
  router = await startRouter(file);
});

afterAll(async () => {
  await Promise.all([router, products, orders].map((running) => ('app' in running ? running.app.close() : running.stop())));
  await removeFolder(folder);
});

/** A server that answers every request the given way, in the place of the orders subgraph. */
const withOrdersReplaced = async (
  listener: Parameters<typeof createServer>[1],
  check: (router: TestRouter) => Promise<void>,
  overrides: Parameters<typeof startRouter>[1] = {},
): Promise<void> => {
  const server = createServer(listener as never).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  const replaced = await startRouter(file, { subgraphUrls: new Map([['orders', url]]), ...overrides });
  try {
    await check(replaced);
  } finally {
    await replaced.app.close();
    server.closeAllConnections();
    server.close();
  }
};

describe('router', () => {
  it('limits a GET whose text is badly encoded as what Apollo Server makes of it', async () => {
    const aliases = Array.from({ length: 31 }, (_, index) => `a${index}:__typename`).join(' ');
    const url = `${router.url}/graphql?query=${encodeURIComponent(`{ ${aliases} }`)}%23%`;
    const response = await fetch(url, { headers: { 'apollo-require-preflight': '1' } });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'MAX_ALIASES_LIMIT' } }] });
  });

  it('answers from several subgraphs, by POST and by GET', async () => {
    const query = '{ products { name unitsSold } }';
    const expected = {
      data: {
        products: [
          { name: 'Lantern', unitsSold: 7 },
          { name: 'Teapot', unitsSold: 7 },
        ],
      },
    };
    expect(await router.query(query)).toEqual(expected);
    const byGet = await fetch(`${router.url}/graphql?query=${encodeURIComponent(query)}`, { headers: { 'apollo-require-preflight': 'true' } });
    expect(await byGet.json()).toEqual(expected);
  });

  it('refuses what a foreign web page could send without a preflight', async () => {
    const response = await fetch(`${router.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: '{"query":"{ __typename }"}',
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
  });

  it('tells liveness, and readiness with the id of the supergraph', async () => {
    expect(await (await fetch(`${router.url}/health/live`)).json()).toEqual({ status: 'live' });
    expect(await (await fetch(`${router.url}/health/ready`)).json()).toEqual({
      status: 'ready',
      supergraph: { id: expect.stringMatching(/^[0-9a-f]{64}$/) },
      subgraphsOut: [],
    });
  });

  it('forwards identity and trace headers, and nothing else of the client', async () => {
    await router.query('{ products { sku } }', {
      'x-request-id': 'request-1',
      'x-internal-token': 'forged',
      traceparent: '00-aa-bb-01',
      cookie: 'a=b',
      'x-other': '1',
    });
    const headers = products.requests.at(-1);
    expect(headers).toMatchObject({ 'x-request-id': 'request-1', traceparent: '00-aa-bb-01' });
    expect(headers).not.toHaveProperty('cookie');
    expect(headers).not.toHaveProperty('x-internal-token');
    expect(headers).not.toHaveProperty('x-other');
  });

  it('refuses to start when a URL is given for a subgraph that does not exist', async () => {
    await expect(startRouter(file, { subgraphUrls: new Map([['order', 'http://127.0.0.1:1/graphql']]) })).rejects.toMatchObject({
      name: 'StartupError',
      message: expect.stringContaining('names order,'),
      fix: expect.stringContaining('orders, products'),
    });
  });
});

describe('errors of subgraphs', () => {
  it('keep message, code, kind and details when meant for clients, and the other data', async () => {
    const { data, errors } = await router.query('{ forbidden products { sku } }');
    expect(data).toEqual({ forbidden: null, products: [{ sku: 'A-1' }, { sku: 'B-2' }] });
    expect(errors).toEqual([
      {
        message: 'Only staff may do this.',
        path: ['forbidden'],
        extensions: { code: 'STAFF_ONLY', kind: 'FORBIDDEN', details: { role: 'STAFF' }, serviceName: 'orders' },
      },
    ]);
  });

  it('are masked when unforeseen', async () => {
    const { errors } = await router.query('{ broken }');
    expect(errors[0].extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR', serviceName: 'orders', reference: expect.any(String) });
    expect(JSON.stringify(errors)).not.toMatch(/secret|postgres|stack/);
  });

  it('keep the reference under which the subgraph logged them', async () => {
    const { errors } = await router.query('{ masked }');
    expect(errors[0]).toMatchObject({ message: expect.stringContaining('r-1'), extensions: { reference: 'r-1' } });
  });
});

it('an access token that is not valid is refused, never taken for no token', async () => {
  const response = await fetch(`${router.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer bad' },
    body: JSON.stringify({ query: '{ products { sku } }' }),
  });
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'ACCESS_TOKEN_INVALID', kind: 'UNAUTHENTICATED' } }] });
});

describe('a subgraph that fails', () => {
  const expectPartialData = async ({ query }: TestRouter, code: string): Promise<void> => {
    const answer = await query('{ orders { number } products { name unitsSold } }');
    expect(answer.data).toEqual({
      orders: null,
      products: [
        { name: 'Lantern', unitsSold: null },
        { name: 'Teapot', unitsSold: null },
      ],
    });
    const failed = {
      message: expect.stringMatching(/^The subgraph "orders" /),
      extensions: { code, kind: 'UNAVAILABLE', serviceName: 'orders', reference: expect.any(String) },
    };
    expect(answer.errors).toHaveLength(2);
    expect(answer.errors).toContainEqual(failed);
    expect(answer.errors).toContainEqual({ ...failed, path: ['products'] });
    expect(JSON.stringify(answer)).not.toMatch(/127\.0\.0\.1|ECONN|stack|html/i);
  };

  it('when down leaves the others answering', async () => {
    const down = await startRouter(file, { subgraphUrls: new Map([['orders', 'http://127.0.0.1:1/graphql']]) });
    await expectPartialData(down, 'SUBGRAPH_UNAVAILABLE').finally(() => down.app.close());
  });

  it('when silent is given up at the deadline', async () => {
    const start = Date.now();
    const settingsFile = join(folder, 'impatient.yaml');
    await writeFile(settingsFile, 'traffic: { all: { timeoutMs: 200 } }');
    await withOrdersReplaced(
      () => undefined,
      (impatient) => expectPartialData(impatient, 'SUBGRAPH_TIMEOUT'),
      { settingsFile },
    );
    expect(Date.now() - start).toBeLessThan(5_000);
  });

  it.each<[string, string, Parameters<typeof createServer>[1]]>([
    [
      'answers an HTML error page',
      'SUBGRAPH_UNAVAILABLE',
      (_request, response) => response.writeHead(500, { 'content-type': 'text/html' }).end('<html>secret</html>'),
    ],
    [
      'answers no JSON',
      'SUBGRAPH_RESPONSE_INVALID',
      (_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":'),
    ],
    ['sends elsewhere', 'SUBGRAPH_UNAVAILABLE', (_request, response) => response.writeHead(307, { location: products.url }).end()],
    ['hangs up', 'SUBGRAPH_UNAVAILABLE', (request) => request.socket.destroy()],
  ])('when it %s is masked', async (_what, code, listener) => {
    await withOrdersReplaced(listener, (broken) => expectPartialData(broken, code));
  });
});

describe('deadlines', () => {
  it("respect the client's own, and keep the data of the subgraphs that answered in time", async () => {
    await withOrdersReplaced(
      () => undefined,
      async ({ query }) => {
        // Planned before, so that the deadline is about the subgraph.
        await query('{ orders { number } products { name } }', { 'apollo-expose-query-plan': 'dry-run' });
        const begun = performance.now();
        const { data, errors } = await query('{ orders { number } products { name } }', { 'x-deadline-ms': '300' });
        expect(performance.now() - begun).toBeLessThan(3_000);
        expect(data).toEqual({ orders: null, products: [{ name: 'Lantern' }, { name: 'Teapot' }] });
        expect(errors).toMatchObject([{ extensions: { code: 'SUBGRAPH_TIMEOUT' } }]);
      },
    );
  });

  it('a client that goes away takes its calls to subgraphs with it', async () => {
    const called = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    await withOrdersReplaced(
      (request) => {
        request.socket.once('close', () => closed.resolve());
        called.resolve();
      },
      async ({ url }) => {
        const abort = new AbortController();
        const answer = fetch(`${url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query: '{ orders { number } }' }),
          signal: abort.signal,
        });
        await called.promise;
        abort.abort();
        await expect(answer).rejects.toThrow();
        await closed.promise;
      },
    );
  });
});

it('settings that change are in force at once, and bad ones are refused', async () => {
  const settingsFile = join(folder, 'changing.yaml');
  await writeFile(settingsFile, '');
  const changing = await startRouter(file, { settingsFile });
  const codeOf = async (query = '{ products { sku } }') => (await changing.query(query)).errors?.[0]?.extensions.code;
  try {
    expect(await codeOf()).toBeUndefined();
    await writeFile(settingsFile, 'limits: { depth: 1 }');
    await waitUntil(async () => (await codeOf()) === 'MAX_DEPTH_LIMIT');
    await writeFile(settingsFile, 'limits: { depth: many }');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await codeOf()).toBe('MAX_DEPTH_LIMIT');
    await writeFile(settingsFile, 'limits: { depth: 9 }');
    await waitUntil(async () => (await codeOf()) === undefined);
    const fifty = '{ latest(first: 50) { sku } }';
    expect(await codeOf(fifty)).toBeUndefined();
    await writeFile(settingsFile, 'limits: { listSize: 10 }');
    await waitUntil(async () => (await codeOf(fifty)) === 'MAX_LIST_SIZE_LIMIT');
  } finally {
    await changing.app.close();
  }
});

describe('in production', () => {
  let production: TestRouter;
  beforeAll(async () => {
    production = await startRouter(file, { production: true });
  });
  afterAll(() => production.app.close());

  it('serves data, and no explorer, landing page, introspection or plans', async () => {
    expect(await production.query('{ products { sku } }', { 'apollo-expose-query-plan': 'true', 'hive-expose-query-plan': 'true' })).toEqual({
      data: { products: [{ sku: 'A-1' }, { sku: 'B-2' }] },
    });
    expect((await production.query('{ __schema { queryType { name } } }')).errors).toHaveLength(1);
    expect((await fetch(`${production.url}/`)).status).toBe(404);
    expect((await fetch(`${production.url}/sandbox`)).status).toBe(404);
    const page = await fetch(`${production.url}/graphql`, { headers: { accept: 'text/html' } });
    expect(page.headers.get('content-type')).not.toContain('html');
  });

  it('suggests no fields', async () => {
    expect((await production.query('{ product { sku } }')).errors[0].message).not.toMatch(/did you mean/i);
    expect((await production.query('{ productz { sku } }')).errors[0].message).not.toMatch(/did you mean/i);
  });
});

it("shows Apollo's landing page to a browser in development", async () => {
  const page = await fetch(`${router.url}/graphql`, { headers: { accept: 'text/html' } });
  expect(page.headers.get('content-type')).toContain('html');
  expect((await fetch(`${router.url}/sandbox`, { redirect: 'manual' })).headers.get('location')).toBe('/graphql');
});
