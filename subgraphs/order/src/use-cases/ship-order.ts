import { type Caller, requireStaff } from '@supergraph/identity/caller';
import { type Order, ship } from '../domain/order.ts';
import { changeOrder } from './change-order.ts';
import type { TransactOrders } from './ports.ts';

export const shipOrder =
  ({ transact }: { transact: TransactOrders }) =>
  async (caller: Caller, number: string): Promise<Order> => {
    requireStaff(caller, 'ship orders');
    return changeOrder(transact, caller, number, 'ship orders', ship);
  };
