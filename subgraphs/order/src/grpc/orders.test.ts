import { randomUUID } from 'node:crypto';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import { createGrpcClient, type GrpcClient } from '@supergraph/grpc/grpc-client';
import { createGrpcServer, type GrpcServer } from '@supergraph/grpc/grpc-server';
import type { Caller } from '@supergraph/identity/caller';
import type { Identity } from '@supergraph/identity/identity';
import { createLogger } from '@supergraph/service/logging';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { readConfig } from '../config.ts';
import type { OrderStatus } from '../domain/order.ts';
import type { OrdersDefinition } from '../generated/proto/supergraph/order/v1/Orders.ts';
import { createOrderReader } from '../repositories/order-reader.postgres.ts';
import { createIdempotently, createTransactOrders } from '../repositories/order-writer.postgres.ts';
import { readOrders } from '../use-cases/read-orders.ts';
import { orderHandlers } from './order-handlers.ts';

const KEY = 'k'.repeat(32);
const PROTO = new URL('../../proto/order.proto', import.meta.url);
const SERVICE = 'supergraph.order.v1.Orders';
const MIGRATIONS = new URL('../../migrations/', import.meta.url);

const as = (caller: Caller): { identity: Identity } => ({ identity: { caller, scopes: [], claims: {} } });
const ADA = as({ role: 'customer', userId: 'ada' });
const EVE = as({ role: 'customer', userId: 'eve' });
const STAFF = as({ role: 'staff', userId: 'bob' });
const NOBODY = as({ role: 'anonymous' });

let fixture: TestDatabase;
let server: GrpcServer;
let client: GrpcClient<OrdersDefinition>;
let statements = 0;

const clientOf = (port: number) =>
  createGrpcClient<OrdersDefinition>({ address: `127.0.0.1:${port}`, protoFile: PROTO, service: SERVICE, audience: 'order', key: KEY });

beforeAll(async () => {
  fixture = await createTestDatabase('order', MIGRATIONS);
  const { database } = fixture;
  const counting: typeof database.query = (...given) => {
    statements += 1;
    return database.query(...given);
  };
  server = await createGrpcServer<OrdersDefinition>({
    name: 'order',
    protoFile: PROTO,
    service: SERVICE,
    handlers: orderHandlers({
      read: readOrders(createOrderReader({ query: counting })),
      idempotently: createIdempotently({ ...database, query: counting }),
      now: () => new Date(),
      newId: randomUUID,
    }),
    internalKey: KEY,
    logger: createLogger('order', 'silent'),
    readiness: database.readiness,
  });
  client = clientOf(await server.listen('127.0.0.1', 0));
});
afterAll(async () => {
  client.close();
  await server.close();
  await fixture.drop();
});
beforeEach(async () => {
  await fixture.database.query('truncate orders, order_items, payments, outbox, idempotency_keys, price_list, customers');
  await fixture.database.query(`insert into price_list values ('L1', 1250, 'GBP'), ('C1', 300, 'GBP')`);
  await fixture.database.query(`insert into customers values ('ada', 'Ada Lovelace'), ('eve', 'Eve')`);
});

const add = (number: string, { customer = 'ada', status = 'PENDING' as OrderStatus, items = 1, day = 1 } = {}): Promise<void> =>
  createTransactOrders(fixture.database)((orders) =>
    orders.add(
      {
        id: randomUUID(),
        number,
        customerId: customer === '' ? undefined : customer,
        status,
        placedAt: new Date(Date.UTC(2026, 0, day)),
        total: { amount: 1250 * items, currency: 'GBP' },
        version: 1,
      },
      Array.from({ length: items }, (_, index) => ({ line: index + 1, sku: 'L1', quantity: 2, unitPrice: { amount: 1250, currency: 'GBP' } })),
    ),
  );
