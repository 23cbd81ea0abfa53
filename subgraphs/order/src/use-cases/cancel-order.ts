import type { Caller } from '@supergraph/identity/caller';
import { cancel, type Order } from '../domain/order.ts';
import { changeOrder } from './change-order.ts';
import type { TransactOrders } from './ports.ts';

export const cancelOrder =
  ({ transact }: { transact: TransactOrders }) =>
  (caller: Caller, number: string): Promise<Order> =>
    changeOrder(transact, caller, number, 'cancel an order', cancel);
