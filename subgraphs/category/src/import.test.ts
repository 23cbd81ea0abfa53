import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import { createRejectsFile } from '@supergraph/dataset/rejects-file';
import { runImportProcess, writeTestDataset } from '@supergraph/dataset/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

const ENTRY = new URL('./import.ts', import.meta.url);
const REAL_DATA = fileURLToPath(new URL('../../../data/online-retail', import.meta.url));

let scratch: TestDatabase;
beforeEach(async () => {
  scratch = await createTestDatabase('category', new URL('../migrations/', import.meta.url));
});
afterEach(() => scratch.drop());

const run = (...args: string[]) => runImportProcess(ENTRY, args, { CATEGORY_DATABASE_URL: scratch.url });
const categories = () =>
  scratch.database.query(
    'select category.slug, parent.slug as parent from categories category left join categories parent on parent.id = category.parent_id order by 1',
  );
const products = () =>
  scratch.database.query('select sku, price_amount, slug from products join categories on categories.id = category_id order by 1');

test('imports the real catalogue; a second time changes nothing', async () => {
  const first = await run(REAL_DATA);
  expect(first.printed).toBe('');
  expect(first.code).toBe(0);
  expect(first.messages.at(-1)).toEqual({
    type: 'done',
    room: 'category',
    counts: {
      categories: { read: 35, added: 35, already: 0, rejected: 0 },
      products: { read: 3_958, added: 3_958, already: 0, rejected: 0 },
    },
  });
  const before = [await categories(), await products()];
  expect(before[0]?.filter(({ parent }) => parent === null).length).toBe(10);
  const second = await run(REAL_DATA);
  expect(second.messages.at(-1)).toMatchObject({ counts: { categories: { added: 0, already: 35 }, products: { added: 0, already: 3_958 } } });
  expect([await categories(), await products()]).toEqual(before);
});

test('keeps what is there, and hangs new categories below it', async () => {
  await scratch.database.query(`insert into categories (slug, name) values ('home', 'Our home')`);
  using dataset = writeTestDataset();
  const { messages } = await run(dataset.path);
  expect(messages.at(-1)).toMatchObject({ counts: { categories: { read: 2, added: 1, already: 1 }, products: { added: 2 } } });
  expect(await scratch.database.query(`select name from categories where slug = 'home'`)).toEqual([{ name: 'Our home' }]);
  expect(await categories()).toEqual([
    { slug: 'home', parent: null },
    { slug: 'lamps', parent: 'home' },
  ]);
});

test('reports a bad row and imports the others', async () => {
  using dataset = writeTestDataset({
    products: 'sku,name,unit_price_pence,category_slug\nL1,Lamp,-1,lamps\nC1,"a \\"" tab\there",250,home\nC2,Cup,250,home\n',
  });
  const rejects = join(dataset.path, 'rejects.csv');
  createRejectsFile(rejects);
  const { code, messages } = await run(dataset.path, rejects);
  expect(code).toBe(0);
  expect(messages.filter(({ type }) => type === 'rejection').length).toBe(2);
  expect(messages.at(-1)).toMatchObject({ counts: { products: { read: 3, added: 1, already: 0, rejected: 2 } } });
  expect(await products()).toEqual([{ sku: 'C2', price_amount: 250, slug: 'home' }]);
  expect(readFileSync(rejects, 'utf8').split('\n').slice(1, 2)).toEqual(["products.csv,2,unit_price_pence,'-1',a whole number from 0 to 2147483647"]);
});

test('imports nothing when another room would have to refuse the folder', async () => {
  using dataset = writeTestDataset({ order_items: null });
  const { code, messages } = await run(dataset.path);
  expect(code).toBe(2);
  expect(messages).toEqual([
    expect.objectContaining({ type: 'failed', what: `nothing is imported from ${dataset.path}: order_items.csv (or order_items.csv.gz) is missing` }),
  ]);
  expect(await categories()).toEqual([]);
});

test('names the setting when its database cannot be reached', async () => {
  using dataset = writeTestDataset();
  const { code, messages } = await runImportProcess(ENTRY, [dataset.path], { CATEGORY_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' });
  expect(code).toBe(2);
  expect(messages.at(-1)).toMatchObject({ type: 'failed', fix: 'start that PostgreSQL, or set CATEGORY_DATABASE_URL to one that runs' });
});
