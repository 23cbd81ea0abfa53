import type { Caller } from '@supergraph/identity/caller';
import { createBatchLoader, createPageLoader } from '@supergraph/service/loaders';
import type { ReadOrders } from '../use-cases/read-orders.ts';

/** One set a request: each turns any number of reads of one tick into one statement. */
export const createLoaders = (read: ReadOrders, caller: Caller) => ({
  orderByNumber: createBatchLoader((numbers) => read.byNumber(caller, numbers)),
  orderById: createBatchLoader((ids) => read.byId(caller, ids)),
  ordersOfCustomer: createPageLoader((customerIds, page) => read.ofCustomers(caller, customerIds, page)),
  ordersWithProduct: createPageLoader((skus, page) => read.withProducts(caller, skus, page)),
  lines: createPageLoader((orderNumbers, page) => read.lines(caller, orderNumbers, page)),
  customerName: createBatchLoader((customerIds) => read.customerNames(caller, customerIds)),
  paymentStatus: createBatchLoader((orderNumbers) => read.paymentStatuses(caller, orderNumbers)),
  sales: createBatchLoader((skus) => read.sales(caller, skus)),
});

export type Loaders = ReturnType<typeof createLoaders>;
