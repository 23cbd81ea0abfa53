import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { ANONYMOUS_IDENTITY } from '@supergraph/identity/identity';
import { createHttpServer, listen } from '@supergraph/service/http-server';
import { createLogger } from '@supergraph/service/logging';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AccessLog, addAccessLog } from '../access-log.ts';
import { addLoadShedding, type LoadGauge } from '../load-shedding.ts';
import type { OperationOutcome, RequestContext } from '../request-context.ts';
import { waitUntil } from '../testing/router.ts';
import type { ContractServer } from './contract-servers.ts';
import { addDirectDoor, type Handover } from './direct-door.ts';

let http: FastifyInstance;
let gauge: LoadGauge;
let logged: { by: string; status: number | undefined; route: string | undefined; facts: boolean }[];
let used: string[];
let admitted: number;
/** How a known operation ends. */
let outcome: () => Promise<OperationOutcome>;
let signals: AbortSignal[];
let maxInFlight: number;

const context = (signal: AbortSignal): RequestContext => {
  signals.push(signal);
  return {
    ...{ requestId: 'r-1', contract: '', identity: ANONYMOUS_IDENTITY, deadline: 0, signal, forwardedHeaders: new Map() },
    ...{ showsCost: false, isLogged: false, isDryRun: false, isCounted: true, isPersisted: false, record: { fetches: 0 } },
    countedAs: { identity: ANONYMOUS_IDENTITY, remoteAddress: undefined, forwardedFor: undefined },
  };
};

beforeEach(async () => {
  [logged, used, admitted, signals] = [[], [], 0, []];
  outcome = async () => ({ result: { data: { hello: 'directly' } } });
  const logger = createLogger('router', 'silent');
  http = createHttpServer({ logger, readiness: async () => undefined, bodyLimit: 1_024, refusesWhileClosing: false });
  const handovers = new WeakMap<IncomingMessage, Handover>();
  const logAs =
    (by: string): AccessLog =>
    ({ status, route, facts }) =>
      void logged.push({ by, status, route, facts: facts !== undefined });
  addAccessLog(http, { log: logAs('framework'), factsOf: () => undefined, beganOf: (request) => handovers.get(request)?.began });
  maxInFlight = 2;
  gauge = addLoadShedding(
    http,
    () => ({ maxInFlight, maxEventLoopDelayMs: 1_000 }),
    (request) => handovers.has(request),
  );
  http.post('/graphql', async ({ body, raw }) => {
    const admittance = handovers.get(raw)?.admission;
    const told = admittance && 'context' in admittance.admitted ? admittance.admitted.context.outcome : undefined;
    return { body, wasAdmitted: admittance !== undefined, outcome: told };
  });
  addDirectDoor({
    ...{ http, gauge, handovers, logger, bodyLimit: 1_024 },
    servers: {
      find: () =>
        ({ operations: { run: ({ query }: { query: string }) => (query === '{ hello }' ? outcome() : undefined) } }) as unknown as ContractServer,
    },
    admission: {
      admit: async ({ parameters }, _server, headers, signalOf) => {
        admitted += 1;
        headers['x-request-id'] = 'r-1';
        return parameters['query'] === '{ refused }' ? { status: 403, code: 'NO', message: 'no' } : { context: context(signalOf()), parameters };
      },
    },
    isAllowed: () => false,
    log: logAs('direct'),
    usage: { answered: (_, { query }) => void used.push(String(query)) },
  });
  await listen(http, 'router', '127.0.0.1', 0);
});
afterEach(() => http.close());

