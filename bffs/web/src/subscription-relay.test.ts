import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ClientError } from '@supergraph/client';
import { createSubscriber } from '@supergraph/client/subscriptions';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createApp, type WebApp } from './app.ts';
import { mergeStreams } from './merge-streams.ts';

const ID = `sha256:${'1a'.repeat(32)}`;
const OPERATION = { documentId: ID, variables: { number: '1' } };
const TOKEN = { authorization: 'Bearer ada' };
const DOCUMENT = Object.assign(new String('subscription'), { __meta__: { hash: ID } });

interface Upstream {
  request: IncomingMessage;
  response: ServerResponse;
  body: { documentId: string; variables: { number: string } };
  closed: boolean;
}

let router: Server;
/** The subscriptions that the router has open, in the order that they came. */
let upstreams: Upstream[];
/** What it says to the subscription of an order instead of opening a stream. */
let refuses: Record<string, { status: number; body: string; headers?: Record<string, string> }>;
let app: WebApp;
let url: string;
/** fetch ends the stream of an answer that nobody holds any more (undici, on garbage collection); these are to stay open. */
let held: Response[];

beforeEach(async () => {
  [upstreams, refuses, held] = [[], {}, []];
  router = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
    const refusal = refuses[body.variables.number];
    if (refusal !== undefined) return void response.writeHead(refusal.status, refusal.headers).end(refusal.body);
    const upstream = { request, response, body, closed: false };
    response.once('close', () => {
      upstream.closed = true;
    });
    upstreams.push(upstream);
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' }).write(':\n\n');
  });
  await once(router.listen(0, '127.0.0.1'), 'listening');
  app = await createApp({
    host: '127.0.0.1',
    port: 0,
    routerUrl: `http://127.0.0.1:${(router.address() as AddressInfo).port}`,
    storefront: '/nowhere',
    trustedProxies: [],
    logLevel: 'silent',
  });
  url = `http://127.0.0.1:${await app.listen('127.0.0.1', 0)}/graphql/stream`;
});
afterEach(async () => {
  await app.close();
  router.closeAllConnections();
  router.close();
});

const post = async (body: unknown, headers: Record<string, string> = TOKEN, signal?: AbortSignal): Promise<Response> => {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
    body: JSON.stringify(body),
    ...(signal !== undefined && { signal }),
  });
  held.push(answer);
  return answer;
};
const send = (number: string, text: string) => upstreams.find(({ body }) => body.variables.number === number)?.response.write(text);
const next = (status: string): string => `event: next\ndata: ${JSON.stringify({ data: { status } })}\n\n`;
const COMPLETE = 'event: complete\ndata: \n\n';
const isLeft = () => upstreams.every(({ closed }) => closed);

test('one subscription is passed on as graphql-sse has it, in the name of the caller, and nobody keeps it', async () => {
  const answer = await post(OPERATION);
  expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control'), answer.headers.get('content-encoding')]).toEqual([
    200,
    'text/event-stream; charset=utf-8',
    'no-store',
    null,
  ]);
  expect(upstreams[0]).toMatchObject({ request: { url: '/web/graphql' }, body: OPERATION });
  expect(upstreams[0]?.request.headers).toMatchObject({
    ...TOKEN,
    accept: 'text/event-stream',
    'apollographql-client-name': 'web-app',
    'x-forwarded-for': '127.0.0.1',
  });
  expect(upstreams[0]?.request.headers).not.toHaveProperty('x-deadline-ms');
  send('1', next('PAID') + COMPLETE);
  expect(await answer.text()).toBe(`:\n\n${next('PAID')}${COMPLETE}`);
});

test('a list shares one connection, and is complete when all of it is', async () => {
  const results: unknown[] = [];
  const variables = ['1', '2', '3'].map((number) => ({ number }));
  const subscriber = createSubscriber({ url, accessToken: () => 'ada' });
  const onConnected = (): void => {
    send('2', next('PAID') + COMPLETE);
    send('1', next('SHIPPED') + COMPLETE);
    send('3', COMPLETE);
  };
  for await (const { data } of subscriber.subscribeAll(DOCUMENT, variables, { onConnected })) results.push(data);
  expect(results.map((data) => JSON.stringify(data)).sort()).toEqual(['{"status":"PAID"}', '{"status":"SHIPPED"}']);
  expect(upstreams).toHaveLength(3);
});

