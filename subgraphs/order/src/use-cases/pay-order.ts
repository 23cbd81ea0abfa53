import { type Caller, signInRequired } from '@supergraph/identity/caller';
import { orderPaymentsExhausted } from '../domain/errors.ts';
import { type Order, pay } from '../domain/order.ts';
import { isAwaited, requestPayment } from '../domain/payment.ts';
import { findVisible } from './change-order.ts';
import type { EventStamps, TransactOrders } from './ports.ts';

const MAX_PAYMENTS = 20;

/**
 * Starts the payment of the customer's own order, or of any as staff. The order stays PENDING until the provider has the money.
 * While a payment is under way no second one is started.
 */
export const payOrder =
  ({ transact, now, newId }: { transact: TransactOrders } & EventStamps) =>
  async (caller: Caller, number: string, expectedVersion?: number): Promise<Order> => {
    if (caller.role === 'anonymous') throw signInRequired('pay an order');
    return transact(async (orders) => {
      const order = await findVisible(orders, caller, number, expectedVersion);
      // Refuses what could not become PAID.
      pay(order);
      const payments = await orders.payments(number);
      if (payments.some((payment) => isAwaited(payment, now()))) return order;
      if (payments.length >= MAX_PAYMENTS) throw orderPaymentsExhausted(number, MAX_PAYMENTS);
      await orders.savePayment(requestPayment(order, { id: newId(), createdAt: now() }));
      return order;
    });
  };
