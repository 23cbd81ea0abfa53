import { paymentAmountMismatch, paymentUnknown } from './errors.ts';
import { type Money, type Order, pay } from './order.ts';

/** `refund-due`: the money is with the provider and has to go back. */
export type PaymentStatus = 'requested' | 'started' | 'settled' | 'failed' | 'refund-due' | 'refunded';

/** One attempt to take the money for an order. */
export interface Payment {
  id: string;
  orderNumber: string;
  status: PaymentStatus;
  /** The provider's own id, once it is known. */
  providerId: string | undefined;
  amount: Money;
  /** Why it failed. */
  reason: string | undefined;
  createdAt: Date;
}

/** What the provider tells of a payment. */
export interface PaymentNews {
  paymentId: string;
  amount: Money;
}

export const requestPayment = (order: Order, stamp: Pick<Payment, 'id' | 'createdAt'>): Payment => ({
  ...stamp,
  orderNumber: order.number,
  status: 'requested',
  providerId: undefined,
  amount: order.total,
  reason: undefined,
});

const PATIENCE_MS = 900_000;

const isUnderWay = ({ status }: Payment): boolean => status === 'requested' || status === 'started';

/** Whether no other payment may be started beside it. One of which nothing is heard does not hold up the order for ever. */
export const isAwaited = (payment: Payment, now: Date): boolean =>
  payment.status === 'requested' || (payment.status === 'started' && now.getTime() - payment.createdAt.getTime() < PATIENCE_MS);

const told = ({ amount, currency }: Money): string => `${amount} ${currency}`;

/**
 * The payment that news are about, with the provider's id noted. A callback may overtake the answer to our own request, so a
 * payment without an id is taken for it.
 * @throws PAYMENT_UNKNOWN, PAYMENT_AMOUNT_MISMATCH
 */
export const paymentOf = (orderNumber: string, payments: readonly Payment[], { paymentId, amount }: PaymentNews): Payment => {
  const payment = payments.find(({ providerId }) => providerId === paymentId) ?? payments.findLast(({ providerId }) => providerId === undefined);
  if (payment === undefined) throw paymentUnknown(orderNumber, paymentId);
  if (payment.amount.amount !== amount.amount || payment.amount.currency !== amount.currency)
    throw paymentAmountMismatch(orderNumber, paymentId, told(payment.amount), told(amount));
  return { ...payment, providerId: paymentId };
};

/** The money is there: for the order when it waits for it, otherwise to be given back. News that come twice or late change nothing. */
export const settle = (order: Order, payment: Payment): { order: Order; payment: Payment } => {
  if (!isUnderWay(payment) && payment.status !== 'failed') return { order, payment };
  const settled: Payment = { ...payment, reason: undefined, status: order.status === 'PENDING' ? 'settled' : 'refund-due' };
  return { order: order.status === 'PENDING' ? pay(order) : order, payment: settled };
};

/** Only a payment that is under way can fail: that the money came is the stronger news, whichever arrives first. */
export const fail = (payment: Payment, reason: string): Payment => (isUnderWay(payment) ? { ...payment, status: 'failed', reason } : payment);

export const refunded = (payment: Payment): Payment => ({ ...payment, status: 'refunded' });

/** What becomes of a payment when its order is cancelled. One that was started goes on, and is refunded when it settles. */
export const afterCancellation = (payment: Payment): Payment => {
  if (payment.status === 'settled') return { ...payment, status: 'refund-due' };
  return payment.status === 'requested' ? fail(payment, 'The order was cancelled.') : payment;
};
