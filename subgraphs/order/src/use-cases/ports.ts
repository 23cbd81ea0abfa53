import type { Envelope } from '@supergraph/events/envelope';
import type { UserCaller } from '@supergraph/identity/caller';
import type { Page, PageRequest } from '@supergraph/pagination';
import type { Money, Order, OrderLine, OrderStatus } from '../domain/order.ts';
import type { Payment, PaymentStatus } from '../domain/payment.ts';
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
  /** Of the payment that tells most: the one that settled, otherwise the newest. */
  paymentStatuses(orderNumbers: readonly string[]): Promise<Map<string, PaymentStatus>>;
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
  /** Of an order that was found before, oldest first; locked like it. */
  payments(orderNumber: string): Promise<Payment[]>;
  /** Adds or changes it. What now has to be asked of the provider is due at once. */
  savePayment(payment: Payment): Promise<void>;
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

/** A write that a caller may send again, and that then must not happen again. */
export interface IdempotentRequest {
  callerId: string;
  key: string;
  operation: string;
  requestHash: string;
}

/**
 * Runs a write once for each key of a caller, in one transaction with its answer, and answers every later one as the first. Without a
 * request it runs each time. What `orders` reads is what `transact` has written. The answer has to be plain JSON.
 */
export type Idempotently = <Result>(
  request: IdempotentRequest | undefined,
  work: (transact: TransactOrders, orders: OrderReader) => Promise<Result>,
) => Promise<Result>;

/**
 * Runs what a message asks for in one transaction with the note that it was handled; a message that was handled before
 * does nothing. `idempotently` works inside that transaction.
 */
export type Once = (messageId: string, work: (transact: TransactOrders, idempotently: Idempotently) => Promise<unknown>) => Promise<void>;

/**
 * An account with the role that it has at this moment, for work that it asked for earlier. Throws USER_NOT_FOUND or DEVELOPMENT_ACCOUNT when it
 * may not be used any more, SERVICE_UNAVAILABLE while the user subgraph is away.
 */
export type CurrentRights = (userId: string, signal: AbortSignal) => Promise<UserCaller>;

/** What has to be asked of the payment provider. */
export interface DuePayment {
  payment: Payment;
  /** 1 for the first. */
  attempt: number;
}

/** Each call is a transaction of its own: none is open while the provider is asked. */
export interface PaymentQueue {
  /** Takes at most `limit` that are due, for `leaseMs`: after that they are due again, whatever became of us. */
  claim(limit: number, leaseMs: number): Promise<DuePayment[]>;
  started(id: string, providerId: string): Promise<void>;
  failed(id: string, reason: string): Promise<void>;
  /** The provider has taken the refund on; that it happened is told by an event. */
  refundTaken(id: string): Promise<void>;
  later(id: string, afterMs: number): Promise<void>;
}

/**
 * Whoever takes the money. The same `idempotencyKey` does the same thing once. Throws PAYMENT_REFUSED when it says no for good;
 * whatever else it throws may go well later.
 */
export interface PaymentProvider {
  start(payment: { orderNumber: string; amount: Money; idempotencyKey: string }): Promise<{ paymentId: string }>;
  refund(payment: { paymentId: string; amount: Money; idempotencyKey: string }): Promise<void>;
}

/** Tells a person what nobody else can put right, such as trouble with money. */
export type Alert = (message: string, details: Readonly<Record<string, unknown>>) => void;
