import { createHash } from 'node:crypto';
import { type Contract, toEnvelope } from '@supergraph/events/contract';
import type { Envelope } from '@supergraph/events/envelope';
import { paymentFailed, paymentRefunded, paymentSettled } from '@supergraph/events/payment';
import { z } from 'zod';
import { callbackMalformed } from './callback-errors.ts';

/** What the provider calls the news, and the event it becomes. */
const CONTRACTS: ReadonlyMap<string, Contract> = new Map<string, Contract>([
  ['payment.settled', paymentSettled],
  ['payment.failed', paymentFailed],
  ['payment.refunded', paymentRefunded],
]);

const payload = z.object({ type: z.string().min(1).max(128), timestamp: z.iso.datetime(), data: z.record(z.string(), z.unknown()) });
const payment = z.object({ orderNumber: z.string().min(1).max(256), paymentId: z.string().min(1).max(128) });

/** One callback, verified. */
export interface Callback {
  id: string;
  type: string;
  bodyHash: string;
  /** What to publish; none of news that mean nothing here. */
  event: Envelope | undefined;
}

const jsonOf = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    throw callbackMalformed('the body is not JSON');
  }
};

const checked = <Value>(schema: z.ZodType<Value>, value: unknown): Value => {
  const { data, error } = schema.safeParse(value);
  if (error) throw callbackMalformed(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  return data as Value;
};

/** Ids of events are unique for ever, and those of callbacks too. */
const eventOf = (id: string, contract: Contract, { timestamp, data }: z.infer<typeof payload>): Envelope => {
  const { orderNumber } = checked(payment, data);
  return toEnvelope(contract, { id: `callback-${id}`, subject: orderNumber, time: new Date(timestamp), data: checked(contract.data, data) });
};

/** @throws CALLBACK_MALFORMED */
export const readCallback = (id: string, body: string): Callback => {
  const told = checked(payload, jsonOf(body));
  const contract = CONTRACTS.get(told.type);
  return {
    id,
    type: told.type,
    bodyHash: createHash('sha256').update(body).digest('hex'),
    event: contract && eventOf(id, contract, told),
  };
};
