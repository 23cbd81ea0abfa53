import { z } from 'zod';
import { paymentRefused } from '../domain/errors.ts';
import type { PaymentProvider } from '../use-cases/ports.ts';

const DEADLINE_MS = 5_000;
const MAX_REASON = 200;
/** Answers that time can change, beside those of 500 and more. */
const WORTH_ANOTHER_TRY = new Set([401, 403, 408, 425, 429]);

const answer = z.object({ id: z.string().min(1).max(128) });
const refusal = z.object({ errors: z.array(z.object({ message: z.string() })).min(1) });

export interface PaymentProviderOptions {
  /** For instance `http://127.0.0.1:4040`. */
  url: string;
  key: string;
  deadlineMs?: number;
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const reasonOf = (status: number, body: unknown): string => {
  const { data } = refusal.safeParse(body);
  return (data?.errors[0]?.message ?? `answer ${status}`).slice(0, MAX_REASON);
};

/** The provider's HTTP API, as the payment sandbox has it. */
export const createPaymentProvider = ({ url, key, deadlineMs = DEADLINE_MS }: PaymentProviderOptions): PaymentProvider => {
  const post = async (path: string, { amount: money, ...rest }: { amount: { amount: number; currency: string } }): Promise<string> => {
    const response = await fetch(new URL(path, url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ ...rest, amount: money.amount, currency: money.currency }),
      redirect: 'error',
      signal: AbortSignal.timeout(deadlineMs),
    });
    const body = parsed(await response.text());
    if (response.ok) return answer.parse(body).id;
    if (response.status >= 500 || WORTH_ANOTHER_TRY.has(response.status)) throw new Error(`the payment provider answered ${response.status}`);
    throw paymentRefused(reasonOf(response.status, body));
  };
  return {
    start: async (payment) => ({ paymentId: await post('/payments', payment) }),
    refund: async (payment) => void (await post('/refunds', payment)),
  };
};
