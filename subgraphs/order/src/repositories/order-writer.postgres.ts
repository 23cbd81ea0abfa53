import type { Database, Sql } from '@supergraph/database/database';
import { runIdempotently } from '@supergraph/database/idempotency';
import { isFirstDelivery } from '@supergraph/message-bus/inbox';
import { appendToOutbox } from '@supergraph/message-bus/outbox';
import type { Money } from '../domain/order.ts';
import type { Idempotently, Once, OrderWriter, Publish, TransactOrders } from '../use-cases/ports.ts';
import { createOrderReader } from './order-reader.postgres.ts';
import { ORDER_COLUMNS, type OrderRow, toOrder } from './order-row.ts';
import { PAYMENT_COLUMNS, type PaymentRow, toPayment } from './payment-row.ts';

const createOrderWriter = (sql: Sql): OrderWriter => ({
  nextNumber: async () => {
    const [row] = await sql.query<{ number: string }>("select 'W' || nextval('order_numbers') as number");
    return (row as { number: string }).number;
  },
  prices: async (skus) => {
    const rows = await sql.query<{ sku: string } & Money>('select sku, amount, currency from price_list where sku = any($1)', [skus]);
    return new Map(rows.map(({ sku, amount, currency }) => [sku, { amount, currency }]));
  },
  add: async (order, lines) => {
    await sql.query(`insert into orders (${ORDER_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8)`, [
      order.id,
      order.number,
      order.customerId ?? null,
      order.status,
      order.placedAt,
      order.total.amount,
      order.total.currency,
      order.version,
    ]);
    await sql.query(
      `insert into order_items (order_number, line, sku, quantity, unit_price)
       select $1, * from unnest($2::integer[], $3::text[], $4::integer[], $5::integer[])`,
      [
        order.number,
        lines.map(({ line }) => line),
        lines.map(({ sku }) => sku),
        lines.map(({ quantity }) => quantity),
        lines.map(({ unitPrice }) => unitPrice.amount),
      ],
    );
  },
  find: async (number) => {
    const [row] = await sql.query<OrderRow>(`select ${ORDER_COLUMNS} from orders where number = $1 for update`, [number]);
    return row && toOrder(row);
  },
  changeStatus: async ({ number, status }) => {
    await sql.query('update orders set status = $2, version = version + 1 where number = $1', [number, status]);
  },
  payments: async (orderNumber) => {
    const rows = await sql.query<PaymentRow>(`select ${PAYMENT_COLUMNS} from payments where order_number = $1 order by created_at, id for update`, [
      orderNumber,
    ]);
    return rows.map(toPayment);
  },
  savePayment: async ({ id, orderNumber, status, providerId, amount, reason, createdAt }) => {
    await sql.query(
      `insert into payments as known (${PAYMENT_COLUMNS}, next_attempt_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, case when $3 in ('requested', 'refund-due') then now() end)
       on conflict (id) do update set status = excluded.status, provider_id = excluded.provider_id, reason = excluded.reason,
         attempts = case when known.status = excluded.status then known.attempts else 0 end,
         next_attempt_at = case when known.status = excluded.status then known.next_attempt_at else excluded.next_attempt_at end`,
      [id, orderNumber, status, providerId ?? null, amount.amount, amount.currency, reason ?? null, createdAt],
    );
  },
  keepPrice: async (sku, { amount, currency }, changedAt) => {
    await sql.query(
      `insert into price_list as known (sku, amount, currency, changed_at) values ($1, $2, $3, $4)
       on conflict (sku) do update set amount = excluded.amount, currency = excluded.currency, changed_at = excluded.changed_at
        where known.changed_at < excluded.changed_at`,
      [sku, amount, currency, changedAt],
    );
  },
  keepCustomer: async (id, name, changedAt) => {
    await sql.query(
      `insert into customers as known (id, name, changed_at) values ($1, $2, $3)
       on conflict (id) do update set name = excluded.name, changed_at = excluded.changed_at where known.changed_at < excluded.changed_at`,
      [id, name, changedAt],
    );
  },
});

const publishIn =
  (sql: Sql): Publish =>
  (event) =>
    appendToOutbox(sql, [event]);

export const createTransactOrders =
  (database: Database): TransactOrders =>
  (work) =>
    database.transact((sql) => work(createOrderWriter(sql), publishIn(sql)));

const idempotentlyIn =
  (sql: Sql): Idempotently =>
  (request, work) => {
    const run = () => work((inner) => inner(createOrderWriter(sql), publishIn(sql)), createOrderReader(sql));
    return request === undefined ? run() : runIdempotently(sql, request, run);
  };

export const createOnce =
  (database: Database): Once =>
  (messageId, work) =>
    database.transact(async (sql) => {
      if (!(await isFirstDelivery(sql, 'order', messageId))) return;
      await work((inner) => inner(createOrderWriter(sql), publishIn(sql)), idempotentlyIn(sql));
    });

export const createIdempotently =
  (database: Database): Idempotently =>
  (request, work) =>
    request === undefined
      ? work(createTransactOrders(database), createOrderReader(database))
      : database.transact((sql) => idempotentlyIn(sql)(request, work));
