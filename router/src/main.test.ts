import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder, removeFolder } from './testing/router.ts';
import { PRODUCTS_SDL, writeSupergraph } from './testing/subgraphs.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

const run = (args: string[], env: Record<string, string> = {}): { child: ChildProcess; output: Outcome; ended: Promise<Outcome> } => {
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Outcome = { code: null, stdout: '', stderr: '' };
  child.stdout?.on('data', (data) => (output.stdout += data));
  child.stderr?.on('data', (data) => (output.stderr += data));
  return { child, output, ended: once(child, 'close').then(([code]) => ({ ...output, code })) };
};

let folder: string;
beforeAll(async () => {
  folder = await makeFolder();
});
afterAll(() => removeFolder(folder));

describe('main', () => {
  it('helps', async () => {
    expect(await run(['--help']).ended).toMatchObject({ code: 0, stdout: expect.stringContaining('--supergraph FILE') });
  });

  it.each([
    [['--bogus'], '--bogus'],
    [['--supergraph', '/nowhere/supergraph.graphql'], 'finds no supergraph at /nowhere/supergraph.graphql'],
    [['--supergraph', fileURLToPath(new URL('../package.json', import.meta.url))], 'as a supergraph'],
  ])('%s is two clear lines and exit 2', async (args, reason) => {
    const { code, stdout, stderr } = await run(args).ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(new RegExp(`^✗ .*${reason}`)), expect.stringMatching(/^ {2}→ /)]);
  });

  it('serves any supergraph, finishes what it began on SIGTERM and exits 0', async () => {
    let release = (): void => undefined;
    const asked = new Promise<void>((onAsked) => {
      slow.once('request', (_request, response) => {
        release = () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"products":[]}}');
        onAsked();
      });
    });
    const file = join(folder, 'supergraph.graphql');
    await writeSupergraph(file, [{ name: 'products', sdl: PRODUCTS_SDL, url: `http://127.0.0.1:${(slow.address() as AddressInfo).port}` }]);
    const { child, output, ended } = run(['--supergraph', file, '--port', '0']);
    while (!output.stdout.includes('listening')) await once(child.stdout as NodeJS.ReadableStream, 'data');
    const { port } = JSON.parse(output.stdout.split('\n').find((line) => line.includes('listening')) ?? '');
    const answer = fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ products { sku } }"}',
    });
    await asked;
    child.kill('SIGTERM');
    setTimeout(() => release(), 300);
    expect(await (await answer).json()).toEqual({ data: { products: [] } });
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });

  const slow = createServer();
  beforeAll(async () => {
    slow.listen(0, '127.0.0.1');
    await once(slow, 'listening');
  });
  afterAll(() => {
    slow.closeAllConnections();
    slow.close();
  });
});
