import { type Caller, requireService } from '@supergraph/identity/caller';
import type { Money } from '../domain/order.ts';
import type { TransactOrders } from './ports.ts';

/** Keeps the shop's own price list as fresh as the catalogue. */
export const keepPrice =
  ({ transact }: { transact: TransactOrders }) =>
  async (caller: Caller, { sku, price, changedAt }: { sku: string; price: Money; changedAt: Date }): Promise<void> => {
    requireService(caller, 'change the price list');
    await transact((orders) => orders.keepPrice(sku, price, changedAt));
  };

/** Keeps the names that stand on the documents of orders. */
export const keepCustomer =
  ({ transact }: { transact: TransactOrders }) =>
  async (caller: Caller, { id, name, changedAt }: { id: string; name: string; changedAt: Date }): Promise<void> => {
    requireService(caller, 'keep customers');
    await transact((orders) => orders.keepCustomer(id, name, changedAt));
  };
