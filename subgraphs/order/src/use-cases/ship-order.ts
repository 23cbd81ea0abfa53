import { type Caller, requireStaff } from '@supergraph/identity/caller';
import { type Order, ship } from '../domain/order.ts';
import { orderShippedEvent } from '../domain/order-events.ts';
import { changeOrder } from './change-order.ts';
import type { EventStamps, TransactOrders } from './ports.ts';

const move = changeOrder({ action: 'ship orders', change: ship, event: orderShippedEvent });

/** Staff only. */
export const shipOrder =
  (deps: { transact: TransactOrders } & EventStamps) =>
  async (caller: Caller, number: string, expectedVersion?: number): Promise<Order> => {
    requireStaff(caller, 'ship orders');
    return move(deps)(caller, number, expectedVersion);
  };
