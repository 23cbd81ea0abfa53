import { DomainError } from '@supergraph/errors';
import type { Alert, DuePayment, PaymentProvider, PaymentQueue } from './ports.ts';

const AT_A_TIME = 10;
/** Longer than any call to the provider may take, so that two processes do not ask at once. */
const LEASE_MS = 15_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 300_000;
/** About half a minute after the first. */
const ALERT_AT_ATTEMPT = 7;

interface Deps {
  queue: PaymentQueue;
  provider: PaymentProvider;
  alert: Alert;
  random?: () => number;
}

/** Doubled each time, half of it random. */
const retryAfterMs = (attempt: number, random: () => number): number => {
  const full = Math.min(FIRST_RETRY_MS * 2 ** (attempt - 1), LONGEST_RETRY_MS);
  return Math.round(full / 2 + (random() * full) / 2);
};

const ask = async ({ queue, provider }: Deps, { payment }: DuePayment): Promise<void> => {
  const { id, orderNumber, amount, providerId } = payment;
  if (payment.status === 'refund-due' && providerId !== undefined) {
    await provider.refund({ paymentId: providerId, amount, idempotencyKey: `${id}:refund` });
    return queue.refundTaken(id);
  }
  const { paymentId } = await provider.start({ orderNumber, amount, idempotencyKey: id });
  await queue.started(id, paymentId);
};

const isRefusal = (error: unknown): error is DomainError => error instanceof DomainError && error.code === 'PAYMENT_REFUSED';

const askOne = async (deps: Deps, due: DuePayment): Promise<void> => {
  const { queue, alert, random = Math.random } = deps;
  const { payment, attempt } = due;
  try {
    await ask(deps, due);
  } catch (error) {
    const details = { payment: payment.id, order: payment.orderNumber, attempt, err: error };
    const isRefund = payment.status === 'refund-due';
    if (isRefusal(error) && !isRefund) return queue.failed(payment.id, error.message);
    // A customer waits for this money: it is asked for until somebody settles it.
    if (isRefund && isRefusal(error)) alert('the payment provider refuses a refund', details);
    else if (attempt === ALERT_AT_ATTEMPT) alert('the payment provider does not do what it is asked', details);
    await queue.later(payment.id, retryAfterMs(attempt, random));
  }
};

/** Asks the provider for what is due: payments to start and refunds. @returns how many were taken. */
export const askProvider = (deps: Deps) => async (): Promise<number> => {
  const due = await deps.queue.claim(AT_A_TIME, LEASE_MS);
  await Promise.all(due.map((one) => askOne(deps, one)));
  return due.length;
};
