import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  CancelOrderDocument,
  ChangePriceDocument,
  CreateProductDocument,
  OrderDocument,
  OrdersDocument,
  type PaymentStatus,
  PayOrderDocument,
  PlaceOrderDocument,
  ProductDocument,
  ProductOrdersDocument,
  ShipOrderDocument,
  UpdateProfileDocument,
} from '../../generated/graphql.ts';
import { TEST_LOG_VARIABLE } from '../../postgres.ts';
import { bearer, type Room, startWorld, type World } from '../../world.ts';

const OWNER = 'customer-17850@example.com';

let world: World;
let staff: string;
let owner: string;
let stranger: string;

beforeAll(async () => {
  world = await startWorld();
  [staff, owner, stranger] = await Promise.all([world.signIn('staff@example.com'), world.signIn(OWNER), world.signIn('customer-13047@example.com')]);
}, 120_000);
afterAll(() => world.stop());

const codes = (answer: { errors: { extensions: { code: string } }[] }): string[] => answer.errors.map(({ extensions }) => extensions.code);

const place = async (token: string, items: { sku: string; quantity: number }[]): Promise<string> => {
  const { data } = await world.ask(PlaceOrderDocument, { input: { items } }, token);
  return data?.placeOrder?.order.number ?? '';
};

const eventually = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds()) return;
    await sleep(50);
  }
  throw new Error(`never came true: ${what}`);
};

const read = async (number: string) => (await world.ask(OrderDocument, { number }, staff)).data?.order;
const pay = (number: string) => world.ask(PayOrderDocument, { input: { number } }, owner);
const cancel = async (number: string) => (await world.ask(CancelOrderDocument, { input: { number } }, owner)).data?.cancelOrder?.order.status;

const untilPayment = (number: string, status: PaymentStatus): Promise<void> =>
  eventually(`the payment of ${number} is ${status}`, async () => (await read(number))?.payment?.status === status);

const payAndSettle = async (number: string): Promise<void> => {
  expect((await pay(number)).errors).toEqual([]);
  await untilPayment(number, 'SETTLED');
};

/** Tells the payment sandbox how to be from now on; as usual when nothing is given. */
const behave = async (behaviour: Record<string, unknown> = {}): Promise<void> => {
  const { url, key } = world.payments;
  const response = await fetch(`${url}/behaviour`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...bearer(key) },
    body: JSON.stringify(behaviour),
  });
  expect(response.status).toBe(200);
};