describe('ends', () => {
  test('the subscriptions when the page leaves', async () => {
    const controller = new AbortController();
    await post([OPERATION, OPERATION], TOKEN, controller.signal);
    expect(isLeft()).toBe(false);
    controller.abort();
    await expect.poll(isLeft).toBe(true);
  });

  test('the page and all of a list when the router breaks one off, without calling it complete', async () => {
    const answer = await post([OPERATION, { ...OPERATION, variables: { number: '2' } }]);
    upstreams.find(({ body }) => body.variables.number === '2')?.response.destroy();
    expect(await answer.text()).toBe(':\n\n');
    await expect.poll(isLeft).toBe(true);
  });

  test('them when the process closes, at once', async () => {
    const answer = await post(OPERATION);
    const began = Date.now();
    await app.close();
    expect(await answer.text()).toBe(':\n\n');
    expect(Date.now() - began).toBeLessThan(2_000);
    await expect.poll(isLeft).toBe(true);
  });
});

describe('refuses', () => {
  test.each<[string, unknown, Record<string, string>, number, string]>([
    ['who is not signed in', OPERATION, {}, 401, 'SIGN_IN_REQUIRED'],
    ['a text', { query: 'subscription { orderPlaced { number } }' }, TOKEN, 400, 'REQUEST_INVALID'],
    ['a text in a list', [{ ...OPERATION, query: '{ me { name } }' }], TOKEN, 400, 'REQUEST_INVALID'],
    ['an empty list', [], TOKEN, 400, 'REQUEST_INVALID'],
    ['a long list', Array.from({ length: 26 }, () => OPERATION), TOKEN, 400, 'REQUEST_INVALID'],
  ])('%s', async (_, body, headers, status, code) => {
    const answer = await post(body, headers);
    expect([answer.status, await answer.json()]).toEqual([status, expect.objectContaining({ code })]);
    expect(upstreams).toEqual([]);
  });

  test('what the router refuses, in its words, and lets go of the rest of the list', async () => {
    const body = '{"errors":[{"message":"expired","extensions":{"code":"ACCESS_TOKEN_INVALID"}}]}';
    refuses['2'] = { status: 401, headers: { 'content-type': 'application/json', 'www-authenticate': 'Bearer', 'x-secret': 'sesame' }, body };
    const answer = await post([OPERATION, { ...OPERATION, variables: { number: '2' } }]);
    expect([answer.status, answer.headers.get('www-authenticate'), answer.headers.get('x-secret'), await answer.text()]).toEqual([
      401,
      'Bearer',
      null,
      body,
    ]);
    await expect.poll(isLeft).toBe(true);
  });

  test('more than 100 subscriptions of a session, until some are closed; another session has its own', async () => {
    const first = new AbortController();
    const fullList = Array.from({ length: 25 }, () => OPERATION);
    await post(fullList, TOKEN, first.signal);
    for (let count = 1; count < 4; count++) await post(fullList);
    const refused = await post(OPERATION);
    expect([refused.status, await refused.json()]).toEqual([429, expect.objectContaining({ code: 'TOO_MANY_STREAMS' })]);
    expect((await post(OPERATION, { authorization: 'Bearer bob' })).status).toBe(200);
    first.abort();
    await expect.poll(async () => (await post(OPERATION)).status).toBe(200);
  });
});

test('the client of the page takes a router that is away for something that passes, and gives up at once when the page does', async () => {
  const began = Date.now();
  router.closeAllConnections();
  await new Promise((resolve) => router.close(resolve));
  const controller = new AbortController();
  const reasons: ClientError[] = [];
  const onDisconnected = (reason: ClientError): void => {
    reasons.push(reason);
    controller.abort();
  };
  const results = createSubscriber({ url, accessToken: () => 'ada' }).subscribe(DOCUMENT, {}, { signal: controller.signal, onDisconnected });
  await expect(results.next()).rejects.toThrow();
  expect(reasons).toEqual([expect.any(ClientError)]);
  expect(reasons[0]?.status).toBe(503);
  expect(Date.now() - began).toBeLessThan(2_000);
});

test('heartbeats go on while nothing happens; who reads nothing is dropped, and nothing is collected for them', async () => {
  let pulled = 0;
  const event = new TextEncoder().encode(next('x'.repeat(10_000)));
  const busy = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      pulled += 1;
      controller.enqueue(event);
    },
  });
  const options = { named: false, heartbeatMs: 20, slowReaderMs: 100, signal: new AbortController().signal };
  const idle = mergeStreams([new ReadableStream()], options);
  let text = '';
  idle.on('data', (chunk) => {
    text += chunk;
  });
  await expect.poll(() => text).toMatch(/^(:\n\n){4,}$/);
  idle.destroy();

  const unread = mergeStreams([busy], options);
  await once(unread, 'close');
  expect(pulled).toBeLessThan(20);
});

test('who reads nothing does not outlive the cut', async () => {
  const controller = new AbortController();
  const unread = mergeStreams([new ReadableStream()], { named: false, heartbeatMs: 60_000, slowReaderMs: 100, signal: controller.signal });
  controller.abort();
  await once(unread, 'close', { signal: AbortSignal.timeout(2_000) });
  expect(unread.readableEnded).toBe(false);
});
