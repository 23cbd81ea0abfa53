import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPrism, type ValidatingProxy, violationsOf } from '../rest/prism.ts';
import { bearer, ROOT } from '../world.ts';
import { BFFS, type Bff, type BffWorld, startBffWorld } from './bff-world.ts';

interface Document {
  paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
}

let world: BffWorld;
let token: string;
let proxies: Record<string, ValidatingProxy>;

beforeAll(async () => {
  world = await startBffWorld();
  token = await world.signIn('customer-17850@example.com');
  const started = BFFS.map((bff) => startPrism(world.bffs[bff].url, { document: `bffs/${bff}/openapi.json`, readyPath: '/views/home' }));
  const [mobile, web] = await Promise.all(started);
  if (mobile === undefined || web === undefined) throw new Error('no proxies');
  proxies = { mobile, web };
}, 240_000);
afterAll(async () => {
  await Promise.all(Object.values(proxies ?? {}).map((proxy) => proxy.stop()));
  await world?.stop();
});

interface Row {
  path: string;
  status: number;
  isSignedIn?: boolean;
  body?: unknown;
  headers?: Record<string, string>;
  /** The one BFF that has the view; both when left out. */
  only?: Bff;
}

const ITEM = { sku: '85123A', quantity: 1 };
const checkout = (status: number, body: unknown, headers: Record<string, string> = {}, isSignedIn = true): Row => ({
  path: '/views/checkout',
  status,
  body,
  headers,
  isSignedIn,
});
/** What is answered by views that nothing has to break for. */
const ROWS: readonly Row[] = [
  { path: '/views/home', status: 200 },
  { path: '/views/home?first=2', status: 200 },
  { path: '/views/home', status: 304, headers: { 'if-none-match': '*' } },
  { path: '/views/home?first=0', status: 400 },
  { path: '/views/home', status: 401, headers: { authorization: 'Bearer forged' } },
  { path: '/views/category/candles?first=2', status: 200 },
  { path: '/views/category/candles?colour=red', status: 400 },
  { path: '/views/category/no-such', status: 404 },
  { path: '/views/product/85123A', status: 200 },
  { path: '/views/product/no-such', status: 404 },
  { path: '/views/my-orders?first=3', status: 200, isSignedIn: true },
  { path: '/views/my-orders', status: 401 },
  { path: '/views/my-orders?after=nonsense', status: 400, isSignedIn: true },
  { path: '/views/order-detail/536365', status: 200, isSignedIn: true },
  { path: '/views/order-detail/no-such', status: 404, isSignedIn: true },
  { path: '/views/order-detail/536365', status: 401 },
  checkout(201, { items: [ITEM] }),
  checkout(400, { items: [] }),
  checkout(400, { items: [{ ...ITEM, price: 1 }] }),
  checkout(401, { items: [ITEM] }, {}, false),
  checkout(413, { items: [{ ...ITEM, sku: 'x'.repeat(70_000) }] }),
  checkout(415, 'items', { 'content-type': 'text/plain' }),
  checkout(422, { items: [{ ...ITEM, sku: 'no-such' }] }),
];

const send = (base: string, { path, isSignedIn, body, headers }: Row): Promise<Response> =>
  fetch(`${base}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...bearer(isSignedIn ? token : undefined), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });

describe.each(BFFS)('bffs/%s/openapi.json', (bff) => {
  const rows = ROWS.filter(({ only }) => only === undefined || only === bff);
  const document = JSON.parse(readFileSync(`${ROOT}bffs/${bff}/openapi.json`, 'utf8')) as Document;

  test('is what is served', async () => {
    expect((await world.view(bff, '/openapi.json')).body).toEqual(document);
  });

  test('is clean for Spectral, warnings included', async () => {
    const args = ['lint', `bffs/${bff}/openapi.json`, '--ruleset', '.spectral.yaml', '--fail-severity', 'warn', '--format', 'text'];
    const run = promisify(execFile)(`${ROOT}node_modules/.bin/spectral`, args, { cwd: ROOT, timeout: 60_000 });
    const told = await run.then(
      ({ stdout }) => stdout.trim(),
      ({ stdout }: { stdout: string }) => stdout,
    );
    expect(told).toMatch(/^(No results with a severity.*)?$/);
  }, 60_000);

  test.each(rows)('a validating proxy sees no violation: $path $status', async (row) => {
    const answer = await send(proxies[bff]?.url ?? '', row);
    const text = await answer.text();
    expect([answer.status, text.slice(0, 300)]).toEqual([row.status, expect.any(String)]);
    const violations = violationsOf(answer.headers).filter(({ location }) => answer.status < 400 || location[0] === 'response');
    expect(violations, text.slice(0, 500)).toEqual([]);
  });

  test('every path is asked', () => {
    const asked = rows.map(({ path }) => path.split('?')[0] ?? '');
    const patterns = Object.keys(document.paths).map((path) => new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`));
    expect(patterns.filter((pattern) => !asked.some((path) => pattern.test(path)))).toEqual([]);
    expect(patterns.length).toBeGreaterThan(5);
  });
});