describe('reading orders', () => {
  test('staff get a page of 50 with items, products, categories and customers in full', async () => {
    const { data, errors } = await world.ask(OrdersDocument, { first: 50 }, staff);
    expect(errors).toEqual([]);
    const orders = data?.orders?.nodes ?? [];
    expect(orders).toHaveLength(50);
    expect(orders[0]).toMatchObject({
      number: '581587',
      total: { amount: 24945, currency: 'GBP' },
      customer: { name: 'Customer 12680', country: 'France' },
    });
    expect(orders.map(({ placedAt }) => placedAt)).toEqual(
      orders
        .map(({ placedAt }) => placedAt)
        .toSorted()
        .toReversed(),
    );
    const items = orders.flatMap((order) => order.items.nodes);
    expect(items.length).toBeGreaterThan(500);
    expect(items.every(({ product }) => product?.name && product.category.slug)).toBe(true);
  });

  test('the number of SQL statements is small and does not grow with the page', async () => {
    const count = async (first: number): Promise<Record<Room, number>> => {
      const before = await statements();
      const { errors, data } = await world.ask(OrdersDocument, { first }, staff);
      expect(errors).toEqual([]);
      expect(data?.orders?.nodes).toHaveLength(first);
      const after = await statements();
      return { category: after.category - before.category, user: after.user - before.user, order: after.order - before.order };
    };
    const rooms = Object.values(world.rooms);
    for (const { database } of rooms) await database.database.query(`alter database ${databaseName(database.url)} set log_statement = 'all'`);
    // The setting holds for new connections only, so the pools' old ones are closed.
    for (const { database } of rooms)
      await database.database.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
    await world.ask(OrdersDocument, { first: 1 }, staff);

    const five = await count(5);
    const fifty = await count(50);
    expect(fifty).toEqual(five);
    expect(fifty).toEqual({ category: 3, user: 1, order: 2 });
  });

  test('nobody must sign in; customers see their own orders only', async () => {
    expect(codes(await world.ask(OrdersDocument, {}))).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
    const { data, errors } = await world.ask(OrdersDocument, { first: 100 }, owner);
    expect(errors).toEqual([]);
    expect(data?.orders?.nodes.length).toBeGreaterThan(10);
    expect(new Set(data?.orders?.nodes.map(({ customer }) => customer?.name))).toEqual(new Set(['Customer 17850']));
  });

  test("another customer's order answers exactly as one that does not exist", async () => {
    expect((await world.ask(OrderDocument, { number: '536365' }, owner)).data?.order?.customer?.email).toBe(OWNER);
    const foreign = await world.ask(OrderDocument, { number: '536365' }, stranger);
    expect(foreign).toEqual(await world.ask(OrderDocument, { number: 'no-such' }, stranger));
    expect(foreign).toEqual({ status: 200, data: { order: null }, errors: [] });
    expect((await world.ask(OrderDocument, { number: '536365' })).data?.order).toBeNull();
    expect(codes(await world.ask(CancelOrderDocument, { input: { number: '536365' } }, stranger))).toEqual(['ORDER_NOT_FOUND']);
  });

  test('orders are narrowed by their status', async () => {
    const { data } = await world.ask(OrdersDocument, { status: 'CANCELLED', first: 20 }, staff);
    expect(new Set(data?.orders?.nodes.map(({ status }) => status))).toEqual(new Set(['CANCELLED']));
  });

  test('the largest order, of 1,114 lines, is read page by page', async () => {
    const lines: number[] = [];
    let after: string | null | undefined = null;
    for (let page = 0; page < 20; page++) {
      const answer: Awaited<ReturnType<typeof orderPage>> = await orderPage(after);
      lines.push(...(answer.data?.order?.items.nodes ?? []).map(({ line }) => line));
      after = answer.data?.order?.items.pageInfo.endCursor;
      if (answer.data?.order?.items.pageInfo.hasNextPage !== true) break;
    }
    expect(lines).toEqual(Array.from({ length: 1_114 }, (_, index) => index + 1));
  });

  test("a product's orders are cut to what the caller may see", async () => {
    const all = await world.ask(ProductOrdersDocument, { sku: '85123A' }, staff);
    expect(all.data?.product?.orders?.nodes).toHaveLength(3);
    const mine = await world.ask(ProductOrdersDocument, { sku: '85123A' }, owner);
    expect(new Set(mine.data?.product?.orders?.nodes.map(({ customer }) => customer?.id))).toEqual(new Set(['17850']));
    expect((await world.ask(ProductOrdersDocument, { sku: '85123A' })).data?.product?.orders?.nodes).toEqual([]);
  });
});

