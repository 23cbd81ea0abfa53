import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import type { Page, PageRequest } from '@supergraph/pagination';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Order, OrderLine, OrderStatus } from '../domain/order.ts';
import type { Visibility } from '../domain/visibility.ts';
import type { OrderReader, TransactOrders } from '../use-cases/ports.ts';
import { createOrderReader } from './order-reader.postgres.ts';
import { createTransactOrders } from './order-writer.postgres.ts';

const EVERYONE: Visibility = { everyone: true };
const ADA: Visibility = { customerId: 'ada' };
const NOBODY: Visibility = { nobody: true };

let fixture: TestDatabase;
let reader: OrderReader;
let transact: TransactOrders;

beforeAll(async () => {
  fixture = await createTestDatabase('order', new URL('../../migrations/', import.meta.url));
  reader = createOrderReader(fixture.database);
  transact = createTransactOrders(fixture.database);
});
afterAll(() => fixture.drop());
beforeEach(() => fixture.database.query('truncate orders, order_items, price_list'));

const gbp = (amount: number) => ({ amount, currency: 'GBP' });
const day = (number: number): Date => new Date(Date.UTC(2026, 0, number));

interface Given {
  customer?: string;
  status?: OrderStatus;
  placedAt?: Date;
  lines?: readonly (readonly [sku: string, quantity: number, pence: number])[];
}

const add = async (number: string, { customer, status = 'PENDING', placedAt = day(1), lines = [['L1', 1, 100]] }: Given = {}): Promise<Order> => {
  const order = { id: randomUUID(), number, customerId: customer, status, placedAt, total: gbp(1), version: 1 };
  const rows = lines.map(([sku, quantity, pence], index) => ({ line: index + 1, sku, quantity, unitPrice: gbp(pence) }));
  await transact((orders) => orders.add(order, rows));
  return order;
};
const numbers = (page: Page<Order> | undefined): string[] => page?.items.map(({ number }) => number) ?? [];
const first = (limit: number): PageRequest => ({ limit, after: undefined });

/** Reads page after page, as a client does who follows the cursors. */
const follow = async (limit: number, read: (page: PageRequest) => Promise<Page<Order> | undefined>): Promise<string[][]> => {
  const pages: string[][] = [];
  let request = first(limit);
  for (;;) {
    const page = await read(request);
    pages.push(numbers(page));
    const last = page?.items.at(-1);
    if (!page?.hasNextPage || last === undefined) return pages;
    request = { limit, after: [last.placedAt.toISOString(), last.number] };
  }
};

describe('an order', () => {
  test('comes back as it was written, by number and by id', async () => {
    const placed = await add('1', { customer: 'ada', placedAt: new Date('2026-02-03T04:05:06.789Z') });
    const guest = await add('2');
    expect(await reader.byNumbers(['1', '2', 'none'], EVERYONE)).toEqual(
      new Map([
        ['1', placed],
        ['2', guest],
      ]),
    );
    expect(await reader.byIds([placed.id, randomUUID(), 'no uuid'], EVERYONE)).toEqual(new Map([[placed.id, placed]]));
  });

  test('is written with all its lines or not at all', async () => {
    const order = { id: randomUUID(), number: '1', customerId: undefined, status: 'PENDING' as const, placedAt: day(1), total: gbp(1), version: 1 };
    const bad = [
      { line: 1, sku: 'L1', quantity: 1, unitPrice: gbp(1) },
      { line: 2, sku: 'L1', quantity: 0, unitPrice: gbp(1) },
    ];
    await expect(transact((orders) => orders.add(order, bad))).rejects.toThrow('order_items_quantity_check');
    expect(await reader.byNumbers(['1'], EVERYONE)).toEqual(new Map());
    expect(await fixture.database.query('select 1 from order_items')).toEqual([]);
  });

  test('changes its status and version, and nothing else', async () => {
    const placed = await add('1', { customer: 'ada' });
    const other = await add('2');
    await transact((orders) => orders.changeStatus({ ...placed, status: 'PAID', total: gbp(999) }));
    expect([...(await reader.byNumbers(['1', '2'], EVERYONE)).values()]).toEqual(
      expect.arrayContaining([{ ...placed, status: 'PAID', version: 2 }, other]),
    );
  });

  test('is locked from when it is found until the transaction ends, so that two cannot both pay it', async () => {
    await add('1');
    const seen: OrderStatus[] = [];
    const payOnce = () =>
      transact(async (orders) => {
        const order = (await orders.find('1')) as Order;
        seen.push(order.status);
        // Long enough for the others to look at it too.
        await sleep(100);
        if (order.status === 'PENDING') await orders.changeStatus({ ...order, status: 'PAID' });
      });
    await Promise.all([payOnce(), payOnce(), payOnce()]);
    expect(seen).toEqual(['PENDING', 'PAID', 'PAID']);
    expect(await transact((orders) => orders.find('none'))).toBeUndefined();
  });

  test('gets a number of its own, also at the same moment', async () => {
    const given = await Promise.all(Array.from({ length: 20 }, () => transact((orders) => orders.nextNumber())));
    expect(new Set(given).size).toBe(20);
    for (const number of given) expect(number).toMatch(/^W\d{7}$/);
  });
});

