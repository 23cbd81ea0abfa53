import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../world.ts';
import { type RestWorld, startRestWorld } from './rest-world.ts';

let world: RestWorld;

beforeAll(async () => {
  world = await startRestWorld();
}, 120_000);
afterAll(() => world?.stop());

/** The commands of a section of README.md. */
const commandsOf = (heading: string): string => {
  const [, section = ''] = new RegExp(`^## ${heading}$([\\s\\S]*?)^## `, 'm').exec(readFileSync(`${ROOT}README.md`, 'utf8')) ?? [];
  return [...section.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, commands]) => commands as string).join('');
};

test('the commands of README.md do what it says: signed in by curl, the same through REST, an order placed once', async () => {
  const [first, rest] = [commandsOf('A first query'), commandsOf('The same through REST')];
  const order = rest.slice(rest.lastIndexOf('curl'));
  expect(order).toContain('idempotency-key');
  const script = `set -euo pipefail\n${first}${rest}${order}`
    .replaceAll('localhost:4000', new URL(world.url).host)
    .replaceAll('localhost:4010', new URL(world.restUrl).host)
    // One answer a line.
    .replaceAll('curl -s', 'curl --no-progress-meter --max-time 20 -w "\\n"');
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { timeout: 60_000 });
  const answers = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const number = expect.stringMatching(/^W\d+$/);
  expect(answers).toMatchObject([
    { data: { orders: { nodes: [{ number: '581587', customer: { name: 'Customer 12680' } }] } } },
    { _links: { 'sign-in': { href: '/sessions' } } },
    { sku: '85123A', price: { amount: 295, currency: 'GBP' } },
    { _embedded: { orders: [{ number: '581587', customerName: 'Customer 12680' }] } },
    { number, status: 'PENDING', total: { amount: 590, currency: 'GBP' } },
    { number, status: 'PENDING' },
  ]);
  expect(answers[5]).toEqual(answers[4]);
}, 90_000);
