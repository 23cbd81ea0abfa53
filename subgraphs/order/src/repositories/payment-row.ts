import type { Payment, PaymentStatus } from '../domain/payment.ts';

export interface PaymentRow {
  id: string;
  order_number: string;
  status: PaymentStatus;
  provider_id: string | null;
  amount: number;
  currency: string;
  reason: string | null;
  created_at: Date;
}

export const PAYMENT_COLUMNS = 'id, order_number, status, provider_id, amount, currency, reason, created_at';

export const toPayment = (row: PaymentRow): Payment => ({
  id: row.id,
  orderNumber: row.order_number,
  status: row.status,
  providerId: row.provider_id ?? undefined,
  amount: { amount: row.amount, currency: row.currency },
  reason: row.reason ?? undefined,
  createdAt: row.created_at,
});
