import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { waitUntil } from '../testing/router.ts';
import type { Exchange } from './exchange.ts';
import { PlainConnection } from './plain-connection.ts';

let server: Server;
let connections: PlainConnection[];
let gone: Socket[];
/** Requests that Node's server got, by their bodies. */
let odd: string[];
let exchanges: Exchange[];
let answered: boolean[];
let onRequest: (exchange: Exchange) => void;
let isClosing: boolean;
let idleMs: number;

const answer = (exchange: Exchange, text: string, isLast = false): void =>
  exchange.send({ headers: { 'x-own': 'yes' }, text, bytes: Buffer.byteLength(text), isLast });
/** Answers with what was sent. */
const echo = (exchange: Exchange): void => exchange.readBody((body) => answer(exchange, body));

const onOddRequest = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  let body = '';
  for await (const chunk of request) body += chunk;
  odd.push(body);
  response.end(`Node: ${body}`);
};

beforeEach(async () => {
  [connections, gone, odd, exchanges, answered, isClosing, idleMs] = [[], [], [], [], [], false, 60_000];
  // Connections of the test before may end late.
  const goneNow = gone;
  onRequest = echo;
  server = createServer((request, response) => void onOddRequest(request, response));
  const listeners = server.listeners('connection');
  server.removeAllListeners('connection').on('connection', (socket: Socket) =>
    connections.push(
      new PlainConnection(socket, {
        ...{ bodyLimit: 100_000, firstMs: 300, idleMs, keepAlive: 'timeout=5', isClosing: () => isClosing },
        onRequest: (exchange) => {
          exchanges.push(exchange);
          exchange.onClosed = (isAnswered) => answered.push(isAnswered);
          onRequest(exchange);
        },
        onOdd: (taken) => {
          for (const listener of listeners) listener.call(server, taken);
        },
        onGone: () => {
          goneNow.push(socket);
        },
      }),
    ),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterEach(async () => {
  for (const connection of connections) connection.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

interface Client {
  socket: Socket;
  text: () => string;
}

const open = async (): Promise<Client> => {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return { socket, text: () => text };
};
const requestOf = (body: string, ...headers: string[]): string => {
  const lines = ['POST /graphql HTTP/1.1', 'host: a', 'content-type: application/json', ...headers, `content-length: ${Buffer.byteLength(body)}`];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
};
const ended = (text: string, body: string): boolean => text.endsWith(`\r\n\r\n${body}`);

test('an answer is what HTTP asks for, byte for byte in UTF-8', async () => {
  const { socket, text } = await open();
  socket.write(requestOf('{"name":"Jürgen 🏮"}'));
  await waitUntil(async () => ended(text(), '{"name":"Jürgen 🏮"}'));
  const [status, ...lines] = text().split('\r\n\r\n')[0]?.split('\r\n') ?? [];
  expect(status).toBe('HTTP/1.1 200 OK');
  const headers = Object.fromEntries(lines.map((line) => line.split(': ')));
  expect(Date.parse(headers['date'])).toBeGreaterThan(Date.now() - 5_000);
  expect(headers).toEqual({
    'x-own': 'yes',
    date: headers['date'],
    connection: 'keep-alive',
    'keep-alive': 'timeout=5',
    'content-length': String(Buffer.byteLength('{"name":"Jürgen 🏮"}')),
  });
  expect([odd, answered]).toEqual([[], [true]]);
});

test('each request is read with its own head, however alike they are', async () => {
  const { socket, text } = await open();
  const names: unknown[] = [];
  onRequest = (exchange) => {
    names.push(exchange.headers['x-name']);
    echo(exchange);
  };
  const bodies = ['{"a":1}', '{"a":2}', '{"a":30}', '{"a":4}'];
  for (const [index, body] of bodies.entries()) {
    socket.write(requestOf(body, `x-name: ${'aabb'[index]}`));
    await waitUntil(async () => ended(text(), body));
    if (index === 1) for (const connection of connections) connection.forgetHead();
  }
  expect(names).toEqual(['a', 'a', 'b', 'b']);
  // One head for the first two, as it was the same.
  expect(new Set(exchanges.map(({ headers }) => headers)).size).toBe(4 - 1);
});

test('a head is forgotten when nothing came with it for a while', async () => {
  const { socket, text } = await open();
  for (const body of ['{"a":1}', '{"a":2}']) {
    socket.write(requestOf(body));
    await waitUntil(async () => ended(text(), body));
    for (const _ of ['used', 'not used']) connections[0]?.forgetHead();
  }
  expect(exchanges[0]?.headers).not.toBe(exchanges[1]?.headers);
});

test('a request that comes before the one under way is answered waits for it', async () => {
  const { socket, text } = await open();
  onRequest = () => undefined;
  socket.write(requestOf('{"a":1}'));
  await waitUntil(async () => exchanges.length === 1);
  socket.write(requestOf('{"a":2}').slice(0, 30));
  await pause(150);
  socket.write(requestOf('{"a":2}').slice(30));
  await pause(20);
  expect(exchanges).toHaveLength(1);
  onRequest = echo;
  for (const exchange of exchanges) answer(exchange, 'first');
  await waitUntil(async () => ended(text(), '{"a":2}'));
  expect([odd, text().indexOf('first') < text().indexOf('{"a":2}')]).toEqual([[], true]);
});

test.each([
  ['two requests at once', requestOf('{"a":1}') + requestOf('{"a":2}'), ['{"a":1}', '{"a":2}']],
  ['another method', 'GET /graphql HTTP/1.1\r\nhost: a\r\n\r\n', ['']],
  ['chunks', 'POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n', ['{}']],
  ['a large body', requestOf(JSON.stringify('x'.repeat(20_000))), [JSON.stringify('x'.repeat(20_000))]],
])('%s, and what follows, is for Node', async (_, request, bodies) => {
  const { socket, text } = await open();
  socket.write(requestOf('{"plain":1}'));
  await waitUntil(async () => ended(text(), '{"plain":1}'));
  socket.write(request);
  await waitUntil(async () => odd.length === bodies.length);
  socket.write(requestOf('{"plain":2}'));
  await waitUntil(async () => ended(text(), 'Node: {"plain":2}'));
  expect([odd, exchanges.length, gone.length]).toEqual([[...bodies, '{"plain":2}'], 1, 1]);
});

test('a request that is slow to come is for Node, which has a deadline for it', async () => {
  const { socket, text } = await open();
  const request = requestOf('{"a":1}');
  socket.write(request.slice(0, -3));
  await waitUntil(async () => gone.length === 1);
  socket.write(request.slice(-3));
  await waitUntil(async () => ended(text(), 'Node: {"a":1}'));
});

test('what is no HTTP is refused by Node', async () => {
  const { socket, text } = await open();
  socket.write('POST nonsense\r\n\r\n');
  await waitUntil(async () => text().startsWith('HTTP/1.1 400 '));
});

test('a connection on which nothing comes is closed, at the beginning and later', async () => {
  idleMs = 100;
  const silent = await open();
  const started = Date.now();
  await once(silent.socket, 'close');
  expect(Date.now() - started).toBeGreaterThan(250);
  const { socket, text } = await open();
  socket.write(requestOf('{"a":1}'));
  await waitUntil(async () => ended(text(), '{"a":1}'));
  await once(socket, 'close');
  await waitUntil(async () => gone.length === 2);
});

test('an operation may take longer than a connection may be idle', async () => {
  idleMs = 50;
  const { socket, text } = await open();
  onRequest = (exchange) => void pause(450).then(() => echo(exchange));
  socket.write(requestOf('{"a":1}'));
  await waitUntil(async () => ended(text(), '{"a":1}'));
});

test.each(['destroy', 'end'] as const)('whose client goes away (%s) is told so once', async (way) => {
  const { socket } = await open();
  onRequest = () => undefined;
  socket.write(requestOf('{"a":1}'));
  await waitUntil(async () => exchanges.length === 1);
  socket[way]();
  await waitUntil(async () => answered.length === 1);
  expect([answered, exchanges[0]?.isClosed, gone.length]).toEqual([[false], true, 1]);
  for (const exchange of exchanges) answer(exchange, 'too late');
  await pause(20);
  expect(answered).toEqual([false]);
});

test('the last answer closes the connection, and so does any while the server closes', async () => {
  for (const [isLast, closes] of [
    [true, false],
    [false, true],
  ] as const) {
    const { socket, text } = await open();
    onRequest = (exchange) => {
      isClosing = closes;
      answer(exchange, 'bye', isLast);
    };
    socket.write(requestOf('{"a":1}'));
    await once(socket, 'close');
    expect(ended(text(), 'bye')).toBe(true);
    expect(text().includes('connection: close')).toBe(isLast);
  }
});

test('closing ends what is idle, and lets the rest end by itself', async () => {
  const [idle, busy, partial] = [await open(), await open(), await open()];
  idle.socket.write(requestOf('{"a":1}'));
  await waitUntil(async () => ended(idle.text(), '{"a":1}'));
  onRequest = () => undefined;
  busy.socket.write(requestOf('{"a":2}'));
  partial.socket.write(requestOf('{"a":3}').slice(0, -1));
  await waitUntil(async () => exchanges.length === 2);
  await pause(20);
  for (const connection of connections) connection.close();
  await once(idle.socket, 'close');
  partial.socket.write('}');
  await waitUntil(async () => ended(partial.text(), 'Node: {"a":3}'));
  for (const exchange of exchanges.slice(1)) answer(exchange, 'done');
  await waitUntil(async () => ended(busy.text(), 'done'));
});

test('a header that would be two is not sent', async () => {
  const { socket } = await open();
  let failure: unknown;
  onRequest = (exchange) => {
    try {
      exchange.send({ headers: { 'x-own': 'a\r\nx-other: b' }, text: '', bytes: 0, isLast: false });
    } catch (error) {
      failure = error;
    }
  };
  socket.write(requestOf('{"a":1}'));
  await waitUntil(async () => failure !== undefined);
  expect(String(failure)).toContain('the header "x-own" cannot be sent');
});
