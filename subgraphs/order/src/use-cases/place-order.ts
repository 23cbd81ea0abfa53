import { type Caller, requireUser } from '@supergraph/identity/caller';
import { type Order, type OrderedItem, place } from '../domain/order.ts';
import { orderPlacedEvent } from '../domain/order-events.ts';
import type { EventStamps, TransactOrders } from './ports.ts';

export const placeOrder =
  ({ transact, now, newId }: { transact: TransactOrders } & EventStamps) =>
  (caller: Caller, items: readonly OrderedItem[]): Promise<Order> => {
    const { userId } = requireUser(caller, 'place an order');
    return transact(async (orders, publish) => {
      const prices = await orders.prices(items.map(({ sku }) => sku));
      const { order, lines } = place({ id: newId(), number: await orders.nextNumber(), customerId: userId, placedAt: now() }, items, prices);
      await orders.add(order, lines);
      await publish(orderPlacedEvent(order, lines, { id: newId(), time: order.placedAt }));
      return order;
    });
  };
