import { toEnvelope } from '@supergraph/events/contract';
import type { Envelope } from '@supergraph/events/envelope';
import { orderCancelled, orderPaid, orderPlaced, orderShipped } from '@supergraph/events/order';
import type { Order, OrderLine } from './order.ts';

/** The id of an event, and when it happened. */
export interface Stamp {
  id: string;
  time: Date;
}

const reference = ({ id, number, customerId, total }: Order) => ({ id, number, customerId: customerId ?? null, total });

export const orderPlacedEvent = (order: Order, lines: readonly OrderLine[], stamp: Stamp): Envelope => {
  const items = lines.map(({ sku, quantity, unitPrice }) => ({ sku, quantity, unitPrice }));
  return toEnvelope(orderPlaced, { ...stamp, subject: order.number, data: { ...reference(order), items } });
};

const changed =
  (contract: typeof orderPaid | typeof orderShipped | typeof orderCancelled) =>
  (order: Order, stamp: Stamp): Envelope =>
    toEnvelope(contract, { ...stamp, subject: order.number, data: reference(order) });

export const orderPaidEvent = changed(orderPaid);
export const orderShippedEvent = changed(orderShipped);
export const orderCancelledEvent = changed(orderCancelled);
