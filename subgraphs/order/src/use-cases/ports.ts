import type { Envelope } from '@supergraph/events/envelope';
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
  /** As the documents of orders name them. */
  customerNames(customerIds: readonly string[]): Promise<Map<string, string>>;
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
  /** Keeps the newest: a price that changed before the one we have is ignored. */
  keepPrice(sku: string, price: Money, changedAt: Date): Promise<void>;
  /** Keeps the newest, likewise. */
  keepCustomer(id: string, name: string, changedAt: Date): Promise<void>;
}

/** The event is published if and only if the transaction commits. */
export type Publish = (event: Envelope) => Promise<void>;

export type TransactOrders = <Result>(work: (orders: OrderWriter, publish: Publish) => Promise<Result>) => Promise<Result>;

/** What makes one event unlike another. */
export interface EventStamps {
  now: () => Date;
  newId: () => string;
}

/**
 * Runs what a message asks for in one transaction with the note that it was handled; a message that was handled before
 * does nothing.
 */
export type Once = (messageId: string, work: (transact: TransactOrders) => Promise<unknown>) => Promise<void>;
