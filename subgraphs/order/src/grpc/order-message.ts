import type { Caller } from '@supergraph/identity/caller';
import type { Order, OrderLine } from '../domain/order.ts';
import type { PaymentStatus } from '../domain/payment.ts';
import type { ReadOrders } from '../use-cases/read-orders.ts';

/** What gRPC tells of an order. */
export type OrderMessage = ReturnType<typeof toOrderMessage>;

const toOrderMessage = (
  { id, number, status, placedAt, total, customerId, version }: Order,
  customerName: string | undefined,
  payment: PaymentStatus | undefined,
) => ({
  id,
  number,
  status,
  placedAt: placedAt.toISOString(),
  total,
  customerId,
  customerName,
  paymentStatus: payment?.toUpperCase().replaceAll('-', '_'),
  version,
});

/** Orders with the names of their customers and what became of their payments: two statements, however many orders. */
export const toOrderMessages = async (read: ReadOrders, caller: Caller, orders: readonly Order[]): Promise<OrderMessage[]> => {
  if (orders.length === 0) return [];
  const customerIds = new Set(orders.map(({ customerId }) => customerId).filter((id) => id !== undefined));
  // One after the other: inside a transaction both go over one connection.
  const names = customerIds.size === 0 ? new Map<string, string>() : await read.customerNames(caller, [...customerIds]);
  const numbers = orders.map(({ number }) => number);
  const payments = await read.paymentStatuses(caller, numbers);
  return orders.map((order) => toOrderMessage(order, names.get(order.customerId ?? ''), payments.get(order.number)));
};

export const toItemMessage = ({ line, sku, quantity, unitPrice }: OrderLine) => ({
  line,
  sku,
  quantity,
  unitPrice,
  total: { amount: quantity * unitPrice.amount, currency: unitPrice.currency },
});
