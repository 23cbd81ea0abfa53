import { describe, expect, test } from 'vitest';
import type { Order, OrderStatus } from './order.ts';
import { afterCancellation, fail, type Payment, type PaymentStatus, paymentOf, refunded, requestPayment, settle } from './payment.ts';

const gbp = (amount: number) => ({ amount, currency: 'GBP' });
const order = (status: OrderStatus): Order => ({
  id: '1',
  number: 'W1',
  customerId: '7',
  status,
  placedAt: new Date(0),
  total: gbp(500),
  version: 1,
});
const payment = (status: PaymentStatus, more: Partial<Payment> = {}): Payment => ({
  ...requestPayment(order('PENDING'), { id: 'p1', createdAt: new Date(0) }),
  status,
  ...more,
});
const ALL: PaymentStatus[] = ['requested', 'started', 'settled', 'failed', 'refund-due', 'refunded'];

describe('news of a payment', () => {
  const news = { paymentId: 'pay_1', amount: gbp(500) };

  test('are about the one with its id, otherwise about the newest whose id is not known yet', () => {
    const known = payment('failed', { id: 'a', providerId: 'pay_1' });
    const [older, newer] = [payment('failed', { id: 'b' }), payment('requested', { id: 'c' })];
    expect(paymentOf('W1', [older, newer, known], news)).toEqual(known);
    expect(paymentOf('W1', [older, newer], news)).toEqual({ ...newer, providerId: 'pay_1' });
  });

  test('of a payment nobody began are refused', () => {
    const unknown = expect.objectContaining({ code: 'PAYMENT_UNKNOWN', kind: 'failed-precondition' });
    expect(() => paymentOf('W1', [], news)).toThrow(unknown);
    expect(() => paymentOf('W1', [payment('started', { providerId: 'pay_2' })], news)).toThrow(unknown);
  });

  test.each([
    ['a penny less', gbp(499)],
    ['a penny more', gbp(501)],
    ['another currency', { amount: 500, currency: 'USD' }],
    ['nothing', gbp(0)],
  ])('of another amount are refused: %s', (_what, amount) => {
    expect(() => paymentOf('W1', [payment('started', { providerId: 'pay_1' })], { paymentId: 'pay_1', amount })).toThrow(
      expect.objectContaining({ code: 'PAYMENT_AMOUNT_MISMATCH', kind: 'failed-precondition' }),
    );
  });
});

describe('a payment that settles', () => {
  const outcome = (orderStatus: OrderStatus) => (status: PaymentStatus) => {
    const settled = settle(order(orderStatus), payment(status));
    return [settled.order.status, settled.payment.status];
  };

  test('pays an order that waits for it, also after it had failed', () => {
    expect(ALL.map(outcome('PENDING'))).toEqual([
      ['PAID', 'settled'],
      ['PAID', 'settled'],
      ['PENDING', 'settled'],
      ['PAID', 'settled'],
      ['PENDING', 'refund-due'],
      ['PENDING', 'refunded'],
    ]);
  });

  test.each<OrderStatus>(['PAID', 'SHIPPED', 'CANCELLED'])('goes back when the order is %s', (status) => {
    expect(ALL.map(outcome(status))).toEqual(
      ['refund-due', 'refund-due', 'settled', 'refund-due', 'refund-due', 'refunded'].map((becomes) => [status, becomes]),
    );
  });
});

test('a payment fails only while it is under way', () => {
  expect(ALL.map((status) => fail(payment(status), 'Declined.').status)).toEqual(['failed', 'failed', 'settled', 'failed', 'refund-due', 'refunded']);
  expect(fail(payment('started'), 'Declined.').reason).toBe('Declined.');
});

test('a cancellation gives back what was paid, calls off what was not begun, and leaves the rest to be told', () => {
  expect(ALL.map((status) => afterCancellation(payment(status)).status)).toEqual([
    'failed',
    'started',
    'refund-due',
    'failed',
    'refund-due',
    'refunded',
  ]);
});

test('whatever it was, what went back went back', () => {
  expect(ALL.map((status) => refunded(payment(status)).status)).toEqual(ALL.map(() => 'refunded'));
});
