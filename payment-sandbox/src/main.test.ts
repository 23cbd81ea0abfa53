import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

const run = (env: NodeJS.ProcessEnv) =>
  spawn(process.execPath, [MAIN], { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] });

test('starts, is ready, and drains on SIGTERM', async () => {
  const child = run({ PAYMENT_SANDBOX_PORT: '0', PAYMENT_SANDBOX_SECRET: SECRET });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { port } = JSON.parse(line) as { port: number };
  const response = await fetch(`http://127.0.0.1:${port}/health/ready`);
  expect([response.status, await response.json()]).toEqual([200, { status: 'ready' }]);
  child.kill('SIGTERM');
  expect((await once(child, 'exit'))[0]).toBe(0);
});

test('ends with exit 2 and two lines in production', async () => {
  const child = run({ NODE_ENV: 'production', PAYMENT_SANDBOX_SECRET: SECRET });
  let told = '';
  child.stderr.on('data', (chunk: Buffer) => {
    told += chunk.toString();
  });
  expect((await once(child, 'close'))[0]).toBe(2);
  expect(told.trim().split('\n')).toHaveLength(2);
});
