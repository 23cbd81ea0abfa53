import { z } from 'zod';
import type { Contract } from './contract.ts';
import { money } from './money.ts';

const reference = z.object({
  id: z.string(),
  number: z.string(),
  customerId: z.string().nullable().describe('Id of the account; null for a guest.'),
  total: money,
});
const actor = z.object({ role: z.enum(['customer', 'staff', 'admin']), userId: z.string() }).describe('On whose behalf.');

export const orderPlaced = {
  type: 'order.placed.v1',
  kind: 'event',
  source: 'order',
  description: 'An order was placed and waits for its payment. Subject: its number.',
  data: reference.extend({ items: z.array(z.object({ sku: z.string(), quantity: z.int(), unitPrice: money })) }),
} as const satisfies Contract;

export const orderPaid = {
  type: 'order.paid.v1',
  kind: 'event',
  source: 'order',
  description: 'An order was paid. Subject: its number.',
  data: reference,
} as const satisfies Contract;

export const orderShipped = {
  type: 'order.shipped.v1',
  kind: 'event',
  source: 'order',
  description: 'An order was shipped. Subject: its number.',
  data: reference,
} as const satisfies Contract;

export const orderCancelled = {
  type: 'order.cancelled.v1',
  kind: 'event',
  source: 'order',
  description: 'An order was cancelled, by its customer or by staff. Subject: its number.',
  data: reference,
} as const satisfies Contract;

export const payOrderCommand = {
  type: 'order.pay.v1',
  kind: 'command',
  source: 'rest',
  description: 'Pay an order on behalf of somebody, whose rights are checked when the command is carried out. Subject: the number of the order.',
  data: z.object({ number: z.string(), actor }),
} as const satisfies Contract;

export const cancelOrderCommand = {
  type: 'order.cancel.v1',
  kind: 'command',
  source: 'rest',
  description: 'Cancel an order on behalf of somebody, whose rights are checked when the command is carried out. Subject: the number of the order.',
  data: z.object({ number: z.string(), actor }),
} as const satisfies Contract;