describe('the life of an order', () => {
  test('it is placed at the price of the list, paid and shipped; what is shipped stays', async () => {
    const placed = await world.ask(
      PlaceOrderDocument,
      {
        input: {
          items: [
            { sku: '85123A', quantity: 2 },
            { sku: '71053', quantity: 1 },
            { sku: '85123A', quantity: 1 },
          ],
        },
      },
      owner,
    );
    expect(placed.errors).toEqual([]);
    const order = placed.data?.placeOrder?.order;
    expect(order).toMatchObject({ status: 'PENDING', total: { amount: 3 * 295 + 375, currency: 'GBP' }, customer: { email: OWNER } });
    expect(order?.items.nodes.map(({ line, quantity, unitPrice, product }) => [line, quantity, unitPrice.amount, product?.sku])).toEqual([
      [1, 2, 295, '85123A'],
      [2, 1, 375, '71053'],
      [3, 1, 295, '85123A'],
    ]);
    const number = order?.number ?? '';
    expect(codes(await world.ask(ShipOrderDocument, { input: { number } }, staff))).toEqual(['ORDER_STATUS_CONFLICT']);
    expect((await read(number))?.payment).toBeNull();
    expect((await pay(number)).data?.payOrder?.order.status).toBe('PENDING');
    await untilPayment(number, 'SETTLED');
    expect((await read(number))?.status).toBe('PAID');
    expect(codes(await pay(number))).toEqual(['ORDER_STATUS_CONFLICT']);
    expect(codes(await world.ask(ShipOrderDocument, { input: { number } }, owner))).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
    expect((await world.ask(ShipOrderDocument, { input: { number } }, staff)).data?.shipOrder?.order.status).toBe('SHIPPED');
    expect(codes(await world.ask(CancelOrderDocument, { input: { number } }, staff))).toEqual(['ORDER_STATUS_CONFLICT']);
  });

  test('pending and paid orders can be cancelled; only paid ones count as sold', async () => {
    const sold = async (): Promise<number> => (await world.ask(ProductDocument, { sku: '71053' })).data?.product?.unitsSold ?? 0;
    const before = await sold();
    const [pending, paid] = [await place(owner, [{ sku: '71053', quantity: 1 }]), await place(owner, [{ sku: '71053', quantity: 10 }])];
    expect(await sold()).toBe(before);
    await payAndSettle(paid);
    expect(await sold()).toBe(before + 10);
    for (const number of [pending, paid]) expect(await cancel(number)).toBe('CANCELLED');
    expect(await sold()).toBe(before);
  });

  test('many attempts to pay at once are one payment', async () => {
    const number = await place(owner, [{ sku: '71053', quantity: 1 }]);
    const attempts = await Promise.all(Array.from({ length: 8 }, () => pay(number)));
    expect(attempts.flatMap(codes)).toEqual([]);
    await untilPayment(number, 'SETTLED');
    const { database } = world.rooms.order.database;
    expect(await database.query('select status from payments where order_number = $1', [number])).toEqual([{ status: 'settled' }]);
  });

  test.each([
    ['an unknown sku', [{ sku: 'no-such', quantity: 1 }], 'PRODUCT_NOT_FOR_SALE'],
    ['no lines', [], 'ORDER_INVALID'],
    ['a quantity of 0', [{ sku: '71053', quantity: 0 }], 'ORDER_INVALID'],
    ['a negative quantity', [{ sku: '71053', quantity: -1 }], 'ORDER_INVALID'],
    ['101 lines', Array.from({ length: 101 }, () => ({ sku: '71053', quantity: 1 })), 'ORDER_INVALID'],
    ['a total beyond 32 bits', Array.from({ length: 100 }, () => ({ sku: '71053', quantity: 100_000 })), 'ORDER_TOTAL_TOO_LARGE'],
  ])('%s is refused', async (_what, items, code) => {
    expect(codes(await world.ask(PlaceOrderDocument, { input: { items } }, owner))).toEqual([code]);
  });

  test('nobody must sign in to order, and a price cannot be sent along', async () => {
    expect(codes(await world.ask(PlaceOrderDocument, { input: { items: [{ sku: '71053', quantity: 1 }] } }))).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
    const withPrice = { input: { items: [{ sku: '71053', quantity: 1, unitPrice: 1 }] } };
    expect(codes(await world.ask(PlaceOrderDocument, withPrice, owner))).toEqual(['BAD_USER_INPUT']);
  });
});

