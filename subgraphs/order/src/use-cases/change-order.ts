import { type Caller, signInRequired } from '@supergraph/identity/caller';
import { orderNotFound } from '../domain/errors.ts';
import type { Order } from '../domain/order.ts';
import { isVisible, visibilityOf } from '../domain/visibility.ts';
import type { TransactOrders } from './ports.ts';

/** Moves an order the caller may see along its way. An order they may not see answers exactly as one that does not exist. */
export const changeOrder = (
  transact: TransactOrders,
  caller: Caller,
  number: string,
  action: string,
  change: (order: Order) => Order,
): Promise<Order> => {
  if (caller.role === 'anonymous') throw signInRequired(action);
  return transact(async (orders) => {
    const order = await orders.find(number);
    if (order === undefined || !isVisible(order, visibilityOf(caller))) throw orderNotFound(number);
    const changed = change(order);
    await orders.changeStatus(changed);
    return changed;
  });
};
