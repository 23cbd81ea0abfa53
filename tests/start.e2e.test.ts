import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Checkout, childrenOf, commandOf, copyCheckout, writeSmallDataset } from './checkout.ts';
import { CategoriesDocument } from './generated/graphql.ts';
import { bearer, post } from './world.ts';

let checkout: Checkout;

beforeAll(() => {
  checkout = copyCheckout();
  writeSmallDataset(join(checkout.folder, 'data', 'online-retail'));
});
afterAll(() => checkout.remove());

const supergraph: Checkout['supergraph'] = (args, env) => checkout.supergraph(args, env);

const isAlive = (pid: number): boolean => {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

const portOf = (standard: number): number => standard + checkout.portOffset;
const graphql = (): string => `http://127.0.0.1:${portOf(4_000)}/graphql`;

/** Through order, sandbox, callback and bus, with the keys of the run. @returns the order's last status. */
const payForAnOrder = async (): Promise<string | undefined> => {
  let token: string | undefined;
  const ask = async <Data>(query: string): Promise<Data> => {
    const { data, errors } = await post<Data>(graphql(), { query }, bearer(token));
    if (data === null || errors.length > 0) throw new Error(`${query}: ${JSON.stringify(errors)}`);
    return data;
  };
  const session = 'mutation { signIn(input: { email: "customer-1@example.com", password: "supergraph" }) { accessToken } }';
  token = (await ask<{ signIn: { accessToken: string } }>(session)).signIn.accessToken;
  const placing = 'mutation { placeOrder(input: { items: [{ sku: "A-1", quantity: 2 }] }) { order { number } } }';
  const { number } = (await ask<{ placeOrder: { order: { number: string } } }>(placing)).placeOrder.order;
  await ask(`mutation { payOrder(input: { number: "${number}" }) { order { status } } }`);
  const status = async () => (await ask<{ order: { status: string } }>(`{ order(number: "${number}") { status } }`)).order.status;
  for (let tries = 0; tries < 200 && (await status()) === 'PENDING'; tries++) await sleep(50);
  return status();
};

/** Through REST, gRPC and the category subgraph, with the keys and ports of the run. */
const readProduct = async (): Promise<unknown> => {
  const response = await fetch(`http://127.0.0.1:${portOf(4_010)}/products/A-1`);
  return response.json();
};

/** Through a BFF, the router and the category subgraph, by the ports of the run. */
const readView = async (port: number): Promise<unknown> => {
  const response = await fetch(`http://127.0.0.1:${portOf(port)}/views/product/A-1`);
  return response.json();
};

describe('supergraph start', () => {
  test('the first run imports, serves and drains on SIGTERM with exit 0 within 5 s, also in a folder that others may not enter', async () => {
    const run = supergraph(['start']);
    await run.says('Ctrl-C stops everything');
    expect(run.output()).toMatch(/order_items\s+2 read\s+2 added/);
    const { data } = await post<{ categories: { nodes: unknown[] } }>(graphql(), { query: CategoriesDocument.toString() });
    expect(data?.categories.nodes).toHaveLength(35);
    const processes = childrenOf(run.process.pid);
    expect(processes.length).toBeGreaterThanOrEqual(10);
    const begun = performance.now();
    run.process.kill('SIGTERM');
    expect(await run.ended).toBe(0);
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(processes.filter(isAlive)).toEqual([]);
  }, 90_000);

  test('the second run imports nothing, settles payments, and killing it leaves no process behind', async () => {
    const run = supergraph(['start']);
    await run.says('Ctrl-C stops everything');
    expect(run.output()).not.toContain('importing');
    expect(await payForAnOrder()).toBe('PAID');
    expect(run.output()).toMatch(new RegExp(`REST +http://localhost:${portOf(4_010)}/`));
    expect(await readProduct()).toMatchObject({ sku: 'A-1', name: 'First', _links: { category: { href: '/categories/candles' } } });
    expect(run.output()).toMatch(new RegExp(`Storefront +http://localhost:${portOf(4_021)}/`));
    for (const port of [4_020, 4_021]) expect(await readView(port)).toMatchObject({ product: { name: 'First' }, missing: [] });
    const processes = childrenOf(run.process.pid);
    run.process.kill('SIGKILL');
    await run.ended;
    for (let tries = 0; tries < 500 && processes.some(isAlive); tries++) await sleep(20);
    expect(processes.filter(isAlive)).toEqual([]);
  }, 60_000);

  test('a subgraph that is killed leaves the others answering with partial data', async () => {
    const run = supergraph(['start']);
    await run.says('Ctrl-C stops everything');
    const order = childrenOf(run.process.pid).find((pid) => commandOf(pid).includes('subgraphs/order/')) ?? 0;
    process.kill(order, 'SIGKILL');
    await run.says('order           │ ✗ ended (signal SIGKILL)');
    const query = '{ product(sku: "A-1") { name unitsSold } orders { nodes { number } } categories(first: 1) { nodes { slug } } }';
    const { data, errors } = await post<Record<string, unknown>>(graphql(), { query });
    expect(data).toMatchObject({ product: { name: 'First', unitsSold: null }, orders: null, categories: { nodes: [{ slug: 'accessories' }] } });
    expect(errors.map(({ extensions }) => extensions.code)).toContain('SUBGRAPH_UNAVAILABLE');
    run.process.kill('SIGINT');
    expect(await run.ended).toBe(0);
  }, 60_000);

  test.each([
    [4_002, 'user'],
    [4_010, 'rest'],
    [4_020, 'mobile'],
    [4_021, 'web'],
    [4_103, 'gRPC of order'],
  ])('port %i in use is named with its user and its holder, before anything starts', async (port, user) => {
    const holder = createServer().listen(portOf(port), '127.0.0.1');
    const run = supergraph(['start']);
    expect(await run.ended).toBe(2);
    expect(run.output()).toContain(`✗ port ${portOf(port)} (for ${user}) is held by`);
    expect(run.output()).toMatch(/→ .*PORT_OFFSET/);
    expect(run.output().trim().split('\n')).toHaveLength(2);
    await new Promise((resolve) => holder.close(resolve));
  });

  test.each([
    ['an offset that is no number', ['start'], { PORT_OFFSET: 'abc' }, "PORT_OFFSET is 'abc'"],
    ['a database URL that is none', ['start'], { CATEGORY_DATABASE_URL: 'nonsense' }, 'CATEGORY_DATABASE_URL: expected postgres://'],
    ['an unknown command', ['strat'], {}, "there is no command 'strat'"],
    ['an unknown option', ['start', '--fast'], {}, "Unknown option '--fast'"],
    ['a folder that is not there', ['import', 'no-such-folder'], {}, 'no-such-folder'],
    ['a configuration that is not there', ['compose', '--config', 'no-such.yaml'], {}, 'no-such.yaml cannot be read'],
  ])('%s is one clear line with its fix and exit 2, never a stack trace', async (_what, args, env, line) => {
    const run = supergraph(args, env);
    expect(await run.ended).toBe(2);
    expect(run.output()).toContain(line);
    expect(run.output().trim().split('\n')).toHaveLength(2);
    expect(run.output()).toContain('  → ');
    expect(run.output()).not.toMatch(/\n\s+at |node:internal/);
  });
});

describe('supergraph import', () => {
  test('bad rows are told by file and line, counted, kept in a file and never half imported; a second run changes nothing', async () => {
    const folder = join(checkout.folder, 'more');
    writeSmallDataset(folder);
    writeFileSync(
      join(folder, 'products.csv'),
      'sku,name,unit_price_pence,category_slug\nA-1,First,100,candles\nB-1,Bad,-5,candles\nB-2,Lost,5,no-such\nB-3,Good,5,lamps\n',
    );
    writeFileSync(
      join(folder, 'orders.csv'),
      'id,user_id,status,placed_at\n1,1,PAID,2011-01-01T10:00:00Z\n2,1,PAID,yesterday\n3,,CANCELLED,2011-01-02T10:00:00Z\n4,1,PAID,2011-01-02T10:00:00Z\n',
    );
    writeFileSync(
      join(folder, 'order_items.csv'),
      'order_id,sku,quantity,unit_price_pence\n1,A-1,2,100\n2,A-1,1,100\n3,B-3,1,5\n4,B-3,1,5\n4,B-1,1,5\n',
    );
    const first = checkout.supergraph(['import', folder]);
    expect(await first.ended).toBe(1);
    expect(first.output()).toMatch(/✗ products\.csv:3: unit_price_pence: got '-5', expected/);
    expect(first.output()).toMatch(/✗ products\.csv:4: category_slug: got 'no-such', expected/);
    expect(first.output()).toMatch(/✗ orders\.csv:3: placed_at: got 'yesterday', expected/);
    expect(first.output()).toMatch(/✗ order_items\.csv:6: sku: got 'B-1', expected/);
    expect(first.output()).toMatch(/orders +4 read +1 added +1 already there +2 rejected/);
    expect(
      readFileSync(join(checkout.folder, '.data', 'rejects.csv'), 'utf8')
        .trim()
        .split('\n').length,
    ).toBeGreaterThan(6);

    const second = checkout.supergraph(['import', folder]);
    expect(await second.ended).toBe(1);
    expect(second.output()).toMatch(/orders +4 read +0 added +2 already there +2 rejected/);
    expect(second.output()).toMatch(/products +4 read +0 added +2 already there +2 rejected/);
  }, 60_000);
});

describe('supergraph compose', () => {
  test('a clash names its code, subgraphs, coordinate, file and line, and leaves the last good supergraph', async () => {
    const schema = join(checkout.folder, 'subgraphs', 'order', 'schema.graphql');
    const good = readFileSync(schema, 'utf8');
    const before = readFileSync(join(checkout.folder, 'supergraph.graphql'), 'utf8');
    writeFileSync(
      schema,
      good.replace(/^ {2}unitsSold: Int .*\n/m, (field) => `${field}  "Planted."\n  name: String!\n`),
    );
    const run = supergraph(['compose', '--check']);
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain('✗ INVALID_FIELD_SHARING');
    expect(run.output()).toMatch(/subgraphs\/order\/schema\.graphql:\d+:\d+ {2}order Product\.name/);
    expect(run.output()).toMatch(/subgraphs\/category\/schema\.graphql:\d+:\d+ {2}category Product\.name/);
    expect(readFileSync(join(checkout.folder, 'supergraph.graphql'), 'utf8')).toBe(before);

    writeFileSync(schema, good.replace('type OrderItem {', 'type OrderItem'));
    const broken = supergraph(['compose']);
    expect(await broken.ended).toBe(1);
    expect(broken.output()).toMatch(/✗ INVALID_GRAPHQL: Syntax Error.*\n {4}subgraphs\/order\/schema\.graphql:\d+:\d+ {2}order/);
    writeFileSync(schema, good);
  });

  test('a stale file is told apart from a fresh one', async () => {
    expect(await supergraph(['compose', '--check']).ended).toBe(0);
    writeFileSync(join(checkout.folder, 'supergraph.graphql'), '# stale\n');
    const stale = supergraph(['compose', '--check']);
    expect(await stale.ended).toBe(1);
    expect(stale.output()).toContain('npm run compose');
    expect(await supergraph(['compose']).ended).toBe(0);
    expect(await supergraph(['compose', '--check']).ended).toBe(0);
  });
});
