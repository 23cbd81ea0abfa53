import type { Order, OrderStatus } from '../domain/order.ts';

export interface OrderRow {
  id: string;
  number: string;
  customer_id: string | null;
  status: OrderStatus;
  placed_at: Date;
  total_amount: number;
  total_currency: string;
  version: number;
}

export const ORDER_COLUMNS = 'id, number, customer_id, status, placed_at, total_amount, total_currency, version';

export const toOrder = (row: OrderRow): Order => ({
  id: row.id,
  number: row.number,
  customerId: row.customer_id ?? undefined,
  status: row.status,
  placedAt: row.placed_at,
  total: { amount: row.total_amount, currency: row.total_currency },
  version: row.version,
});
