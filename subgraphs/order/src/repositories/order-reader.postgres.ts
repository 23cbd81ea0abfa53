import { type Sql, uuidsIn } from '@supergraph/database/database';
import { type Page, type PageRequest, toPage } from '@supergraph/pagination';
import type { OrderLine } from '../domain/order.ts';
import type { PaymentStatus } from '../domain/payment.ts';
import type { Visibility } from '../domain/visibility.ts';
import type { OrderReader } from '../use-cases/ports.ts';
import { ORDER_COLUMNS, type OrderRow, toOrder } from './order-row.ts';

interface LineRow {
  order_number: string;
  line: number;
  sku: string;
  quantity: number;
  unit_price: number;
  total_currency: string;
}

const toLine = (row: LineRow): OrderLine => ({
  line: row.line,
  sku: row.sku,
  quantity: row.quantity,
  unitPrice: { amount: row.unit_price, currency: row.total_currency },
});

/** Two parameters: whether everybody's orders are visible, and otherwise whose. */
const visible = (visibility: Visibility): readonly [boolean, string | null] => [
  'everyone' in visibility,
  'customerId' in visibility ? visibility.customerId : null,
];

const newestAfter = ({ after }: PageRequest): readonly [string | null, string | null] =>
  after === undefined ? [null, null] : [String(after[0]), String(after[1])];

const pagesBy = <Row, Item>(rows: Row[], key: (row: Row) => string, toItem: (row: Row) => Item, limit: number): Map<string, Page<Item>> =>
  new Map([...Map.groupBy(rows, key)].map(([parent, group]) => [parent, toPage(group.map(toItem), limit)]));

export const createOrderReader = (sql: Sql): OrderReader => ({
  byNumbers: async (numbers, visibility) => {
    const rows = await sql.query<OrderRow>(`select ${ORDER_COLUMNS} from orders where number = any($1) and ($2 or customer_id = $3)`, [
      numbers,
      ...visible(visibility),
    ]);
    return new Map(rows.map((row) => [row.number, toOrder(row)]));
  },
  byIds: async (ids, visibility) => {
    const rows = await sql.query<OrderRow>(`select ${ORDER_COLUMNS} from orders where id = any($1::uuid[]) and ($2 or customer_id = $3)`, [
      uuidsIn(ids),
      ...visible(visibility),
    ]);
    return new Map(rows.map((row) => [row.id, toOrder(row)]));
  },
  list: async ({ status }, visibility, page) => {
    // One condition each only where it is needed: `status = $1 or $1 is null` would keep PostgreSQL from its indexes.
    const values: unknown[] = [page.limit + 1];
    const bind = (value: unknown): string => `$${values.push(value)}`;
    const conditions = [
      ...('everyone' in visibility ? [] : [`customer_id = ${bind(visible(visibility)[1])}`]),
      ...(status === undefined ? [] : [`status = ${bind(status)}`]),
      ...(page.after === undefined ? [] : [`(placed_at, number) < (${bind(page.after[0])}::timestamptz, ${bind(page.after[1])})`]),
    ];
    const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
    const rows = await sql.query<OrderRow>(`select ${ORDER_COLUMNS} from orders ${where} order by placed_at desc, number desc limit $1`, values);
    return toPage(rows.map(toOrder), page.limit);
  },
  ofCustomers: async (customerIds, visibility, page) => {
    const rows = await sql.query<OrderRow & { customer_id: string }>(
      `select placed.* from unnest($1::text[]) as customer (id) cross join lateral (
         select ${ORDER_COLUMNS} from orders
          where customer_id = customer.id and ($2 or customer_id = $3)
            and ($4::text is null or (placed_at, number) < ($4::timestamptz, $5))
          order by placed_at desc, number desc limit $6
       ) as placed order by placed.placed_at desc, placed.number desc`,
      [customerIds, ...visible(visibility), ...newestAfter(page), page.limit + 1],
    );
    return pagesBy(rows, (row) => row.customer_id, toOrder, page.limit);
  },
  withProducts: async (skus, visibility, page) => {
    const rows = await sql.query<OrderRow & { sku: string }>(
      `select product.sku, containing.* from unnest($1::text[]) as product (sku) cross join lateral (
         select ${ORDER_COLUMNS} from orders
          where number in (select order_number from order_items where sku = product.sku) and ($2 or customer_id = $3)
            and ($4::text is null or (placed_at, number) < ($4::timestamptz, $5))
          order by placed_at desc, number desc limit $6
       ) as containing order by containing.placed_at desc, containing.number desc`,
      [skus, ...visible(visibility), ...newestAfter(page), page.limit + 1],
    );
    return pagesBy(rows, (row) => row.sku, toOrder, page.limit);
  },
  lines: async (orderNumbers, page) => {
    const rows = await sql.query<LineRow>(
      `select item.*, orders.total_currency from orders cross join lateral (
         select order_number, line, sku, quantity, unit_price from order_items
          where order_number = orders.number and line > $2
          order by line limit $3
       ) as item where orders.number = any($1) order by item.order_number, item.line`,
      [orderNumbers, page.after?.[0] ?? 0, page.limit + 1],
    );
    return pagesBy(rows, (row) => row.order_number, toLine, page.limit);
  },
  customerNames: async (customerIds) => {
    const rows = await sql.query<{ id: string; name: string }>('select id, name from customers where id = any($1)', [customerIds]);
    return new Map(rows.map(({ id, name }) => [id, name]));
  },
  paymentStatuses: async (orderNumbers) => {
    const rows = await sql.query<{ order_number: string; status: PaymentStatus }>(
      `select distinct on (order_number) order_number, status from payments where order_number = any($1)
        order by order_number, status = 'settled' desc, created_at desc, id desc`,
      [orderNumbers],
    );
    return new Map(rows.map((row) => [row.order_number, row.status]));
  },
  sales: async (skus) => {
    const rows = await sql.query<{ sku: string; units: string; revenue: string }>(
      `select sku, sum(quantity) as units, sum(quantity::bigint * unit_price) as revenue
         from order_items join orders on orders.number = order_number
        where sku = any($1) and status in ('PAID', 'SHIPPED') group by sku`,
      [skus],
    );
    return new Map(rows.map((row) => [row.sku, { unitsSold: Number(row.units), revenue: Number(row.revenue) }]));
  },
});
