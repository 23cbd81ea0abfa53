import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RouterProcess, startRouter } from './hostile-inputs/router-process.ts';
import { type Subgraphs, startSubgraphs } from './hostile-inputs/subgraphs.ts';

const REDIS_URL = process.env['TEST_REDIS_URL'] ?? '';
const UNTESTED = 'NOT TESTED: four routers that share Redis; npm run brokers starts it and prints TEST_REDIS_URL';
const ROUTERS = 4;
/** A database of Redis that nothing else uses. */
const DATABASE = 15;
const LIMIT = 100;
const REQUESTS = 1_000;

/** What an earlier run counted would count here too. */
const emptyDatabase = async (): Promise<void> => {
  const { hostname, port } = new URL(REDIS_URL);
  const socket = connect(Number(port), hostname);
  socket.write(`SELECT ${DATABASE}\r\nFLUSHDB\r\nQUIT\r\n`);
  expect(await text(socket)).toBe('+OK\r\n+OK\r\n+OK\r\n');
};

if (REDIS_URL === '') {
  if (process.env['CI'] !== 'true') process.stderr.write(`${UNTESTED}\n`);
  test.skipIf(process.env['CI'] !== 'true')(UNTESTED, () => {
    throw new Error(UNTESTED);
  });
}

describe.runIf(REDIS_URL !== '')('four router processes that share Redis', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shared-rate-limit-'));
  let subgraphs: Subgraphs;
  let routers: RouterProcess[];

  beforeAll(async () => {
    subgraphs = await startSubgraphs();
    writeFileSync(join(folder, 'supergraph.graphql'), subgraphs.supergraph);
    writeFileSync(join(folder, 'router.yaml'), `rateLimits: { anonymous: { points: ${LIMIT}, perSeconds: 60 } }\n`);
    await emptyDatabase();
    const env = {
      ROUTER_SUPERGRAPH: join(folder, 'supergraph.graphql'),
      ROUTER_SETTINGS: join(folder, 'router.yaml'),
      REDIS_URL: `${REDIS_URL}/${DATABASE}`,
    };
    routers = await Promise.all(Array.from({ length: ROUTERS }, () => startRouter(env)));
  }, 60_000);
  afterAll(async () => {
    await Promise.all((routers ?? []).map((router) => router.stop()));
    subgraphs.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test(`let ${LIMIT} of ${REQUESTS} requests pass, one more or less, and tell the others when to come back`, async () => {
    const statuses = new Map<number, number>();
    const ask = async (index: number): Promise<void> => {
      const response = await fetch(`http://127.0.0.1:${routers[index % ROUTERS]?.port}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"query":"{ __typename }"}',
      });
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      if (response.status === 429) expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      await response.arrayBuffer();
    };
    let next = 0;
    const client = async (): Promise<void> => {
      while (next < REQUESTS) await ask(next++);
    };
    await Promise.all(Array.from({ length: 16 }, client));
    expect([...statuses.keys()].toSorted()).toEqual([200, 429]);
    expect(Math.abs((statuses.get(200) ?? 0) - LIMIT)).toBeLessThanOrEqual(1);
  }, 60_000);
});
