import type { Caller } from '@supergraph/identity/caller';
import { type Order, pay } from '../domain/order.ts';
import { changeOrder } from './change-order.ts';
import type { TransactOrders } from './ports.ts';

export const payOrder =
  ({ transact }: { transact: TransactOrders }) =>
  (caller: Caller, number: string): Promise<Order> =>
    changeOrder(transact, caller, number, 'pay an order', pay);
