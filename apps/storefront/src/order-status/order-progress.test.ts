import { expect, test } from 'vitest';
import type { OrderState } from '../views/view-types.ts';
import { canCancel, canPay, nextLookMs, nextLookOfAllMs } from './order-progress.ts';

type PaymentStatus = NonNullable<OrderState['payment']>['status'];
const order = (status: OrderState['status'], payment?: PaymentStatus): OrderState => ({
  number: '1',
  status,
  payment: payment === undefined ? null : { status: payment },
});

test.each<[OrderState['status'], PaymentStatus | undefined, { pay: boolean; cancel: boolean; wait: number | undefined }]>([
  ['PENDING', undefined, { pay: true, cancel: true, wait: 15_000 }],
  ['PENDING', 'REQUESTED', { pay: false, cancel: true, wait: 1_000 }],
  ['PENDING', 'FAILED', { pay: true, cancel: true, wait: 15_000 }],
  ['PAID', 'SETTLED', { pay: false, cancel: true, wait: 15_000 }],
  ['SHIPPED', 'SETTLED', { pay: false, cancel: false, wait: undefined }],
  ['CANCELLED', undefined, { pay: false, cancel: false, wait: undefined }],
  ['CANCELLED', 'REFUND_DUE', { pay: false, cancel: false, wait: 1_000 }],
  ['CANCELLED', 'REFUNDED', { pay: false, cancel: false, wait: undefined }],
])('%s with payment %s', (status, payment, expected) => {
  const state = order(status, payment);
  expect({ pay: canPay(state), cancel: canCancel(state), wait: nextLookMs(state) }).toEqual(expected);
});

test('of several orders the most urgent one decides; when all are final nothing is asked', () => {
  expect(nextLookOfAllMs([order('SHIPPED'), order('PENDING'), order('PENDING', 'STARTED')])).toBe(1_000);
  expect(nextLookOfAllMs([order('SHIPPED'), order('CANCELLED')])).toBeUndefined();
});

test('beside a stream only what it does not tell is looked for: how payments end that change no status', () => {
  const followed = (...orders: OrderState[]) => nextLookOfAllMs(orders, () => true);
  expect([followed(order('PENDING')), followed(order('PAID', 'SETTLED'))]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  expect([followed(order('PENDING', 'STARTED')), followed(order('CANCELLED', 'REFUND_DUE'))]).toEqual([5_000, 1_000]);
  expect(followed(order('SHIPPED', 'SETTLED'), order('CANCELLED'))).toBeUndefined();
  expect(nextLookOfAllMs([order('PENDING'), { ...order('PAID'), number: '2' }], ({ number }) => number === '2')).toBe(15_000);
});
