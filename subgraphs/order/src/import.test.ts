import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import { createRejectsFile } from '@supergraph/dataset/rejects-file';
import { runImportProcess, writeTestDataset } from '@supergraph/dataset/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

const ENTRY = new URL('./import.ts', import.meta.url);

let scratch: TestDatabase;
beforeEach(async () => {
  scratch = await createTestDatabase('order', new URL('../migrations/', import.meta.url));
});
afterEach(() => scratch.drop());

const rejectsOf = (path: string): string => join(path, 'rejects.csv');
const run = (path: string, url = scratch.url) => {
  createRejectsFile(rejectsOf(path));
  return runImportProcess(ENTRY, [path, rejectsOf(path)], { ORDER_DATABASE_URL: url });
};
const orders = () =>
  scratch.database.query('select number, customer_id, status, placed_at, total_amount, total_currency from orders order by number');
const items = () => scratch.database.query('select order_number, line, sku, quantity, unit_price from order_items order by order_number, line');
const prices = () => scratch.database.query('select sku, amount, currency from price_list order by sku');

const ORDERS = 'id,user_id,status,placed_at\n';
const ITEMS = 'order_id,sku,quantity,unit_price_pence\n';

test('imports orders with their totals, their lines as they follow in the file, and the price list; a second time changes nothing', async () => {
  using dataset = writeTestDataset();
  const { code, messages, printed } = await run(dataset.path);
  expect([code, printed]).toEqual([0, '']);
  expect(messages.at(-1)).toEqual({
    type: 'done',
    room: 'order',
    counts: { orders: { read: 2, added: 2, already: 0, rejected: 0 }, order_items: { read: 3, added: 3, already: 0, rejected: 0 } },
  });
  expect(await orders()).toEqual([
    { number: '1', customer_id: '7', status: 'PAID', placed_at: new Date('2011-01-01T10:00:00Z'), total_amount: 2_050, total_currency: 'GBP' },
    { number: '2', customer_id: null, status: 'CANCELLED', placed_at: new Date('2011-01-02T10:00:00Z'), total_amount: 1_000, total_currency: 'GBP' },
  ]);
  expect(await items()).toEqual([
    { order_number: '1', line: 1, sku: 'L1', quantity: 2, unit_price: 900 },
    { order_number: '1', line: 2, sku: 'C1', quantity: 1, unit_price: 250 },
    { order_number: '2', line: 1, sku: 'C1', quantity: 4, unit_price: 250 },
  ]);
  expect(await prices()).toEqual([
    { sku: 'C1', amount: 250, currency: 'GBP' },
    { sku: 'L1', amount: 1_000, currency: 'GBP' },
  ]);

  await scratch.database.query(`update orders set status = 'SHIPPED' where number = '1'`);
  const before = [await orders(), await items(), await prices()];
  expect((await run(dataset.path)).messages.at(-1)).toMatchObject({
    counts: { orders: { read: 2, added: 0, already: 2, rejected: 0 }, order_items: { read: 3, added: 0, already: 3, rejected: 0 } },
  });
  expect([await orders(), await items(), await prices()]).toEqual(before);
});

test('adds what is new beside what is there, and changes neither orders nor prices that are', async () => {
  using before = writeTestDataset();
  await run(before.path);
  await scratch.database.query(`update price_list set amount = 1 where sku = 'L1'`);
  using after = writeTestDataset({
    orders: `${ORDERS}2,8,PAID,2012-01-01T00:00:00Z\n3,8,PAID,2012-01-01T00:00:00Z\n`,
    order_items: `${ITEMS}2,L1,9,9\n3,L1,1,1000\n2,L1,9,9\n`,
  });
  const { messages } = await run(after.path);
  expect(messages.at(-1)).toMatchObject({
    counts: { orders: { read: 2, added: 1, already: 1 }, order_items: { read: 3, added: 1, already: 2 } },
  });
  expect((await orders()).map(({ number, customer_id, total_amount }) => [number, customer_id, total_amount])).toEqual([
    ['1', '7', 2_050],
    ['2', null, 1_000],
    ['3', '8', 1_000],
  ]);
  expect((await items()).map(({ order_number, line, quantity }) => [order_number, line, quantity])).toEqual([
    ['1', 1, 2],
    ['1', 2, 1],
    ['2', 1, 4],
    ['3', 1, 1],
  ]);
  expect((await prices()).map(({ amount }) => amount)).toEqual([250, 1]);
});

