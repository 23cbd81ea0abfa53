import { requireVersion } from '@supergraph/errors/version-mismatch';
import type { Envelope } from '@supergraph/events/envelope';
import { type Caller, signInRequired } from '@supergraph/identity/caller';
import { orderNotFound } from '../domain/errors.ts';
import type { Order } from '../domain/order.ts';
import type { Stamp } from '../domain/order-events.ts';
import { isVisible, visibilityOf } from '../domain/visibility.ts';
import type { EventStamps, OrderWriter, TransactOrders } from './ports.ts';

/** One step of an order's way: what it is called, what it does, and what it tells. */
interface Step {
  action: string;
  change: (order: Order) => Order;
  event: (order: Order, stamp: Stamp) => Envelope;
  /** What else happens in the same transaction. */
  also?: (orders: OrderWriter, order: Order) => Promise<void>;
}

/** The order, locked. One that the caller may not see answers exactly as one that does not exist. @throws VERSION_MISMATCH */
export const findVisible = async (orders: OrderWriter, caller: Caller, number: string, expectedVersion: number | undefined): Promise<Order> => {
  const order = await orders.find(number);
  if (order === undefined || !isVisible(order, visibilityOf(caller))) throw orderNotFound(number);
  requireVersion(`Order '${number}'`, expectedVersion, order.version);
  return order;
};

/** Moves an order the caller may see along its way. */
export const changeOrder =
  ({ action, change, event, also }: Step) =>
  ({ transact, now, newId }: { transact: TransactOrders } & EventStamps) =>
  async (caller: Caller, number: string, expectedVersion?: number): Promise<Order> => {
    if (caller.role === 'anonymous') throw signInRequired(action);
    return transact(async (orders, publish) => {
      const changed = change(await findVisible(orders, caller, number, expectedVersion));
      await orders.changeStatus(changed);
      await also?.(orders, changed);
      await publish(event(changed, { id: newId(), time: now() }));
      return changed;
    });
  };
