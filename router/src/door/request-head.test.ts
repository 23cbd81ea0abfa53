import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readRequestHead } from './request-head.ts';

/** What Node's own parser reads, or nothing when it refuses. */
type Read = Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders' | 'headers'> | undefined;

const server = createServer({ requireHostHeader: false });
/** Who waits for what was read, by the client's port. */
const waiting = new Map<number | undefined, (read: Read) => void>();
server.on('request', ({ socket, method, url, rawHeaders, headers }) => waiting.get(socket.remotePort)?.({ method, url, rawHeaders, headers }));
server.on('clientError', (_, socket) => waiting.get((socket as Socket).remotePort)?.(undefined));

beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const read = async (head: string): Promise<Read> => {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  const result = await new Promise<Read>((resolve) => {
    waiting.set(socket.localPort, resolve);
    socket.write(`${head}\r\n\r\n`, 'latin1');
  });
  waiting.delete(socket.localPort);
  socket.destroy();
  return result;
};

const headOf = (...lines: string[]): string => ['POST /graphql HTTP/1.1', 'Host: a', 'content-length: 2', ...lines].join('\r\n');

test.each([
  ['a plain one', headOf('Content-Type: application/json')],
  ['space around values', headOf('x-space: \t a b \t')],
  ['an empty value', headOf('x-empty:')],
  ['letters of Latin-1', headOf('x-name: J\xfcrgen')],
  ['names with every sign they may have', headOf("x!#$%&'*+-.^_`|~9: v")],
  ['a connection that is kept', headOf('Connection: Keep-Alive')],
  ['a cookie', headOf('cookie: a=1; b=2')],
])('%s is read as Node reads it', async (_, head) => {
  const ours = readRequestHead(head);
  expect(ours).toBeDefined();
  expect(ours).toEqual(await read(head));
});

test.each([
  ['another method', 'GET /graphql HTTP/1.1\r\nhost: a\r\ncontent-length: 2'],
  ['an older version', headOf().replace('1.1', '1.0')],
  ['a target that is a URL', headOf().replace(' /', ' http://a/')],
  ['no length', 'POST /graphql HTTP/1.1\r\nhost: a'],
  ['two lengths', headOf('content-length: 2')],
  ['a length that is no number', headOf().replace(': 2', ': 2a')],
  ['a length with a sign', headOf().replace(': 2', ': +2')],
  ['chunks', headOf('transfer-encoding: chunked')],
  ['a header twice', headOf('x-a: 1', 'X-A: 2')],
  ['a folded line', headOf('x-a: 1', ' 2')],
  ['space before the colon', headOf('x-a : 1')],
  ['a line without a name', headOf(': 1')],
  ['a line without a colon', headOf('x-a')],
  ['a line that ends in LF alone', headOf('x-a: 1\nx-b: 2')],
  ['a control character', headOf('x-a: 1\x00')],
  ['an upgrade', headOf('connection: upgrade', 'upgrade: websocket')],
  ['a connection to be closed', headOf('connection: close')],
  ['a body to be waited for', headOf('expect: 100-continue')],
  ['what every object has', headOf('__proto__: 1')],
  ['more headers than a request may have', headOf(...Array.from({ length: 99 }, (_, index) => `x-${index}: 1`))],
])('%s is for Node to judge', (_, head) => {
  expect(readRequestHead(head)).toBeUndefined();
});

/** The same numbers in each run (a linear congruential generator). */
let state = 20_261_123;
const drawn = (below: number): number => {
  state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
  return Math.floor((state / 2 ** 32) * below);
};
const PIECES = [
  'a',
  'Z',
  '9',
  '-',
  '_',
  ':',
  ' ',
  '\t',
  '\r',
  '\n',
  '\r\n',
  '\x00',
  '\x7f',
  '\xff',
  '"',
  '(',
  'content-length: 3\r\n',
  'te: a\r\n',
  '\r\nx: y',
];

test('whatever is read of random heads is what Node reads', async () => {
  let taken = 0;
  for (let round = 0; round < 3_000; round++) {
    let head = headOf('x-one: 1', 'x-two: 2', 'accept: */*');
    for (let change = drawn(3); change >= 0; change--) {
      const at = drawn(head.length);
      head = head.slice(0, at) + PIECES[drawn(PIECES.length)] + head.slice(at + drawn(3));
    }
    const ours = head.includes('\r\n\r\n') ? undefined : readRequestHead(head);
    if (ours === undefined) continue;
    taken += 1;
    expect([head, ours]).toEqual([head, await read(head)]);
  }
  expect(taken).toBeGreaterThan(300);
}, 60_000);
