import { cancel } from '../domain/order.ts';
import { orderCancelledEvent } from '../domain/order-events.ts';
import { afterCancellation } from '../domain/payment.ts';
import { changeOrder } from './change-order.ts';
import type { OrderWriter } from './ports.ts';

const refund = async (orders: OrderWriter, { number }: { number: string }): Promise<void> => {
  for (const payment of await orders.payments(number)) {
    const changed = afterCancellation(payment);
    if (changed !== payment) await orders.savePayment(changed);
  }
};

/** The customer's own order, or any as staff. What was paid is refunded. */
export const cancelOrder = changeOrder({ action: 'cancel an order', change: cancel, event: orderCancelledEvent, also: refund });
