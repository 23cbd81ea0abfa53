import { cancel } from '../domain/order.ts';
import { orderCancelledEvent } from '../domain/order-events.ts';
import { changeOrder } from './change-order.ts';

/** The customer's own order, or any as staff. */
export const cancelOrder = changeOrder({ action: 'cancel an order', change: cancel, event: orderCancelledEvent });