const open = async (): Promise<Socket> => {
  const socket = connect((http.server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
};
const headOf = (bytes: number): string => `POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n`;
const requestOf = (query: string): string => {
  const body = JSON.stringify({ query });
  return headOf(Buffer.byteLength(body)) + body;
};
/** Reads until so many bodies have come. */
const bodiesOn = async (socket: Socket, count: number): Promise<unknown[]> => {
  let text = '';
  const bodies = (): string[] => [...text.matchAll(/\r\n\r\n(\{.*?\})\n?(?=HTTP|$)/gs)].map(([, body = '']) => body);
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += chunk;
    if (bodies().length >= count) break;
  }
  return bodies().map((body) => JSON.parse(body));
};
const DIRECT = { data: { hello: 'directly' } };
const byFramework = (query: string) => ({ body: { query }, wasAdmitted: true });

test.each([1, 20, 110, 5_000])('a request that comes in pieces of %d bytes is answered by whom it belongs to', async (size) => {
  for (const [query, answer] of [
    ['{ hello }', DIRECT],
    ['{ unknown }', byFramework('{ unknown }')],
    ['{ refused }', byFramework('{ refused }')],
  ] as const) {
    const socket = await open();
    socket.setNoDelay(true);
    const text = requestOf(query);
    for (let at = 0; at < text.length; at += size) {
      socket.write(text.slice(at, at + size));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await bodiesOn(socket, 1)).toEqual([answer]);
    socket.destroy();
  }
  expect([admitted, used]).toEqual([3, ['{ hello }']]);
  await waitUntil(async () => logged.length === 3);
  const line = { status: 200, route: '/graphql' };
  expect(logged).toEqual([
    { by: 'direct', ...line, facts: true },
    { by: 'framework', ...line, facts: false },
    { by: 'framework', ...line, facts: false },
  ]);
  expect(gauge.inFlight()).toBe(0);
});

test('requests on one connection, sent without waiting, are answered in their order', async () => {
  maxInFlight = 3;
  const socket = await open();
  socket.write(['{ hello }', '{ unknown }', '{ hello }'].map(requestOf).join(''));
  expect(await bodiesOn(socket, 3)).toEqual([DIRECT, byFramework('{ unknown }'), DIRECT]);
  socket.write(requestOf('{ hello }'));
  expect(await bodiesOn(socket, 1)).toEqual([DIRECT]);
  socket.destroy();
});

test.each([
  ['a member that would change prototypes', '{"query":"{ hello }","__proto__":{}}', 400],
  ['the same in other letters', String.raw`{"query":"{ hello }","\u005f_proto__":{}}`, 400],
  ['what is no JSON', '{"query":', 400],
  ['a body that is too large', JSON.stringify({ query: '{ hello }', x: 'x'.repeat(1_024) }), 413],
])('%s is left to the framework', async (_, body, status) => {
  const url = `http://127.0.0.1:${(http.server.address() as AddressInfo).port}/graphql`;
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  expect([answer.status, admitted]).toEqual([status, 0]);
});

test('clients that leave in the middle of a body, or of their operation, take no place and are logged', async () => {
  const leaving = [await open(), await open()];
  for (const socket of leaving) socket.write(`${headOf(30)}{"query":`);
  await waitUntil(async () => gauge.inFlight() === 2);
  const refused = await open();
  refused.write(requestOf('{ hello }'));
  expect(await bodiesOn(refused, 1)).toEqual([{ errors: [expect.objectContaining({ extensions: { code: 'OVERLOADED' } })] }]);
  refused.destroy();
  for (const socket of leaving) socket.destroy();
  await waitUntil(async () => gauge.inFlight() === 0);

  // Errors are told by the framework, but not to somebody who is gone.
  const { promise, resolve } = Promise.withResolvers<OperationOutcome>();
  outcome = () => promise;
  const socket = await open();
  socket.write(requestOf('{ hello }'));
  await waitUntil(async () => signals.length === 1);
  socket.destroy();
  await waitUntil(async () => signals[0]?.aborted === true);
  resolve({ error: new Error('too late') });
  await new Promise((done) => setImmediate(done));
  expect(gauge.inFlight()).toBe(0);
  expect(logged.filter(({ status }) => status === undefined).map(({ by }) => by)).toEqual(['direct', 'direct', 'direct']);
});

test.each<[string, OperationOutcome, unknown]>([
  ['data', { result: { data: { hello: 'directly' } } }, DIRECT],
  ['errors', { error: {} }, { ...byFramework('{ hello }'), outcome: { error: {} } }],
])('an operation under way that ends in %s is answered while the server closes, and its connection is not kept', async (_, ending, answer) => {
  const { promise, resolve } = Promise.withResolvers<OperationOutcome>();
  outcome = () => promise;
  const socket = await open();
  socket.write(requestOf('{ hello }'));
  await waitUntil(async () => signals.length === 1);
  const closed = http.close();
  await new Promise((done) => setImmediate(done));
  resolve(ending);
  let text = '';
  for await (const chunk of socket) text += chunk;
  expect(text).toMatch(/^HTTP\/1.1 200 OK\r\n.*connection: close/is);
  expect(text).toContain(JSON.stringify(answer));
  await closed;
  await waitUntil(async () => logged.length === 1);
  expect(gauge.inFlight()).toBe(0);
});

test('a request that comes while the server closes is refused', async () => {
  const { promise, resolve } = Promise.withResolvers<OperationOutcome>();
  outcome = () => promise;
  const [busy, late] = [await open(), await open()];
  late.write(requestOf('{ unknown }'));
  await bodiesOn(late, 1);
  busy.write(requestOf('{ hello }'));
  late.write(requestOf('{ hello }').slice(0, 40));
  await waitUntil(async () => signals.length === 2);
  const closed = http.close();
  await new Promise((done) => setImmediate(done));
  late.write(requestOf('{ hello }').slice(40));
  expect(await bodiesOn(late, 1)).toEqual([{ errors: [expect.objectContaining({ extensions: { code: 'OVERLOADED' } })] }]);
  resolve({ result: { data: { hello: 'directly' } } });
  for (const socket of [busy, late]) socket.destroy();
  await closed;
});

test('what was let in and ran is told, however full the router is by then', async () => {
  const { promise, resolve } = Promise.withResolvers<OperationOutcome>();
  outcome = () => promise;
  const socket = await open();
  socket.write(requestOf('{ hello }'));
  await waitUntil(async () => signals.length === 1);
  maxInFlight = 0;
  resolve({ error: {} });
  expect(await bodiesOn(socket, 1)).toEqual([{ ...byFramework('{ hello }'), outcome: { error: {} } }]);
  socket.destroy();
  await waitUntil(async () => logged.length === 1);
  expect([gauge.inFlight(), gauge.shed()]).toEqual([0, 0]);
});

test('what fails unforeseen is told by the framework, and does not run again', async () => {
  let runs = 0;
  outcome = async () => {
    runs += 1;
    throw new Error('unforeseen');
  };
  const socket = await open();
  socket.write(requestOf('{ hello }'));
  expect(await bodiesOn(socket, 1)).toEqual([{ ...byFramework('{ hello }'), outcome: { error: {} } }]);
  expect(runs).toBe(1);
  socket.destroy();
});
