import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Checkout, childrenOf, commandOf, copyCheckout, type Run, writeSmallDataset } from './checkout.ts';
import { post } from './world.ts';

let checkout: Checkout;
let dev: Run;

beforeAll(async () => {
  checkout = copyCheckout();
  writeSmallDataset(join(checkout.folder, 'data', 'online-retail'));
  dev = checkout.supergraph(['dev']);
  await dev.says('Ctrl-C stops everything');
}, 90_000);
afterAll(async () => {
  dev.process.kill('SIGINT');
  expect(await dev.ended).toBe(0);
  checkout.remove();
});

const ask = (query: string) => post<Record<string, unknown>>(`http://127.0.0.1:${4_000 + checkout.portOffset}/graphql`, { query });

const edit = (path: string, change: (text: string) => string): void => {
  const file = join(checkout.folder, path);
  writeFileSync(file, change(readFileSync(file, 'utf8')));
};

const pidOf = (room: string): number | undefined => childrenOf(dev.process.pid).find((pid) => commandOf(pid).includes(`${room}/src/main.ts`));

const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < 400; tries++) {
    if (await holds()) return;
    await sleep(50);
  }
  throw new Error(`never came true: ${what}\n${dev.output()}`);
};

test('a changed subgraph restarts alone', async () => {
  const [category, order] = [pidOf('category'), pidOf('order')];
  edit('subgraphs/category/src/domain/errors.ts', (text) => text.replace('There is no category', 'Nowhere is a category'));
  await until('category restarted', async () => dev.output().includes('category        │ restarted'));
  expect(pidOf('category')).not.toBe(category);
  expect(pidOf('order')).toBe(order);
  expect((await ask('{ product(sku: "A-1") { unitsSold } }')).data).toEqual({ product: { unitsSold: 2 } });
}, 60_000);

test('a changed proto file restarts its subgraph and REST, which reads it too', async () => {
  const [category, rest, order] = [pidOf('subgraphs/category'), pidOf('rest'), pidOf('subgraphs/order')];
  const before = dev.output().length;
  edit('subgraphs/category/proto/category.proto', (text) => `${text}// Planted.\n`);
  const restarted = (room: string) =>
    dev
      .output()
      .slice(before)
      .includes(`${room.padEnd(15)} │ restarted`);
  await until('both restarted', async () => restarted('category') && restarted('rest'));
  expect(pidOf('subgraphs/category')).not.toBe(category);
  expect(pidOf('rest')).not.toBe(rest);
  expect(pidOf('subgraphs/order')).toBe(order);
  const { status } = await fetch(`http://127.0.0.1:${4_010 + checkout.portOffset}/products/A-1`);
  expect(status).toBe(200);
}, 60_000);

test('a changed schema is composed and swapped into the running router', async () => {
  const router = pidOf('router');
  expect((await ask('{ category(slug: "lamps") { title } }')).errors).toHaveLength(1);
  edit('subgraphs/category/src/resolvers/resolvers.ts', (text) =>
    text.replace('  Category: {\n', '  Category: {\n    title: ({ name }: { name: string }) => name,\n'),
  );
  edit('subgraphs/category/schema.graphql', (text) => text.replace(/^type Category .*\{$/m, '$&\n  "Planted."\n  title: String'));
  await until('the new field answers', async () => (await ask('{ category(slug: "lamps") { title } }')).errors.length === 0);
  expect(dev.output()).toMatch(/composed in \d+ ms/);
  expect(pidOf('router')).toBe(router);
}, 60_000);

test('a schema that does not compose leaves the last good one serving and says why', async () => {
  edit('subgraphs/order/schema.graphql', (text) => text.replace(/^ {2}unitsSold: Int.*\n/m, '$&  "Planted."\n  name: String!\n'));
  await until('the failure is told', async () => dev.output().includes('composition failed, the last good supergraph is served on'));
  expect(dev.output()).toMatch(/subgraphs\/order\/schema\.graphql:\d+:\d+ {2}order Product\.name/);
  expect((await ask('{ product(sku: "A-1") { name unitsSold } }')).data).toEqual({ product: { name: 'First', unitsSold: 2 } });
  edit('subgraphs/order/schema.graphql', (text) => text.replace('  "Planted."\n  name: String!\n', ''));
  await until('order restarted', async () => dev.output().includes('order           │ restarted'));
  expect((await ask('{ product(sku: "A-1") { unitsSold } }')).data).toEqual({ product: { unitsSold: 2 } });
}, 60_000);