describe('the price list', () => {
  test('tells the prices of what is for sale', async () => {
    await fixture.database.query(`insert into price_list values ('L1', 1000, 'GBP'), ('C1', 0, 'GBP')`);
    expect(await transact((orders) => orders.prices(['L1', 'C1', 'none']))).toEqual(
      new Map([
        ['L1', gbp(1_000)],
        ['C1', gbp(0)],
      ]),
    );
  });
});

describe('the list of orders', () => {
  test('is newest first, and by number within one moment', async () => {
    await add('10', { placedAt: day(1) });
    await add('11', { placedAt: day(3) });
    await add('12', { placedAt: day(2) });
    await add('9', { placedAt: day(2) });
    expect(numbers(await reader.list({ status: undefined }, EVERYONE, first(10)))).toEqual(['11', '9', '12', '10']);
  });

  test('loses and repeats nothing where pages break within one moment', async () => {
    for (let number = 1; number <= 7; number++) await add(String(number), { placedAt: day(number === 1 ? 1 : 2) });
    const read = (page: PageRequest) => reader.list({ status: undefined }, EVERYONE, page);
    expect(await follow(2, read)).toEqual([['7', '6'], ['5', '4'], ['3', '2'], ['1']]);
    expect(await follow(7, read)).toEqual([['7', '6', '5', '4', '3', '2', '1']]);
  });

  test('shows everybody’s to who may see them, else one’s own, else none', async () => {
    await add('1', { customer: 'ada' });
    await add('2', { customer: 'bob' });
    await add('3');
    const list = async (visibility: Visibility) => numbers(await reader.list({ status: undefined }, visibility, first(10)));
    expect([await list(EVERYONE), await list(ADA), await list(NOBODY)]).toEqual([['3', '2', '1'], ['1'], []]);
  });

  test('keeps to one status when asked, together with the page and with whose orders they are', async () => {
    for (const [index, status] of (['PAID', 'PENDING', 'PAID', 'CANCELLED', 'PAID'] as const).entries())
      await add(String(index + 1), { status, customer: index === 4 ? 'bob' : 'ada' });
    const paid = (visibility: Visibility) => (page: PageRequest) => reader.list({ status: 'PAID' }, visibility, page);
    expect(await follow(1, paid(EVERYONE))).toEqual([['5'], ['3'], ['1']]);
    expect(await follow(1, paid(ADA))).toEqual([['3'], ['1']]);
  });
});

describe('one order or many', () => {
  test('of another customer are absent, by number and by id', async () => {
    const adas = await add('1', { customer: 'ada' });
    const bobs = await add('2', { customer: 'bob' });
    const guests = await add('3');
    const [all, ids] = [
      ['1', '2', '3'],
      [adas.id, bobs.id, guests.id],
    ];
    expect([...(await reader.byNumbers(all, ADA)).keys()]).toEqual(['1']);
    expect([...(await reader.byIds(ids, ADA)).keys()]).toEqual([adas.id]);
    expect([(await reader.byNumbers(all, NOBODY)).size, (await reader.byIds(ids, NOBODY)).size]).toEqual([0, 0]);
  });
});

