import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { createHandler } from 'graphql-sse/lib/use/http';
import { gql } from 'graphql-tag';
import { useServer } from 'graphql-ws/use/ws';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import type { SourceSettings } from './open-source.ts';
import { createLocalEvents } from './testing/local-events.ts';
import { ORDERS_SDL, type Shop, startShop } from './testing/shop.ts';
import { contextOf, nextOf, startStreams, subscribe, type TestStreams } from './testing/start-streams.ts';

const source: SourceSettings = { protocol: 'sse', path: '/stream' };
let shop: Shop;
let router: TestStreams;
/** Where the subgraph's subscriptions are answered; its other operations elsewhere. */
let answers: (request: IncomingMessage, response: ServerResponse) => unknown;
let running = 0;
const asked: Record<string, unknown>[] = [];

const schema = buildSubgraphSchema([
  {
    typeDefs: gql(ORDERS_SDL),
    resolvers: {
      Subscription: {
        ticks: {
          subscribe: async function* (_root: unknown, { upTo }: { upTo: number }) {
            running += 1;
            try {
              for (let count = 1; count <= upTo; count++) yield { ticks: { count, product: { sku: `sku-${count}` } } };
              if (upTo === 2) await new Promise((resolve) => setTimeout(resolve, 3_000));
              if (upTo === 3) yield { ticks: { count: () => Promise.reject(new Error('password is hunter2')) } };
            } finally {
              running -= 1;
            }
          },
        },
      },
    },
    // biome-ignore lint/suspicious/noExplicitAny: resolvers of any schema.
  } as any,
]);

const sse = createHandler({ schema });
const server = createServer((request, response) => {
  asked.push(request.headers);
  answers(request, response);
});
const sockets = new WebSocketServer({ server, path: '/socket' });
useServer({ schema, onConnect: ({ extra }) => void asked.push(extra.request.headers) }, sockets);

beforeAll(async () => {
  shop = await startShop();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  shop.subgraphs.orders.url = `http://127.0.0.1:${port}/graphql`;
  router = await startStreams(shop.all, { events: createLocalEvents(), sourceOf: () => source, maxWaiting: () => 5 });
}, 60_000);
afterAll(async () => {
  await router.stop();
  await shop.stop();
  for (const client of sockets.clients) client.terminate();
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  answers = (request, response) => void sse(request, response);
  asked.length = 0;
  Object.assign(source, { protocol: 'sse', path: '/stream' });
});

const TICKS = 'subscription Ticks($n: Int!) { mine: ticks(upTo: $n) { count product { name } } }';
const tick = (count: number): object => ({ data: { mine: { count, product: { name: `name of sku-${count}` } } } });

