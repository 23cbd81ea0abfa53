import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const KEYS = ['category', 'user', 'order'].map((room) => `${room}=${'k'.repeat(32)}`).join(',');

let fixture: TestDatabase;
let bus: TestDatabase;
beforeAll(async () => {
  fixture = await createTestDatabase('rest', new URL('../migrations/', import.meta.url));
  bus = await createEmptyDatabase('bus');
});
afterAll(() => Promise.all([fixture.drop(), bus.drop()]));

const start = (env: Record<string, string>) => {
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output.text += data));
  return { child, output, ended: once(child, 'close').then(([code]) => code as number | null) };
};

describe('the process', () => {
  test('starts without the subgraphs, is ready, and drains on SIGTERM', async () => {
    const env = { REST_PORT: '0', REST_DATABASE_URL: fixture.url, MESSAGE_BUS_URL: bus.url, REST_SUBGRAPH_KEYS: KEYS };
    const { child, output, ended } = start(env);
    let port: string | undefined;
    for (const end = Date.now() + 20_000; port === undefined && Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50)))
      port = /"port":(\d+)/.exec(output.text)?.[1];
    const ready = await fetch(`http://127.0.0.1:${port}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }]);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  test('says everything that is missing or wrong, and exits 2', async () => {
    const { output, ended } = start({ REST_GRPC_ADDRESSES: 'basket=127.0.0.1:1', REST_SUBGRAPH_KEYS: `order=${'k'.repeat(32)}` });
    expect(await ended).toBe(2);
    for (const problem of ['REST_DATABASE_URL: not set', 'MESSAGE_BUS_URL: not set', 'REST_GRPC_ADDRESSES: expected', 'no key for category, user'])
      expect(output.text).toContain(problem);
    expect(output.text).not.toContain('kkkk');
  });
});
