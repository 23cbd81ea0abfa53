import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9';

const start = (env: Record<string, string>) => {
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output.text += data));
  return { child, output, ended: once(child, 'close').then(([code]) => code as number | null) };
};

describe('the process', () => {
  test('is ready without the router, says so in each view, and drains on SIGTERM', async () => {
    const { child, output, ended } = start({ MOBILE_PORT: '0', MOBILE_ROUTER_URL: NOWHERE });
    const url = () => `http://127.0.0.1:${/"port":(\d+)/.exec(output.text)?.[1]}`;
    await expect.poll(() => output.text, { timeout: 20_000 }).toContain('"port"');
    const ready = await fetch(`${url()}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }]);
    const view = await fetch(`${url()}/views/home`);
    expect([view.status, await view.json()]).toEqual([503, expect.objectContaining({ code: 'ROUTER_UNAVAILABLE', instance: '/views/home' })]);
    expect(Number(view.headers.get('retry-after'))).toBeGreaterThan(0);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  test('says everything that is wrong, and exits 2', async () => {
    const { output, ended } = start({ MOBILE_PORT: 'http', MOBILE_ROUTER_URL: 'ftp://router' });
    expect(await ended).toBe(2);
    expect(output.text).toMatch(/MOBILE_PORT: expected a port.*MOBILE_ROUTER_URL: expected an http/);
  });
});
