import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

let fixture: TestDatabase;
beforeAll(async () => {
  fixture = await createTestDatabase('webhooks', new URL('../migrations/', import.meta.url));
});
afterAll(() => fixture.drop());

const start = (env: Record<string, string>) => {
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output.text += data));
  return { child, output, ended: once(child, 'close').then(([code]) => code as number | null) };
};

describe('the process', () => {
  test('starts, is ready, and drains on SIGTERM', async () => {
    const { child, output, ended } = start({
      WEBHOOKS_PORT: '0',
      WEBHOOKS_DATABASE_URL: fixture.url,
      MESSAGE_BUS_URL: fixture.url,
      WEBHOOKS_INTERNAL_KEY: 'k'.repeat(32),
      WEBHOOKS_USER_KEY: 'u'.repeat(32),
    });
    let port: string | undefined;
    for (const end = Date.now() + 20_000; port === undefined && Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50)))
      port = /"port":(\d+)/.exec(output.text)?.[1];
    const ready = await fetch(`http://127.0.0.1:${port}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }]);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  test('says what is missing, and exits 2', async () => {
    const { output, ended } = start({});
    expect(await ended).toBe(2);
    expect(output.text).toContain('WEBHOOKS_DATABASE_URL: not set');
  });
});
