import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ClientError } from './create-client.ts';
import { createSubscriber, type SubscribeOptions, type SubscriberSettings } from './create-subscriber.ts';
import type { OperationDocument } from './operation-request.ts';

type Data = { orderStatusChanged: { status: string } };
const ID = `sha256:${'0'.repeat(64)}`;
const document: OperationDocument<Data, { number: string }> = Object.assign(new String('subscription S($number: String!) { … }'), {
  __meta__: { hash: ID },
});

interface Seen {
  headers: IncomingMessage['headers'];
  body: unknown;
}
type Answer = (response: ServerResponse) => void;

let seen: Seen[];
/** One for each connection, the last one for all further ones. */
let answers: Answer[];
let url: string;
const left: string[] = [];
const server = createServer(async (request, response) => {
  const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
  seen.push({ headers: request.headers, body });
  response.once('close', () => left.push(response.writableFinished ? 'ended' : 'aborted'));
  (answers.length > 1 ? answers.shift() : answers[0])?.(response);
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  seen = [];
  left.length = 0;
});

const stream =
  (...parts: string[]): Answer =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    for (const part of parts) response.write(part);
  };
const breaking =
  (...parts: string[]): Answer =>
  (response) => {
    stream(...parts)(response);
    setTimeout(() => response.destroy(), 20);
  };
const ending =
  (...parts: string[]): Answer =>
  (response) => {
    stream(...parts)(response);
    response.end();
  };
const refused =
  (status: number, code: string, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify({ errors: [{ message: code, extensions: { code } }] }));

const next = (payload: unknown, id?: string): string => `event: next\ndata: ${JSON.stringify(id === undefined ? payload : { id, payload })}\n\n`;
const state = (status: string) => ({ data: { orderStatusChanged: { status } } });
const ended = (code: string) => ({ errors: [{ message: code, extensions: { code } }] });
const COMPLETE = 'event: complete\ndata:\n\n';

const subscriber = (settings: Partial<SubscriberSettings> = {}) => createSubscriber({ url, retryMs: 5, ...settings });

/** Subscribes, and takes the first few results; all when `count` is left out. */
const take = async (given: { count?: number; settings?: Partial<SubscriberSettings>; options?: SubscribeOptions }): Promise<unknown[]> => {
  const taken: unknown[] = [];
  for await (const { data, errors } of subscriber(given.settings).subscribe(document, { number: '1' }, given.options)) {
    taken.push(data?.orderStatusChanged.status ?? errors[0]?.extensions?.code);
    if (taken.length === given.count) break;
  }
  return taken;
};

test('sends the id with token and client, and gives what comes, however it is cut, until the server completes', async () => {
  const text = `:\n\n${next(state('PAID'))}:\r\n\r\nevent: next\r\ndata: {"data":\r\ndata: {"orderStatusChanged":{"status":"ÜBER"}}}\r\n\r\n${COMPLETE}`;
  const bytes = Buffer.from(text);
  answers = [
    (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const byte of bytes) response.write(Buffer.of(byte));
    },
  ];
  const settings = { accessToken: () => 'token-1', client: { name: 'web', version: '1' } };
  expect(await take({ settings })).toEqual(['PAID', 'ÜBER']);
  expect(seen).toEqual([
    {
      headers: expect.objectContaining({
        accept: 'text/event-stream',
        authorization: 'Bearer token-1',
        'apollographql-client-name': 'web',
      }),
      body: { documentId: ID, variables: { number: '1' } },
    },
  ]);
});

test.each<[string, Answer]>([
  ['a stream that is cut off', ending(next(state('PAID')))],
  ['a connection that breaks', breaking(next(state('PAID')))],
  ['events that were interrupted', stream(next(state('PAID')), next(ended('EVENTS_INTERRUPTED')), COMPLETE)],
  ['a server that shuts down', stream(next(state('PAID')), next(ended('SHUTTING_DOWN')))],
  ['a connection that went silent', stream(next(state('PAID')))],
])('%s is subscribed to anew, and both are told', async (_, first) => {
  answers = [first, refused(503, 'OVERLOADED'), stream(next(state('SHIPPED')))];
  const told: string[] = [];
  const options = {
    onConnected: () => void told.push('connected'),
    onDisconnected: (reason: ClientError) => void told.push(`lost ${reason.status ?? ''}`),
  };
  expect(await take({ count: 2, options, settings: { silenceMs: 200 } })).toEqual(['PAID', 'SHIPPED']);
  expect(told).toEqual(['connected', 'lost ', 'lost 503', 'connected']);
});

test('heartbeats keep a connection alive on which nothing happens', async () => {
  answers = [
    (response) => {
      stream()(response);
      const timer = setInterval(() => response.write(':\n\n'), 50);
      setTimeout(() => response.write(next(state('PAID'))), 500);
      response.once('close', () => clearInterval(timer));
    },
  ];
  expect(await take({ count: 1, settings: { silenceMs: 200 } })).toEqual(['PAID']);
  expect(seen).toHaveLength(1);
});

