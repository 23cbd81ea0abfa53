import { type Caller, requireService } from '@supergraph/identity/caller';
import { orderNotFound } from '../domain/errors.ts';
import type { Order } from '../domain/order.ts';
import { orderPaidEvent } from '../domain/order-events.ts';
import { fail, type Payment, type PaymentNews, paymentOf, refunded, settle } from '../domain/payment.ts';
import type { EventStamps, TransactOrders } from './ports.ts';

interface Told extends PaymentNews {
  orderNumber: string;
}

type Change = (order: Order, payment: Payment) => { order: Order; payment: Payment };

/** Takes in what the provider tells, in whatever order and however often it comes. An order that becomes PAID by it is announced. */
const recordPayment =
  (change: Change) =>
  ({ transact, now, newId }: { transact: TransactOrders } & EventStamps) =>
  async (caller: Caller, { orderNumber, ...news }: Told): Promise<void> => {
    requireService(caller, 'tell what became of a payment');
    await transact(async (orders, publish) => {
      const order = await orders.find(orderNumber);
      if (order === undefined) throw orderNotFound(orderNumber);
      const changed = change(order, paymentOf(orderNumber, await orders.payments(orderNumber), news));
      await orders.savePayment(changed.payment);
      if (changed.order.status === order.status) return;
      await orders.changeStatus(changed.order);
      await publish(orderPaidEvent(changed.order, { id: newId(), time: now() }));
    });
  };

export const settlePayment = recordPayment(settle);
export const failPayment = (reason: string) => recordPayment((order, payment) => ({ order, payment: fail(payment, reason) }));
export const refundPayment = recordPayment((order, payment) => ({ order, payment: refunded(payment) }));
