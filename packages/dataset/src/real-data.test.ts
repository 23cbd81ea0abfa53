import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openDatasetFolder } from './dataset-folder.ts';
import { readCatalogue } from './read-catalogue.ts';
import { readOrders } from './read-orders.ts';
import { readUsers } from './read-users.ts';
import { collect, collectRejections } from './testing.ts';

const count = async (rows: AsyncIterable<unknown>): Promise<number> => {
  let counted = 0;
  for await (const _ of rows) counted++;
  return counted;
};

test('all of Online Retail is good', async () => {
  const folder = await openDatasetFolder(fileURLToPath(new URL('../../../data/online-retail', import.meta.url)));
  const { lines, reject } = collectRejections();
  const catalogue = await readCatalogue(folder, reject);
  const files = await readOrders(folder, reject);
  const orders = await collect(files.orders());
  expect({
    categories: catalogue.categories.length,
    products: await count(catalogue.products()),
    prices: await count(files.products()),
    users: await count(readUsers(folder, reject)),
    orders: orders.length,
    items: await count(files.orderItems()),
  }).toEqual({ categories: 35, products: 3_958, prices: 3_958, users: 4_372, orders: 25_898, items: 541_907 });
  expect(orders.reduce((sum, order) => sum + order.lineCount, 0)).toBe(541_907);
  expect(Math.max(...orders.map((order) => order.lineCount))).toBe(1_114);
  expect(lines).toEqual([]);
});