describe('the orders of many customers at once', () => {
  test('are a page for each, and customers without any are left out', async () => {
    for (const [number, customer] of [
      ['1', 'ada'],
      ['2', 'bob'],
      ['3', 'ada'],
      ['4', 'ada'],
    ] as const)
      await add(number, { customer, placedAt: day(Number(number)) });
    const pages = await reader.ofCustomers(['bob', 'nobody', 'ada'], EVERYONE, first(2));
    expect([...pages.keys()].sort()).toEqual(['ada', 'bob']);
    expect([numbers(pages.get('ada')), pages.get('ada')?.hasNextPage]).toEqual([['4', '3'], true]);
    expect([numbers(pages.get('bob')), pages.get('bob')?.hasNextPage]).toEqual([['2'], false]);
  });

  test('go on after a cursor across one moment', async () => {
    for (let number = 1; number <= 5; number++) await add(String(number), { customer: 'ada' });
    const read = async (page: PageRequest) => (await reader.ofCustomers(['ada'], EVERYONE, page)).get('ada');
    expect(await follow(2, read)).toEqual([['5', '4'], ['3', '2'], ['1']]);
  });

  test('are empty for customers one may not see', async () => {
    await add('1', { customer: 'ada' });
    await add('2', { customer: 'bob' });
    expect([...(await reader.ofCustomers(['ada', 'bob'], ADA, first(5))).keys()]).toEqual(['ada']);
    expect((await reader.ofCustomers(['ada', 'bob'], NOBODY, first(5))).size).toBe(0);
  });
});

describe('the orders with many products at once', () => {
  test('are a page for each product, and hold an order once however many lines name the product', async () => {
    await add('1', {
      lines: [
        ['L1', 1, 100],
        ['C1', 1, 50],
        ['L1', 2, 90],
      ],
    });
    await add('2', { lines: [['L1', 1, 100]] });
    await add('3', { lines: [['C1', 1, 50]] });
    const pages = await reader.withProducts(['L1', 'C1', 'none'], EVERYONE, first(1));
    expect([...pages].map(([sku, page]) => [sku, numbers(page), page.hasNextPage]).sort()).toEqual([
      ['C1', ['3'], true],
      ['L1', ['2'], true],
    ]);
    expect(await follow(1, async (page) => (await reader.withProducts(['L1'], EVERYONE, page)).get('L1'))).toEqual([['2'], ['1']]);
  });

  test('are one’s own only', async () => {
    await add('1', { customer: 'ada' });
    await add('2', { customer: 'bob' });
    expect(numbers((await reader.withProducts(['L1'], ADA, first(5))).get('L1'))).toEqual(['1']);
    expect((await reader.withProducts(['L1'], NOBODY, first(5))).size).toBe(0);
  });
});

describe('the lines of many orders at once', () => {
  test('are in the order of their numbers, a page for each order', async () => {
    const twelve = Array.from({ length: 12 }, (_, index) => [`S${12 - index}`, index + 1, 100 + index] as const);
    await add('1', { lines: twelve });
    await add('2', { lines: [['L1', 1, 1]] });
    const lineNumbers = (page: Page<OrderLine> | undefined) => page?.items.map(({ line }) => line);

    const pages = await reader.lines(['2', '1', 'none'], first(10));
    expect([...pages.keys()].sort()).toEqual(['1', '2']);
    expect([lineNumbers(pages.get('1')), pages.get('1')?.hasNextPage]).toEqual([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], true]);
    expect(pages.get('1')?.items[9]).toEqual({ line: 10, sku: 'S3', quantity: 10, unitPrice: gbp(109) });
    expect([lineNumbers(pages.get('2')), pages.get('2')?.hasNextPage]).toEqual([[1], false]);

    const rest = await reader.lines(['1', '2'], { limit: 10, after: [10] });
    expect([...rest].map(([number, page]) => [number, lineNumbers(page), page.hasNextPage])).toEqual([['1', [11, 12], false]]);
  });
});

describe('sales', () => {
  test('count what was paid or shipped, and neither what is pending nor what was cancelled', async () => {
    await add('1', {
      status: 'PAID',
      lines: [
        ['L1', 2, 100],
        ['L1', 1, 90],
      ],
    });
    await add('2', {
      status: 'SHIPPED',
      lines: [
        ['L1', 4, 80],
        ['C1', 1, 0],
      ],
    });
    await add('3', { status: 'PENDING', lines: [['L1', 100, 1_000]] });
    await add('4', {
      status: 'CANCELLED',
      lines: [
        ['L1', 100, 1_000],
        ['X1', 1, 1],
      ],
    });
    expect(await reader.sales(['L1', 'C1', 'X1', 'none'])).toEqual(
      new Map([
        ['L1', { unitsSold: 7, revenue: 610 }],
        ['C1', { unitsSold: 1, revenue: 0 }],
      ]),
    );
  });

  test('go beyond 32 bits, line by line and in sum', async () => {
    for (const number of ['1', '2']) await add(number, { status: 'PAID', lines: [['L1', 100_000, 2_000_000_000]] });
    expect(await reader.sales(['L1'])).toEqual(new Map([['L1', { unitsSold: 200_000, revenue: 400_000_000_000_000 }]]));
  });
});
