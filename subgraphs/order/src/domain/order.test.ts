import { describe, expect, test } from 'vitest';
import { cancel, type Money, type Order, type OrderStatus, pay, place, ship } from './order.ts';

const gbp = (amount: number): Money => ({ amount, currency: 'GBP' });
const PRICES = new Map([
  ['L1', gbp(1_000)],
  ['C1', gbp(250)],
  ['FREE', gbp(0)],
]);
const HEADER = { id: '1', number: 'W1', customerId: '7', placedAt: new Date('2026-01-01T00:00:00Z') };
const order = (status: OrderStatus): Order => ({ ...HEADER, status, total: gbp(1), version: 1 });
const invalid = (field: string) => expect.objectContaining({ code: 'ORDER_INVALID', kind: 'invalid', details: { field } });

describe('placing an order', () => {
  test("takes the shop's prices, numbers the lines and adds them up", () => {
    expect(
      place(
        HEADER,
        [
          { sku: 'L1', quantity: 2 },
          { sku: 'C1', quantity: 3 },
          { sku: 'L1', quantity: 1 },
        ],
        PRICES,
      ),
    ).toEqual({
      order: { ...HEADER, status: 'PENDING', total: gbp(3_750), version: 1 },
      lines: [
        { line: 1, sku: 'L1', quantity: 2, unitPrice: gbp(1_000) },
        { line: 2, sku: 'C1', quantity: 3, unitPrice: gbp(250) },
        { line: 3, sku: 'L1', quantity: 1, unitPrice: gbp(1_000) },
      ],
    });
  });

  test('gives away what is free', () => {
    expect(place(HEADER, [{ sku: 'FREE', quantity: 1 }], PRICES).order.total).toEqual(gbp(0));
  });

  test('needs 1 to 100 lines', () => {
    const lines = (count: number) => Array.from({ length: count }, () => ({ sku: 'C1', quantity: 1 }));
    expect(place(HEADER, lines(100), PRICES).lines).toHaveLength(100);
    for (const count of [0, 101]) expect(() => place(HEADER, lines(count), PRICES)).toThrow(invalid('items'));
  });

  test('needs a whole number of 1 to 100,000 pieces in each line, and names the line that has not', () => {
    expect(place(HEADER, [{ sku: 'FREE', quantity: 100_000 }], PRICES).lines[0]?.quantity).toBe(100_000);
    for (const quantity of [0, -1, 1.5, 100_001, Number.NaN])
      expect(() =>
        place(
          HEADER,
          [
            { sku: 'C1', quantity: 1 },
            { sku: 'C1', quantity },
          ],
          PRICES,
        ),
      ).toThrow(invalid('items[1].quantity'));
  });

  test('names everything that is not for sale at once, each once', () => {
    const items = ['X1', 'L1', 'X2', 'X1', 'toString'].map((sku) => ({ sku, quantity: 1 }));
    expect(() => place(HEADER, items, PRICES)).toThrow(
      expect.objectContaining({ code: 'PRODUCT_NOT_FOR_SALE', kind: 'failed-precondition', details: { skus: ['X1', 'X2', 'toString'], more: 0 } }),
    );
  });

  test('names ten at most of what is not for sale, shortened, and how many more there are', () => {
    const items = Array.from({ length: 100 }, (_, number) => ({ sku: `${number}`.padEnd(256, 'x'), quantity: 1 }));
    const named = Array.from({ length: 10 }, (_, number) => `${`${number}`.padEnd(40, 'x')}…`);
    expect(() => place(HEADER, items, PRICES)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(`${named.join(', ')} and 90 more.`), details: { skus: named, more: 90 } }),
    );
  });

  test('reaches the largest amount that GraphQL can carry, and goes not beyond', () => {
    const prices = new Map([
      ['BIG', gbp(2_147_483_646)],
      ['ONE', gbp(1)],
    ]);
    const items = (pence: number) => [
      { sku: 'BIG', quantity: 1 },
      { sku: 'ONE', quantity: pence },
    ];
    expect(place(HEADER, items(1), prices).order.total).toEqual(gbp(2_147_483_647));
    expect(() => place(HEADER, items(2), prices)).toThrow(
      expect.objectContaining({ code: 'ORDER_TOTAL_TOO_LARGE', kind: 'invalid', details: { maximum: 2_147_483_647 } }),
    );
  });
});

describe('the status of an order', () => {
  const steps = { pay, ship, cancel };
  const outcome = (step: keyof typeof steps, status: OrderStatus): string => {
    try {
      return steps[step](order(status)).status;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const STATUSES: OrderStatus[] = ['PENDING', 'PAID', 'SHIPPED', 'CANCELLED'];
  const NO = 'ORDER_STATUS_CONFLICT';

  test('goes from pending to paid to shipped, and to cancelled until it is shipped', () => {
    expect(STATUSES.map((status) => outcome('pay', status))).toEqual(['PAID', NO, NO, NO]);
    expect(STATUSES.map((status) => outcome('ship', status))).toEqual([NO, 'SHIPPED', NO, NO]);
    expect(STATUSES.map((status) => outcome('cancel', status))).toEqual(['CANCELLED', 'CANCELLED', NO, NO]);
  });

  test('and the version are all that a step changes', () => {
    const pending = order('PENDING');
    expect(pay(pending)).toEqual({ ...pending, status: 'PAID', version: 2 });
    expect(pending.status).toBe('PENDING');
  });

  test('tells what it is and what it would have to be when a step is refused', () => {
    expect(() => cancel(order('SHIPPED'))).toThrow(
      expect.objectContaining({
        kind: 'failed-precondition',
        message: "Order 'W1' is SHIPPED; only an order that is PENDING or PAID can be cancelled.",
        details: { number: 'W1', status: 'SHIPPED', allowed: ['PENDING', 'PAID'] },
      }),
    );
  });
});