test('leaves an order with one bad line out whole, and counts and lists everything that it leaves out', async () => {
  using dataset = writeTestDataset({
    orders: `${ORDERS}1,7,PAID,2011-01-01T10:00:00Z\n2,,CANCELLED,2011-01-02T10:00:00Z\n3,99,PAID,2011-01-03T10:00:00Z\n4,7,LOST,2011-01-03T10:00:00Z\n`,
    order_items: `${ITEMS}1,L1,2,900\n2,C1,1,250\n1,C1,0,250\n1,L1,1,1\n2,NONE,1,1\n3,L1,1,1\n5,L1,1,1\n`,
  });
  const { code, messages } = await run(dataset.path);
  expect(code).toBe(0);
  expect([await orders(), await items()]).toEqual([[], []]);
  expect(messages.at(-1)).toMatchObject({
    counts: { orders: { read: 4, added: 0, already: 0, rejected: 4 }, order_items: { read: 7, added: 0, already: 0, rejected: 7 } },
  });
  expect(messages.filter(({ type }) => type === 'rejection')).toHaveLength(11);
  const listed = readFileSync(rejectsOf(dataset.path), 'utf8').trim().split('\n').slice(1);
  expect(listed).toHaveLength(11);
  expect(listed.map((line) => line.split(',').slice(0, 3).join(' ')).sort()).toEqual([
    'order_items.csv 2 order_id',
    'order_items.csv 3 order_id',
    'order_items.csv 4 quantity',
    'order_items.csv 5 order_id',
    'order_items.csv 6 sku',
    'order_items.csv 7 order_id',
    'order_items.csv 8 order_id',
    'orders.csv 2 id',
    'orders.csv 3 id',
    'orders.csv 4 user_id',
    'orders.csv 5 status',
  ]);
});

test('keeps good orders beside bad ones', async () => {
  using dataset = writeTestDataset({ order_items: `${ITEMS}1,L1,2,900\n1,C1,-1,250\n2,C1,4,250\n` });
  const { messages } = await run(dataset.path);
  expect((await orders()).map(({ number }) => number)).toEqual(['2']);
  expect((await items()).map(({ order_number }) => order_number)).toEqual(['2']);
  expect(messages.at(-1)).toMatchObject({ counts: { orders: { added: 1, rejected: 1 }, order_items: { read: 3, added: 1, rejected: 2 } } });
});

test('sells nothing that the catalogue leaves out', async () => {
  using dataset = writeTestDataset({ products: 'sku,name,unit_price_pence,category_slug\nL1,Lamp,1000,lamps\nC1,Cup,-250,home\n' });
  const { messages } = await run(dataset.path);
  expect(await prices()).toEqual([{ sku: 'L1', amount: 1_000, currency: 'GBP' }]);
  expect(await orders()).toEqual([]);
  expect(messages.filter((message) => message.type === 'rejection' && message.rejection.file === 'products.csv')).toEqual([]);
});

test('imports nothing when the folder is not whole', async () => {
  using dataset = writeTestDataset({ categories: null });
  const { code, messages } = await run(dataset.path);
  expect(code).toBe(2);
  expect(messages).toEqual([expect.objectContaining({ type: 'failed', what: expect.stringContaining('categories.csv') })]);
  expect([await orders(), await items(), await prices()]).toEqual([[], [], []]);
});

test('names the setting when its database cannot be reached', async () => {
  using dataset = writeTestDataset();
  const { code, messages } = await run(dataset.path, 'postgres://nobody@127.0.0.1:1/none');
  expect(code).toBe(2);
  expect(messages.at(-1)).toMatchObject({ type: 'failed', fix: 'start that PostgreSQL, or set ORDER_DATABASE_URL to one that runs' });
});