describe('a payment', () => {
  const ordered = (): Promise<string> => place(owner, [{ sku: '71053', quantity: 1 }]);
  afterEach(() => behave());

  test('is given back when the order is cancelled after it', async () => {
    const number = await ordered();
    await payAndSettle(number);
    expect(await cancel(number)).toBe('CANCELLED');
    await untilPayment(number, 'REFUNDED');
    expect((await read(number))?.status).toBe('CANCELLED');
  });

  test('is given back when the order was cancelled before it settles', async () => {
    await behave({ delayMs: 1_000 });
    const number = await ordered();
    await pay(number);
    await untilPayment(number, 'STARTED');
    expect(await cancel(number)).toBe('CANCELLED');
    await untilPayment(number, 'REFUNDED');
    expect((await read(number))?.status).toBe('CANCELLED');
  });

  test('that fails leaves the order PENDING, to be paid again', async () => {
    await behave({ outcome: 'fail' });
    const number = await ordered();
    await pay(number);
    await untilPayment(number, 'FAILED');
    expect((await read(number))?.status).toBe('PENDING');
    await behave();
    await payAndSettle(number);
    expect((await read(number))?.status).toBe('PAID');
  });

  test('is settled once by callbacks that come often and in the wrong order', async () => {
    await behave({ repeat: 5, reorder: true, unavailable: 2 });
    const numbers = await Promise.all(Array.from({ length: 3 }, ordered));
    await Promise.all(numbers.map(payAndSettle));
    for (const number of numbers) expect((await read(number))?.status).toBe('PAID');
  });

  test('of another amount never makes it PAID', async () => {
    await behave({ amountError: -1 });
    const number = await ordered();
    const callbacks = async () => (await world.rooms.webhooks.database.database.query('select from callbacks')).length;
    const before = await callbacks();
    await pay(number);
    await eventually('the callback came', async () => (await callbacks()) > before);
    // Long enough for its event to arrive, which then is parked.
    await sleep(1_000);
    expect(await read(number)).toMatchObject({ status: 'PENDING', payment: { status: 'STARTED' } });
  });
});

describe('what other rooms tell', () => {
  test('a product that was just created can be ordered, and a changed price holds for the next order', async () => {
    const input = { sku: 'TOLD-1', name: 'Told by an event', price: { amount: 700 }, categorySlug: 'lamps' };
    expect((await world.ask(CreateProductDocument, { input }, staff)).errors).toEqual([]);
    await eventually('it is for sale', async () => (await place(owner, [{ sku: 'TOLD-1', quantity: 1 }])) !== '');
    await world.ask(ChangePriceDocument, { input: { sku: 'TOLD-1', price: { amount: 900 } } }, staff);
    const total = async (): Promise<number | undefined> => {
      const { data } = await world.ask(PlaceOrderDocument, { input: { items: [{ sku: 'TOLD-1', quantity: 1 }] } }, owner);
      return data?.placeOrder?.order.total.amount;
    };
    await eventually('the new price holds', async () => (await total()) === 900);
  });

  test("a customer's new name stands on their orders, also while accounts cannot be reached", async () => {
    const token = await world.signIn('customer-13047@example.com');
    await world.ask(UpdateProfileDocument, { input: { name: 'Renamed' } }, token);
    const number = await place(token, [{ sku: '71053', quantity: 1 }]);
    await eventually('the name arrived', async () => (await world.ask(OrderDocument, { number }, token)).data?.order?.customerName === 'Renamed');
    await world.rooms.user.process.stop(4_000);
    const { data } = await world.ask(OrderDocument, { number }, token);
    expect(data?.order).toMatchObject({ customer: null, customerName: 'Renamed' });
  });
});

const orderPage = (after: string | null | undefined) => world.ask(OrderDocument, { number: '573585', first: 100, after }, staff);

const databaseName = (url: string): string => new URL(url).pathname.slice(1);

/** As the server itself logged them, one line each, by database. */
const statements = async (): Promise<Record<Room, number>> => {
  const lines = readFileSync(process.env[TEST_LOG_VARIABLE] ?? '', 'utf8').split('\n');
  const of = (room: Room): number => {
    // By database and application: the relay of a room's outbox looks by itself, over connections of its own.
    const prefix = `${databaseName(world.rooms[room].database.url)}/${room} LOG:  `;
    // `select 1` is the readiness probe, which anybody may ask for at any time.
    const counted = lines.filter((line) => line.startsWith(`${prefix}execute`) || line.startsWith(`${prefix}statement`));
    return counted.filter((line) => line !== `${prefix}statement: select 1`).length;
  };
  return { category: of('category'), user: of('user'), order: of('order') };
};
