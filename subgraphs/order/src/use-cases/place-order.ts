import { type Caller, requireUser } from '@supergraph/identity/caller';
import { type Order, type OrderedItem, place } from '../domain/order.ts';
import type { TransactOrders } from './ports.ts';

export const placeOrder =
  ({ transact, now, newId }: { transact: TransactOrders; now: () => Date; newId: () => string }) =>
  (caller: Caller, items: readonly OrderedItem[]): Promise<Order> => {
    const { userId } = requireUser(caller, 'place an order');
    return transact(async (orders) => {
      const prices = await orders.prices(items.map(({ sku }) => sku));
      const { order, lines } = place({ id: newId(), number: await orders.nextNumber(), customerId: userId, placedAt: now() }, items, prices);
      await orders.add(order, lines);
      return order;
    });
  };
