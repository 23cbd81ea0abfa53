import type { Page, PageRequest } from '@supergraph/pagination';
import type { Money, Order, OrderLine, OrderStatus } from '../domain/order.ts';
import type { ProductSales } from '../domain/product-sales.ts';
import type { Visibility } from '../domain/visibility.ts';

/** Batched reads answer a map by the key they were asked for; what is absent or not visible has no entry. */
export interface OrderReader {
  byNumbers(numbers: readonly string[], visibility: Visibility): Promise<Map<string, Order>>;
  byIds(ids: readonly string[], visibility: Visibility): Promise<Map<string, Order>>;
  list(filter: { status: OrderStatus | undefined }, visibility: Visibility, page: PageRequest): Promise<Page<Order>>;
  ofCustomers(customerIds: readonly string[], visibility: Visibility, page: PageRequest): Promise<Map<string, Page<Order>>>;
  withProducts(skus: readonly string[], visibility: Visibility, page: PageRequest): Promise<Map<string, Page<Order>>>;
  lines(orderNumbers: readonly string[], page: PageRequest): Promise<Map<string, Page<OrderLine>>>;
  sales(skus: readonly string[]): Promise<Map<string, ProductSales>>;
}

/** Inside one transaction. */
export interface OrderWriter {
  nextNumber(): Promise<string>;
  /** The shop's own prices; a sku that is not for sale has no entry. */
  prices(skus: readonly string[]): Promise<Map<string, Money>>;
  add(order: Order, lines: readonly OrderLine[]): Promise<void>;
  /** Locks the order until the transaction ends. */
  find(number: string): Promise<Order | undefined>;
  changeStatus(order: Order): Promise<void>;
}

export type TransactOrders = <Result>(work: (orders: OrderWriter) => Promise<Result>) => Promise<Result>;
