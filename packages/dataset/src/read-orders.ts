import { type DatasetFolder, expectReading } from './dataset-folder.ts';
import { type OrderStates, readOrderStates } from './order-states.ts';
import { type ProductRow, readCatalogue, readSkus } from './read-catalogue.ts';
import { drain, faultOfReference, type Keys, noKeys, oneByOne, readKeyed } from './read-keyed.ts';
import { type Row, readRows } from './read-rows.ts';
import { readUserIds } from './read-users.ts';
import type { Fault, Reject } from './rejection.ts';

export interface OrderRow {
  number: string;
  /** undefined for a guest. */
  userId: string | undefined;
  status: 'PAID' | 'CANCELLED';
  /** RFC 3339, UTC, to the millisecond. */
  placedAt: string;
  /** Sum of its lines, 0 to 2147483647. */
  totalPence: number;
  lineCount: number;
}

export interface OrderItemRow {
  orderNumber: string;
  /** 1, 2, 3 … within its order, as the lines follow in the file. */
  line: number;
  sku: string;
  quantity: number;
  unitPricePence: number;
}

/** Each of these reads its file when it is iterated: to be called once, and read to the end. */
export interface Orders {
  /** The price list. Bad products are left out without a word: they are the catalogue's to report. */
  products(): AsyncIterable<ProductRow>;
  /** Rejects the bad rows of orders.csv, and the orders that one of their lines takes with it. */
  orders(): AsyncIterable<OrderRow>;
  /** Rejects the bad rows of order_items.csv, and the lines of orders that are left out. */
  orderItems(): AsyncIterable<OrderItemRow>;
}

const ignore: Reject = () => undefined;

const readOrderBatches = (folder: DatasetFolder, users: Keys, keys: Keys, reject: Reject, alsoCheck: (number: string) => Fault | undefined) =>
  readKeyed({
    folder,
    table: 'orders',
    keys,
    reject,
    check: ({ id, user_id }) =>
      (user_id === null ? undefined : faultOfReference('user_id', user_id, users, 'a user', folder.files.users.name)) ?? alsoCheck(id),
  });

async function* readItemBatches(folder: DatasetFolder, { faultOfItem, nextLine }: OrderStates, reject: Reject): AsyncGenerator<OrderItemRow[]> {
  const file = folder.files.order_items.name;
  const take = (row: Row<'order_items'>, good: OrderItemRow[]): void => {
    const fault = row.fault ?? faultOfItem(row.values);
    if (row.fault !== undefined || fault !== undefined) reject({ file, line: row.line, ...(fault as Fault) });
    else {
      const { order_id: orderNumber, sku, quantity, unit_price_pence: unitPricePence } = row.values;
      good.push({ orderNumber, line: nextLine(orderNumber), sku, quantity, unitPricePence });
    }
  };
  for await (const batch of readRows(folder, 'order_items')) {
    const good: OrderItemRow[] = [];
    for (const row of batch) take(row, good);
    yield good;
  }
}

/**
 * Reads all five files once, to know which orders can be imported whole; what it returns then reads a second time. In memory
 * stay the keys of users, products and orders, and a sum for each order. An order is left out with all its lines when one
 * of them is bad, when it has none, when its user is not imported, or when its total is more than 2147483647 pence.
 * @throws StartupError when a file cannot be read.
 */
export const readOrders = async (folder: DatasetFolder, reject: Reject): Promise<Orders> => {
  expectReading(folder, ['categories', 'products', 'users', 'orders', 'orders', 'order_items', 'order_items']);
  const skus = await readSkus(folder);
  const users = await readUserIds(folder);
  const orders = noKeys();
  await drain(readOrderBatches(folder, users, orders, ignore, () => undefined));
  const states = await readOrderStates(folder, { orders, skus });
  return {
    products: async function* () {
      yield* (await readCatalogue(folder, ignore)).products();
    },
    orders: () =>
      oneByOne(readOrderBatches(folder, users, noKeys(), reject, states.faultOfOrder), ({ values }) => ({
        number: values.id,
        userId: values.user_id ?? undefined,
        status: values.status,
        placedAt: values.placed_at,
        ...states.totals(values.id),
      })),
    orderItems: () => oneByOne(readItemBatches(folder, states, reject), (item) => item),
  };
};