const refused = (code: string, kind: string) => expect.objectContaining({ code, kind });
const key = (name = 'k1', requestHash = 'h1') => ({ key: name, requestHash });
const count = async (table: string): Promise<unknown> => (await fixture.database.query(`select count(*)::integer from ${table}`))[0]?.['count'];
const counted = async (work: () => Promise<unknown>): Promise<number> => {
  const before = statements;
  await work();
  return statements - before;
};

describe('reading', () => {
  test('tells all there is of an order, and leaves out what is absent', async () => {
    await add('W1');
    await add('G1', { customer: '' });
    await fixture.database.query(
      `insert into payments (id, order_number, status, amount, currency, created_at) values ($1, 'W1', 'refund-due', 1250, 'GBP', now())`,
      [randomUUID()],
    );
    const { orders } = await client.call('GetOrders', { numbers: ['W1', 'G1', 'none'] }, STAFF);
    const common = {
      id: expect.any(String),
      status: 'PENDING',
      placedAt: '2026-01-01T00:00:00.000Z',
      total: { amount: 1250, currency: 'GBP' },
      version: 1,
    };
    expect(orders.toSorted((a, b) => b.number.localeCompare(a.number))).toEqual([
      { ...common, number: 'W1', customerId: 'ada', customerName: 'Ada Lovelace', paymentStatus: 'REFUND_DUE' },
      { ...common, number: 'G1' },
    ]);
  });

  test('leaves out what is not theirs: orders, and their items', async () => {
    await add('W1');
    for (const who of [EVE, NOBODY]) {
      expect(await client.call('GetOrders', { numbers: ['W1'] }, who)).toEqual({ orders: [] });
      expect(await client.call('ListItems', { orderNumbers: ['W1'] }, who)).toEqual({ orders: [] });
    }
    expect((await client.call('ListOrders', {}, EVE)).orders).toEqual([]);
    await expect(client.call('ListOrders', {}, NOBODY)).rejects.toEqual(refused('SIGN_IN_REQUIRED', 'unauthenticated'));
  });

  test('follows the pages of orders, the newest first, with a filter', async () => {
    for (const day of [1, 2, 3]) await add(`W${day}`, { day });
    await add('X1', { day: 4, status: 'PAID' });
    const first = await client.call('ListOrders', { status: 'PENDING', page: { first: 2 } }, ADA);
    expect(first.orders.map(({ number }) => number)).toEqual(['W3', 'W2']);
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const second = await client.call('ListOrders', { status: 'PENDING', page: { first: 2, after: first.pageInfo?.endCursor } }, ADA);
    expect(second.orders.map(({ number }) => number)).toEqual(['W1']);
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    await expect(client.call('ListOrders', { page: { first: 101 } }, ADA)).rejects.toEqual(refused('PAGE_SIZE_INVALID', 'invalid'));
    await expect(client.call('ListOrders', { page: { after: 'x' } }, ADA)).rejects.toEqual(refused('CURSOR_INVALID', 'invalid'));
    await expect(client.call('ListOrders', { status: 'LOST' }, ADA)).rejects.toEqual(refused('ORDER_INVALID', 'invalid'));
  });

  test('follows the pages of items, of several orders at once', async () => {
    await add('W1', { items: 3 });
    await add('W2', { items: 1 });
    const { orders } = await client.call('ListItems', { orderNumbers: ['W1', 'W2'], page: { first: 2 } }, ADA);
    const byNumber = new Map(orders.map((one) => [one.orderNumber, one]));
    const price = { amount: 1250, currency: 'GBP' };
    expect(byNumber.get('W1')?.items[1]).toEqual({ line: 2, sku: 'L1', quantity: 2, unitPrice: price, total: { ...price, amount: 2500 } });
    expect([byNumber.get('W1')?.pageInfo?.hasNextPage, byNumber.get('W2')?.pageInfo?.hasNextPage]).toEqual([true, false]);
    const after = byNumber.get('W1')?.pageInfo?.endCursor;
    const rest = await client.call('ListItems', { orderNumbers: ['W1', 'W2'], page: { first: 2, after } }, ADA);
    expect(rest.orders.map(({ orderNumber, items }) => [orderNumber, items.map(({ line }) => line)]).toSorted()).toEqual([
      ['W1', [3]],
      ['W2', []],
    ]);
  });

  test('costs a fixed number of statements, of 1 order and of 50', async () => {
    const numbers = Array.from({ length: 50 }, (_, index) => `W${index}`);
    for (const [index, number] of numbers.entries()) await add(number, { customer: index % 2 === 0 ? 'ada' : 'eve', items: 3 });
    for (const some of [numbers.slice(0, 1), numbers]) {
      expect(await counted(() => client.call('GetOrders', { numbers: some }, STAFF))).toBe(3);
      expect(await counted(() => client.call('ListItems', { orderNumbers: some }, STAFF))).toBe(2);
      expect(await counted(() => client.call('ListOrders', { page: { first: some.length } }, STAFF))).toBe(3);
    }
    const tooMany = Array.from({ length: 101 }, () => 'W1');
    await expect(client.call('GetOrders', { numbers: tooMany }, STAFF)).rejects.toEqual(refused('ORDER_INVALID', 'invalid'));
    await expect(client.call('ListItems', { orderNumbers: tooMany }, STAFF)).rejects.toEqual(refused('ORDER_INVALID', 'invalid'));
  });
});