describe.each([
  ['sse', '/stream'],
  ['ws', '/socket'],
] as const)('a subscription from a subgraph over %s', (protocol, path) => {
  beforeEach(() => void Object.assign(source, { protocol, path }));

  it('adds what the other subgraphs have, in order, and ends with its source', async () => {
    const results = await subscribe(router, TICKS, { variables: { n: 1 }, forwardedHeaders: new Map([['x-request-id', 'r-9']]) });
    expect(await nextOf(results)).toEqual(tick(1));
    expect(await nextOf(results)).toBe('ended');
    expect(asked[0]).toMatchObject({ 'x-request-id': 'r-9', 'x-internal-token': expect.any(String) });
    const more = await subscribe(router, TICKS, { variables: { n: 4 } });
    for (const count of [1, 2, 3, 4]) expect(await nextOf(more)).toEqual(tick(count));
    expect(await nextOf(more)).toBe('ended');
  });

  it('ends its source when it is ended', async () => {
    const results = await subscribe(router, TICKS, { variables: { n: 2 } });
    expect(await nextOf(results)).toEqual(tick(1));
    expect(running).toBe(1);
    const next = results.next();
    expect(await results.return()).toEqual({ done: true, value: undefined });
    await next;
    await expect.poll(() => running, { timeout: 5_000 }).toBe(0);
  });

  it('ends when more waits than is kept, and ends its source', async () => {
    const results = await subscribe(router, TICKS, { variables: { n: 50 } });
    await expect.poll(() => running, { timeout: 5_000 }).toBe(0);
    await expect(results.next()).rejects.toMatchObject({ code: 'SUBSCRIPTION_TOO_SLOW' });
  });

  it('masks what fails there', async () => {
    const results = await subscribe(router, TICKS, { variables: { n: 3 } });
    for (const count of [1, 2, 3]) expect(await nextOf(results)).toEqual(tick(count));
    const last = await nextOf(results);
    expect(last).toMatchObject({ data: null, errors: [{ path: ['mine', 'count'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }] });
    expect(JSON.stringify(last)).not.toContain('hunter2');
    await results.return();
  });
});

const stream = (response: ServerResponse): ServerResponse => response.writeHead(200, { 'content-type': 'text/event-stream' });
const event = (count: number): string => `data: ${JSON.stringify({ data: { mine: { count, product: null } } })}\n\n`;
const BARE = 'subscription { mine: ticks(upTo: 1) { count } }';
const bare = (count: number): object => ({ data: { mine: { count } } });

describe('a stream of server-sent events', () => {
  it('goes on from its last event when it is lost, where events have ids', async () => {
    answers = (request, response) => {
      const from = Number(request.headers['last-event-id'] ?? 0);
      stream(response).write(`:hello\n\nid: ${from + 1}\nevent: next\n${event(from + 1)}`);
      if (from < 2) setTimeout(() => response.destroy(), 50);
      else response.end('event: complete\ndata:\n\n');
    };
    const results = await subscribe(router, BARE);
    for (const count of [1, 2, 3]) expect(await nextOf(results)).toEqual(bare(count));
    expect(await nextOf(results)).toBe('ended');
    expect(asked.map((headers) => headers['last-event-id'])).toEqual([undefined, '1', '2']);
  });

  it('asks again for an event that was cut, and once more when it is refused', async () => {
    answers = (request, response) => {
      const text = ['', '1', '2'].map((id) => `id: ${id}\nevent: next\n${event(Number(id))}`);
      if (asked.length === 1) stream(response).write(`${text[1]}${text[2]?.slice(0, -1)}`, () => response.destroy());
      else if (asked.length === 2) response.writeHead(503).end('no');
      else stream(response).end(`${text[Number(request.headers['last-event-id']) + 1]}event: complete\ndata:\n\n`);
    };
    const results = await subscribe(router, BARE);
    for (const count of [1, 2]) expect(await nextOf(results)).toEqual(bare(count));
    expect(await nextOf(results)).toBe('ended');
    expect(asked.map((headers) => headers['last-event-id'])).toEqual([undefined, '1', '1']);
  });

  it('ends with an error when it is lost and has no ids', async () => {
    answers = (_request, response) => {
      stream(response).write(`event: next\n${event(1)}`);
      setTimeout(() => response.destroy(), 50);
    };
    const results = await subscribe(router, BARE);
    expect(await nextOf(results)).toEqual(bare(1));
    await expect(results.next()).rejects.toMatchObject({ code: 'SUBSCRIPTION_SOURCE_LOST', kind: 'unavailable' });
  });

  it.each([
    ['no JSON', 'event: next\ndata: {]\n\n'],
    ['more than is accepted', `event: next\ndata: ${'x'.repeat(11 * 1024 * 1024)}`],
  ])('ends with an error when it sends %s', async (_what, text) => {
    answers = (_request, response) => void stream(response).write(text);
    const results = await subscribe(router, BARE);
    await expect(results.next()).rejects.toMatchObject({ code: 'SUBSCRIPTION_SOURCE_LOST' });
  });

  it('tells, masked, what its subgraph answers in its place', async () => {
    answers = (_request, response) =>
      void response.writeHead(400, { 'content-type': 'application/json' }).end('{"errors":[{"message":"no such thing as hunter2"}]}');
    const results = await subscribe(router, BARE);
    const told = await nextOf(results);
    expect(told).toMatchObject({ data: null, errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] });
    expect(JSON.stringify(told)).not.toContain('hunter2');
    expect(await nextOf(results)).toBe('ended');
  });

  it.each([
    ['redirects', 302],
    ['fails', 500],
  ])('is refused when its subgraph %s', async (_how, status) => {
    answers = (_request, response) => void response.writeHead(status, { location: 'http://169.254.169.254/' }).end();
    expect(await router.streams.start({ query: BARE }, contextOf())).toMatchObject({
      kind: 'refused',
      status: 503,
      errors: [{ extensions: { code: 'SUBSCRIPTION_SOURCE_LOST' } }],
    });
    expect(asked).toHaveLength(1);
  });

  it('is refused in time when its subgraph does not answer', async () => {
    answers = () => undefined;
    const abort = new AbortController();
    onTestFinished(() => abort.abort());
    expect(await router.streams.start({ query: BARE }, contextOf({ signal: abort.signal }))).toMatchObject({ kind: 'refused', status: 503 });
  });
});
