import { z } from 'zod';
import type { Contract } from './contract.ts';
import { money } from './money.ts';

const payment = z.object({ paymentId: z.string(), orderNumber: z.string(), amount: money });

export const paymentSettled = {
  type: 'payment.settled.v1',
  kind: 'event',
  source: 'webhooks',
  description: 'The payment provider has the money for an order. Subject: the number of the order.',
  data: payment,
} as const satisfies Contract;

export const paymentFailed = {
  type: 'payment.failed.v1',
  kind: 'event',
  source: 'webhooks',
  description: 'The payment provider could not take the money for an order. Subject: the number of the order.',
  data: payment.extend({ reason: z.string() }),
} as const satisfies Contract;

export const paymentRefunded = {
  type: 'payment.refunded.v1',
  kind: 'event',
  source: 'webhooks',
  description: 'The payment provider has given the money of an order back. Subject: the number of the order.',
  data: payment,
} as const satisfies Contract;
