import { pay } from '../domain/order.ts';
import { orderPaidEvent } from '../domain/order-events.ts';
import { changeOrder } from './change-order.ts';

/** The customer's own order, or any as staff. */
export const payOrder = changeOrder({ action: 'pay an order', change: pay, event: orderPaidEvent });
