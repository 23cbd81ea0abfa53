import type { Sql } from '@supergraph/database/database';
import type { PaymentQueue } from '../use-cases/ports.ts';
import { PAYMENT_COLUMNS, type PaymentRow, toPayment } from './payment-row.ts';

/** An event may have moved a payment on while the provider was asked: every note holds for the status it was asked in only. */
export const createPaymentQueue = (sql: Sql): PaymentQueue => ({
  claim: async (limit, leaseMs) => {
    const rows = await sql.query<PaymentRow & { attempts: number }>(
      `update payments set attempts = attempts + 1, next_attempt_at = now() + $2 * interval '1 millisecond'
        where id = any (array(select id from payments where next_attempt_at <= now() order by next_attempt_at limit $1 for update skip locked))
       returning ${PAYMENT_COLUMNS}, attempts`,
      [limit, leaseMs],
    );
    return rows.map((row) => ({ payment: toPayment(row), attempt: row.attempts }));
  },
  started: async (id, providerId) => {
    await sql.query(
      `update payments set provider_id = coalesce(provider_id, $2), status = case when status = 'requested' then 'started' else status end,
         next_attempt_at = case when status = 'requested' then null else next_attempt_at end
        where id = $1`,
      [id, providerId],
    );
  },
  failed: async (id, reason) => {
    await sql.query("update payments set status = 'failed', reason = $2, next_attempt_at = null where id = $1 and status = 'requested'", [
      id,
      reason,
    ]);
  },
  refundTaken: async (id) => {
    await sql.query("update payments set next_attempt_at = null where id = $1 and status = 'refund-due'", [id]);
  },
  later: async (id, afterMs) => {
    await sql.query(
      `update payments set next_attempt_at = now() + $2 * interval '1 millisecond' where id = $1 and status in ('requested', 'refund-due')`,
      [id, afterMs],
    );
  },
});
