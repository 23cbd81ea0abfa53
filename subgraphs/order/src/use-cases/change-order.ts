import type { Envelope } from '@supergraph/events/envelope';
import { type Caller, signInRequired } from '@supergraph/identity/caller';
import { orderNotFound } from '../domain/errors.ts';
import type { Order } from '../domain/order.ts';
import type { Stamp } from '../domain/order-events.ts';
import { isVisible, visibilityOf } from '../domain/visibility.ts';
import type { EventStamps, TransactOrders } from './ports.ts';

/** One step of an order's way: what it is called, what it does, and what it tells. */
interface Step {
  action: string;
  change: (order: Order) => Order;
  event: (order: Order, stamp: Stamp) => Envelope;
}

/** Moves an order the caller may see along its way. An order they may not see answers exactly as one that does not exist. */
export const changeOrder =
  ({ action, change, event }: Step) =>
  ({ transact, now, newId }: { transact: TransactOrders } & EventStamps) =>
  async (caller: Caller, number: string): Promise<Order> => {
    if (caller.role === 'anonymous') throw signInRequired(action);
    return transact(async (orders, publish) => {
      const order = await orders.find(number);
      if (order === undefined || !isVisible(order, visibilityOf(caller))) throw orderNotFound(number);
      const changed = change(order);
      await orders.changeStatus(changed);
      await publish(event(changed, { id: newId(), time: now() }));
      return changed;
    });
  };
