import { type BulkSql, createDatabase } from '@supergraph/database/database';
import { migrate } from '@supergraph/database/migrate';
import { toCopyStream } from '@supergraph/dataset/copy-text';
import type { DatasetFolder } from '@supergraph/dataset/dataset-folder';
import { type Orders, readOrders } from '@supergraph/dataset/read-orders';
import { readUsers } from '@supergraph/dataset/read-users';
import { type ImportContext, type ImportResult, runImport } from '@supergraph/dataset/run-import';
import { readSettings, setting } from '@supergraph/service/config';
import { StartupError } from '@supergraph/service/startup-error';
import { z } from 'zod';
import { SHOP_CURRENCY } from './domain/order.ts';

/** Runs an insert … returning and tells how many rows it added. */
const insert = async (sql: BulkSql, text: string): Promise<number> => {
  const [row] = await sql.query<{ added: number }>(`with added as (${text} returning 1) select count(*)::integer as added from added`);
  return row?.added ?? 0;
};

const count = async (sql: BulkSql, table: string): Promise<number> =>
  (await sql.query<{ rows: number }>(`select count(*)::integer as rows from ${table}`))[0]?.rows ?? 0;

/** A product that is on the list keeps its price. */
const importPriceList = async (sql: BulkSql, dataset: Orders): Promise<void> => {
  await sql.query('create temporary table new_prices (like price_list including defaults) on commit drop');
  await sql.copy(
    'new_prices (sku, amount, currency)',
    toCopyStream(dataset.products(), ({ sku, unitPricePence }) => [sku, unitPricePence, SHOP_CURRENCY]),
  );
  await sql.query('insert into price_list select * from new_prices on conflict do nothing');
};

/** The names that stand on documents. Bad users are left out without a word: they are the user subgraph's to report. */
const importCustomers = async (sql: BulkSql, folder: DatasetFolder): Promise<void> => {
  await sql.query('create temporary table new_customers (like customers including defaults) on commit drop');
  await sql.copy(
    'new_customers (id, name)',
    toCopyStream(
      readUsers(folder, () => undefined),
      ({ id, name }) => [id, name],
    ),
  );
  await sql.query('insert into customers select * from new_customers on conflict do nothing');
};

/** An order whose number is taken stays as it is, with the lines it has. */
const importOrders = async (sql: BulkSql, dataset: Orders): Promise<ImportResult> => {
  await sql.query(`
    create temporary table new_orders (like orders including defaults) on commit drop;
    create temporary table new_items (like order_items) on commit drop;
  `);
  await sql.copy(
    'new_orders (number, customer_id, status, placed_at, total_amount, total_currency)',
    toCopyStream(dataset.orders(), ({ number, userId, status, placedAt, totalPence }) => [
      number,
      userId,
      status,
      placedAt,
      totalPence,
      SHOP_CURRENCY,
    ]),
  );
  await sql.copy(
    'new_items (order_number, line, sku, quantity, unit_price)',
    toCopyStream(dataset.orderItems(), ({ orderNumber, line, sku, quantity, unitPricePence }) => [orderNumber, line, sku, quantity, unitPricePence]),
  );
  // Lines first: an order that is not there yet has none, so the orders that are new can still be told apart.
  const addedItems = await insert(
    sql,
    'insert into order_items select * from new_items where not exists (select from orders where number = order_number)',
  );
  const addedOrders = await insert(sql, 'insert into orders select * from new_orders on conflict (number) do nothing');
  return {
    orders: { accepted: await count(sql, 'new_orders'), added: addedOrders },
    order_items: { accepted: await count(sql, 'new_items'), added: addedItems },
  };
};

await runImport('order', async ({ folder, reject }: ImportContext) => {
  const url = readSettings('order', z.object({ ORDER_DATABASE_URL: setting.postgresUrl() }), process.env).ORDER_DATABASE_URL;
  const database = createDatabase({ url, applicationName: 'order import', statementTimeoutMs: 0 });
  try {
    const problem = await database.readiness();
    if (problem !== undefined)
      throw new StartupError(`order cannot import: ${problem}`, 'start that PostgreSQL, or set ORDER_DATABASE_URL to one that runs');
    await migrate(database, new URL('../migrations/', import.meta.url));
    const result = await database.transact(async (sql) => {
      const dataset = await readOrders(folder, reject);
      await importPriceList(sql, dataset);
      await importCustomers(sql, folder);
      return importOrders(sql, dataset);
    });
    await database.query('analyze');
    return result;
  } finally {
    await database.close();
  }
});