describe('writing', () => {
  const items = [
    { sku: 'L1', quantity: 2 },
    { sku: 'C1', quantity: 1 },
  ];

  test('places an order, and an error carries its details', async () => {
    const { order } = await client.call('PlaceOrder', { items }, ADA);
    expect(order).toMatchObject({ status: 'PENDING', total: { amount: 2800, currency: 'GBP' }, customerName: 'Ada Lovelace', version: 1 });
    await expect(client.call('PlaceOrder', { items: [{ sku: 'X', quantity: 1 }] }, ADA)).rejects.toMatchObject({
      code: 'PRODUCT_NOT_FOR_SALE',
      kind: 'failed-precondition',
      details: { skus: ['X'] },
    });
    await expect(client.call('PlaceOrder', { items }, NOBODY)).rejects.toEqual(refused('SIGN_IN_REQUIRED', 'unauthenticated'));
  });

  test('with a key happens once: the same answer, one order, one event', async () => {
    const place = () => client.call('PlaceOrder', { items, idempotency: key() }, ADA);
    const first = await place();
    expect([await place(), await place()]).toEqual([first, first]);
    expect([await count('orders'), await count('outbox'), await count('idempotency_keys')]).toEqual([1, 1, 1]);
    await client.call('PlaceOrder', { items, idempotency: key() }, EVE);
    await client.call('PlaceOrder', { items }, ADA);
    expect(await count('orders')).toBe(3);
  });

  test('with a key that stood for another request or operation is refused', async () => {
    await client.call('PlaceOrder', { items, idempotency: key() }, ADA);
    const reused = refused('IDEMPOTENCY_KEY_REUSED', 'failed-precondition');
    await expect(client.call('PlaceOrder', { items, idempotency: key('k1', 'h2') }, ADA)).rejects.toEqual(reused);
    await expect(client.call('PayOrder', { number: 'W1', idempotency: key() }, ADA)).rejects.toEqual(reused);
  });

  test('with a key whose first request still waits is refused until that is done', async () => {
    await add('W1');
    const release = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const holding = fixture.database.transact(async (sql) => {
      await sql.query('select 1 from orders for update');
      locked.resolve();
      await release.promise;
    });
    await locked.promise;
    const pay = () => client.call('PayOrder', { number: 'W1', idempotency: key() }, ADA);
    const first = pay();
    await expect
      .poll(() => count(`pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`))
      .toBe(1);
    await expect(pay()).rejects.toEqual(refused('IDEMPOTENCY_KEY_IN_FLIGHT', 'conflict'));
    release.resolve();
    await holding;
    const answer = await first;
    expect(answer.order).toMatchObject({ status: 'PENDING', paymentStatus: 'REQUESTED' });
    await fixture.database.query(`update payments set status = 'settled'`);
    expect(await pay()).toEqual(answer);
    expect(await count('payments')).toBe(1);
  });

  test('that fails leaves its key free', async () => {
    await add('W1');
    await expect(client.call('ShipOrder', { number: 'W1', idempotency: key() }, STAFF)).rejects.toMatchObject({
      code: 'ORDER_STATUS_CONFLICT',
      details: { number: 'W1', status: 'PENDING', allowed: ['PAID'] },
    });
    await fixture.database.query(`update orders set status = 'PAID'`);
    expect((await client.call('ShipOrder', { number: 'W1', idempotency: key() }, STAFF)).order?.status).toBe('SHIPPED');
  });

  test("answers for another customer's order as for one that is absent", async () => {
    await add('W1');
    for (const method of ['PayOrder', 'CancelOrder'] as const)
      for (const ifVersion of [undefined, 1, 9])
        await expect(client.call(method, { number: 'W1', ifVersion }, EVE)).rejects.toMatchObject({
          code: 'ORDER_NOT_FOUND',
          kind: 'not-found',
          message: "There is no order 'W1'.",
        });
    await expect(client.call('ShipOrder', { number: 'W1' }, ADA)).rejects.toEqual(refused('NOT_ALLOWED', 'forbidden'));
  });

  test('changes the version that was seen, and no other', async () => {
    await add('W1', { status: 'PAID' });
    for (const method of ['ShipOrder', 'CancelOrder', 'PayOrder'] as const)
      await expect(client.call(method, { number: 'W1', ifVersion: 2 }, STAFF)).rejects.toMatchObject({
        code: 'VERSION_MISMATCH',
        kind: 'failed-precondition',
        details: { expected: 2, actual: 1 },
      });
    const { order } = await client.call('ShipOrder', { number: 'W1', ifVersion: 1 }, STAFF);
    expect(order).toMatchObject({ status: 'SHIPPED', version: 2 });
    expect((await client.call('GetOrders', { numbers: ['W1'] }, STAFF)).orders[0]?.version).toBe(2);
  });

  test('of one version by many at once succeeds once', async () => {
    await add('W1', { status: 'PAID' });
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => client.call('CancelOrder', { number: 'W1', ifVersion: 1 }, ADA)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toEqual(refused('VERSION_MISMATCH', 'failed-precondition'));
  });
});

describe('the app', () => {
  test('opens both doors, and closes both', async () => {
    const bus = await createEmptyDatabase('bus');
    const config = readConfig({
      ORDER_PORT: '0',
      ORDER_GRPC_PORT: '0',
      ORDER_DATABASE_URL: fixture.url,
      MESSAGE_BUS_URL: bus.url,
      ORDER_INTERNAL_KEY: KEY,
      ORDER_USER_KEY: KEY,
      ORDER_LOG_LEVEL: 'silent',
      ORDER_PAYMENT_URL: 'http://127.0.0.1:1',
    });
    const app = await createApp(config);
    const httpPort = await app.listen('127.0.0.1', 0);
    const own = clientOf(app.grpcPort());
    await add('W1');
    expect((await own.call('GetOrders', { numbers: ['W1'] }, ADA)).orders).toHaveLength(1);
    expect((await fetch(`http://127.0.0.1:${httpPort}/health/ready`)).status).toBe(200);
    await app.close();
    await expect(own.call('GetOrders', { numbers: ['W1'] }, ADA)).rejects.toEqual(refused('SERVICE_UNAVAILABLE', 'unavailable'));
    own.close();
    await bus.drop();
  });
});