test('a result that takes long to work off is no silence', async () => {
  let streaming: ServerResponse | undefined;
  answers = [
    (response) => {
      streaming = response;
      stream(next(state('PAID')), next(state('SHIPPED')))(response);
    },
    refused(403, 'NOT_ALLOWED'),
  ];
  const lost: unknown[] = [];
  const results = subscriber({ silenceMs: 100 }).subscribe(document, { number: '1' }, { onDisconnected: (reason) => lost.push(reason) });
  const taken: unknown[] = [];
  for await (const { data } of results) {
    taken.push(data?.orderStatusChanged.status);
    if (taken.length === 3) break;
    await new Promise((resolve) => setTimeout(resolve, 300));
    if (taken.length === 2) streaming?.write(next(state('CANCELLED')));
  }
  expect([taken, lost, seen.length]).toEqual([['PAID', 'SHIPPED', 'CANCELLED'], [], 1]);
});

test.each([
  ['an error', new Error('the page has a mistake')],
  ['an error of another request', new ClientError('network', 'no answer')],
])('%s that a callback throws is thrown as it is, and the connection ends', async (_, mistake) => {
  answers = [stream(next(state('PAID')))];
  const onConnected = (): void => {
    throw mistake;
  };
  await expect(take({ options: { onConnected } })).rejects.toBe(mistake);
  await expect.poll(() => left).toEqual(['aborted']);
  expect(seen).toHaveLength(1);
});

test('a token that expired is renewed; a new one that is refused as well ends it', async () => {
  const asked: boolean[] = [];
  const settings = {
    accessToken: ({ renew }: { renew: boolean }) => {
      asked.push(renew);
      return `token-${asked.length}`;
    },
  };
  answers = [
    stream(next(state('PAID')), next(ended('ACCESS_TOKEN_EXPIRED')), COMPLETE),
    refused(401, 'ACCESS_TOKEN_INVALID'),
    stream(next(state('SHIPPED'))),
  ];
  const first = take({ count: 2, settings });
  await expect(first).rejects.toMatchObject({ status: 401, code: 'ACCESS_TOKEN_INVALID' });
  expect(asked).toEqual([false, true]);

  asked.length = 0;
  answers = [refused(401, 'ACCESS_TOKEN_INVALID'), stream(next(state('PAID')))];
  expect(await take({ count: 1, settings })).toEqual(['PAID']);
  expect(asked).toEqual([false, true]);
  expect(seen.at(-1)?.headers.authorization).toBe('Bearer token-2');
});

test('an event that cannot be had is a result with errors, and the next one comes', async () => {
  answers = [stream(next({ data: null, ...ended('SUBGRAPH_UNAVAILABLE') }), next(state('PAID')), COMPLETE)];
  expect(await take({})).toEqual(['SUBGRAPH_UNAVAILABLE', 'PAID']);
});

test.each<[string, Answer, object]>([
  ['a refusal', refused(403, 'NOT_ALLOWED'), { kind: 'graphql', status: 403, code: 'NOT_ALLOWED' }],
  ['an operation that is not known', refused(400, 'PERSISTED_QUERY_NOT_FOUND'), { kind: 'graphql', status: 400 }],
  ['an error at the end', stream(next(ended('NOT_ALLOWED')), COMPLETE), { kind: 'graphql', code: 'NOT_ALLOWED' }],
  [
    'an answer that is no stream',
    (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"a":1}}'),
    { kind: 'http' },
  ],
  ['what is no result', stream('event: next\ndata: {\n\n'), { kind: 'http' }],
])('%s is thrown, and not tried again', async (_, answer, expected) => {
  answers = [answer];
  await expect(take({})).rejects.toMatchObject(expected);
  expect(seen).toHaveLength(1);
});

test('an endless event is not collected for ever', async () => {
  answers = [stream('event: next\n', ...Array.from({ length: 20 }, () => `data: ${'x'.repeat(100_000)}\n`)), refused(403, 'NOT_ALLOWED')];
  await expect(take({})).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
  expect(left).toContain('aborted');
});

test('leaving and the signal end the connection', async () => {
  answers = [stream(next(state('PAID')))];
  await take({ count: 1 });
  await expect.poll(() => left).toEqual(['aborted']);
  const controller = new AbortController();
  const running = take({
    options: { signal: controller.signal, onConnected: () => setTimeout(() => controller.abort(new Error('left the page')), 20) },
  });
  await expect(running).rejects.toThrow('left the page');
  await expect.poll(() => left).toEqual(['aborted', 'aborted']);
  expect(seen).toHaveLength(2);
});

test('several subscriptions share a connection until all are complete', async () => {
  answers = [
    stream(next(state('PAID'), '1'), 'event: complete\ndata: {"id":"1"}\n\n', next(state('SHIPPED'), '0'), 'event: complete\ndata: {"id":"0"}\n\n'),
  ];
  const taken: unknown[] = [];
  for await (const { data } of subscriber().subscribeAll(document, [{ number: '1' }, { number: '2' }])) taken.push(data?.orderStatusChanged.status);
  expect(taken).toEqual(['PAID', 'SHIPPED']);
  expect(seen[0]?.body).toEqual([
    { documentId: ID, variables: { number: '1' } },
    { documentId: ID, variables: { number: '2' } },
  ]);
});
