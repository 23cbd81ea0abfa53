import { type Caller, signInRequired } from '@supergraph/identity/caller';
import type { Page, PageRequest } from '@supergraph/pagination';
import type { Order, OrderLine, OrderStatus } from '../domain/order.ts';
import type { PaymentStatus } from '../domain/payment.ts';
import type { ProductSales } from '../domain/product-sales.ts';
import { visibilityOf } from '../domain/visibility.ts';
import type { OrderReader } from './ports.ts';

/** Every read of orders, each cut to what the caller may see. */
export const readOrders = (orders: OrderReader) => ({
  byNumber: (caller: Caller, numbers: readonly string[]): Promise<Map<string, Order>> => orders.byNumbers(numbers, visibilityOf(caller)),
  byId: (caller: Caller, ids: readonly string[]): Promise<Map<string, Order>> => orders.byIds(ids, visibilityOf(caller)),

  list: async (caller: Caller, filter: { status: OrderStatus | undefined }, page: PageRequest): Promise<Page<Order>> => {
    if (caller.role === 'anonymous') throw signInRequired('list orders');
    return orders.list(filter, visibilityOf(caller), page);
  },

  ofCustomers: (caller: Caller, customerIds: readonly string[], page: PageRequest): Promise<Map<string, Page<Order>>> =>
    orders.ofCustomers(customerIds, visibilityOf(caller), page),
  withProducts: (caller: Caller, skus: readonly string[], page: PageRequest): Promise<Map<string, Page<Order>>> =>
    orders.withProducts(skus, visibilityOf(caller), page),

  /** Only for orders this caller was given before: the numbers come from our own answers, never from a client. */
  lines: (_caller: Caller, orderNumbers: readonly string[], page: PageRequest): Promise<Map<string, Page<OrderLine>>> =>
    orders.lines(orderNumbers, page),

  /** Only for customers of orders this caller was given before. */
  customerNames: (_caller: Caller, customerIds: readonly string[]): Promise<Map<string, string>> => orders.customerNames(customerIds),

  /** Only for orders this caller was given before. */
  paymentStatuses: (_caller: Caller, orderNumbers: readonly string[]): Promise<Map<string, PaymentStatus>> => orders.paymentStatuses(orderNumbers),

  /** How well a product sells is public. */
  sales: (_caller: Caller, skus: readonly string[]): Promise<Map<string, ProductSales>> => orders.sales(skus),
});

export type ReadOrders = ReturnType<typeof readOrders>;
