import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../world.ts';
import { startPrism, type ValidatingProxy, violationsOf } from './prism.ts';
import { goodRequest, isStaged, provocationOf, UNFORESEEN, UNREACHABLE } from './provocations.ts';
import { onceHeaders, type RestAnswer, type RestRequest, send } from './rest-client.ts';
import { type RestWorld, startRestWorld } from './rest-world.ts';
import { createStage, type Stage } from './stage.ts';

const DOCUMENT = JSON.parse(readFileSync(`${ROOT}rest/openapi.json`, 'utf8')) as {
  paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
};

const HEAD_START_MS = 400;
/** What a signed-in caller has in a minute, and a few more. */
const POINTS = 3_010;
const CLIENTS = 16;

/** Every route with every status that is documented for it. */
const DOCUMENTED = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, { responses }]) =>
    Object.keys(responses).map((status) => ({ route: `${method.toUpperCase()} ${path}`, status: Number(status) })),
  ),
);
const routesWith = (status: number): string[] => DOCUMENTED.filter((documented) => documented.status === status).map(({ route }) => route);
const isReachable = (route: string, status: number): boolean => status !== UNFORESEEN && UNREACHABLE[`${route} ${status}`] === undefined;

let world: RestWorld;
let stage: Stage;
let proxy: ValidatingProxy;

beforeAll(async () => {
  world = await startRestWorld();
  stage = await createStage(world);
  proxy = await startPrism(world.restUrl);
}, 180_000);
afterAll(async () => {
  await proxy?.stop();
  await world?.stop();
});

/** Through the proxy; the answer must be documented, and what was fulfilled must have been a documented request. */
const sendThrough = async (request: RestRequest): Promise<RestAnswer> => {
  const answer = await send(proxy.url, request);
  const violations = violationsOf(answer.headers).filter(({ location }) => answer.status < 400 || location[0] === 'response');
  expect(violations, `${request.method} ${request.path}: ${answer.status} ${answer.text.slice(0, 500)}`).toEqual([]);
  return answer;
};

const goodRequestsOf = async (routes: readonly string[]): Promise<[string, RestRequest][]> => {
  const requests: [string, RestRequest][] = [];
  for (const route of routes) requests.push([route, await goodRequest(route, stage)]);
  return requests;
};

/** In the database of orders reads go on and writes wait, until it is released. */
const holdWrites = (): (() => void) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { database } = world.rooms.order.database;
  void database.transact(async (sql) => {
    await sql.query('lock table orders in exclusive mode');
    await promise;
  });
  return resolve;
};

describe('rest/openapi.json', () => {
  test('is what is served', async () => {
    const { text } = await stage.send(200, { method: 'GET', path: '/openapi.json' });
    expect(JSON.parse(text)).toEqual(DOCUMENT);
  });

  test('is clean for Spectral, warnings included', async () => {
    const args = ['lint', 'rest/openapi.json', '--ruleset', '.spectral.yaml', '--fail-severity', 'warn', '--format', 'text'];
    const run = promisify(execFile)(`${ROOT}node_modules/.bin/spectral`, args, { cwd: ROOT, timeout: 60_000 });
    expect(
      await run.then(
        ({ stdout }) => stdout.trim(),
        ({ stdout }: { stdout: string }) => stdout,
      ),
    ).toMatch(/^(No results with a severity.*)?$/);
  }, 60_000);

  test('tells of every status: each is provoked, or there is a reason why it cannot be', () => {
    const silent = DOCUMENTED.filter(
      ({ route, status }) => isReachable(route, status) && !isStaged(route, status) && provocationOf(route, status) === undefined,
    );
    expect(silent).toEqual([]);
    expect(Object.keys(UNREACHABLE).filter((key) => !DOCUMENTED.some(({ route, status }) => key === `${route} ${status}`))).toEqual([]);
  });
});

describe('between client and server, a validating proxy sees no violation', () => {
  const provoked = DOCUMENTED.filter(({ route, status }) => isReachable(route, status) && !isStaged(route, status));

  test.each(provoked)('$route answers $status', async ({ route, status }) => {
    const requests = await provocationOf(route, status)?.(route, stage);
    let answer: RestAnswer | undefined;
    for (const request of requests ?? []) answer = await sendThrough(request);
    expect(answer?.status, answer?.text).toBe(status);
  });

  test('and it does see one: an answer that lacks what is promised, and a status that is not documented', async () => {
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/' ? 200 : 418, { 'content-type': 'application/hal+json' }).end('{"_links":{}}');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const broken = await startPrism(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    try {
      for (const path of ['/', '/products/85123A']) {
        const { headers } = await send(broken.url, { method: 'GET', path });
        expect(violationsOf(headers)).toContainEqual(expect.objectContaining({ location: expect.arrayContaining(['response']) }));
      }
    } finally {
      await broken.stop();
      server.close();
    }
  }, 60_000);

  test.each(['POST /orders', 'POST /orders/{number}/pay', 'POST /orders/{number}/cancel', 'POST /orders/{number}/ship'])(
    '%s answers 409 while a request with the same key is still running',
    async (route) => {
      const request = await goodRequest(route, stage);
      const running: RestRequest = { ...request, headers: { ...request.headers, ...onceHeaders() } };
      const release = holdWrites();
      await sleep(HEAD_START_MS);
      const first = send(world.restUrl, running);
      await sleep(HEAD_START_MS);
      const second = await sendThrough(running);
      release();
      expect([second.status, second.body['code']]).toEqual([409, 'IDEMPOTENCY_KEY_IN_FLIGHT']);
      expect([200, 201]).toContain((await first).status);
    },
    30_000,
  );

  test('every route answers 429 when a caller has used up what they have', async () => {
    const token = stage.tokens.other;
    const requests = await goodRequestsOf(routesWith(429));
    let left = POINTS;
    const client = async (): Promise<void> => {
      while (left-- > 0) await send(world.restUrl, { method: 'GET', path: '/', token });
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    for (const [route, request] of requests) {
      const answer = await sendThrough({ ...request, token });
      expect([route, answer.status]).toEqual([route, 429]);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
  }, 120_000);

  test('every route answers 503 when the subgraphs are away', async () => {
    const requests = await goodRequestsOf(routesWith(503).filter((route) => isReachable(route, 503)));
    expect(requests.length).toBeGreaterThan(15);
    await Promise.all((['category', 'user', 'order'] as const).map((room) => world.rooms[room].process.stop(4_000)));
    for (const [route, request] of requests) {
      const answer = await sendThrough(request);
      expect([route, answer.status]).toEqual([route, 503]);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
  }, 120_000);
});
