import type { Money, Order, OrderLine, OrderStatus } from '../domain/order.ts';
import type { PaymentStatus } from '../domain/payment.ts';

/** What leaves the order subgraph. `customerId` only leads to the customer. */
export interface OrderDto {
  id: string;
  number: string;
  status: OrderStatus;
  placedAt: string;
  total: Money;
  customerId: string | undefined;
}

export interface OrderItemDto {
  line: number;
  quantity: number;
  unitPrice: Money;
  total: Money;
  product: ProductReference;
}

/** The key of a product; with `price` when the router sends it along for a field that requires it. */
export interface ProductReference {
  sku: string;
  price?: { amount: number } | null;
}

export interface UserReference {
  id: string;
}

export const toOrderDto = ({ id, number, status, placedAt, total, customerId }: Order): OrderDto => ({
  id,
  number,
  status,
  placedAt: placedAt.toISOString(),
  total: { amount: total.amount, currency: total.currency },
  customerId,
});

const PAYMENT_STATUSES = {
  requested: 'REQUESTED',
  started: 'STARTED',
  settled: 'SETTLED',
  failed: 'FAILED',
  'refund-due': 'REFUND_DUE',
  refunded: 'REFUNDED',
} as const satisfies Record<PaymentStatus, string>;

export const toPaymentDto = (status: PaymentStatus) => ({ status: PAYMENT_STATUSES[status] });

export const toOrderItemDto = ({ line, sku, quantity, unitPrice }: OrderLine): OrderItemDto => ({
  line,
  quantity,
  unitPrice: { amount: unitPrice.amount, currency: unitPrice.currency },
  total: { amount: quantity * unitPrice.amount, currency: unitPrice.currency },
  product: { sku },
});
