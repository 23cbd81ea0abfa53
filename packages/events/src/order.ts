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
const command = z.object({
  number: z.string(),
  actor,
  expectedVersion: z.int().positive().optional().describe('An order that has another version is not touched. Left out: any version.'),
  idempotency: z
    .object({ key: z.string(), requestHash: z.string() })
    .optional()
    .describe(
      'The key that the request came with: the order subgraph does what it stands for once, at whatever door it came. Left out: there is none.',
    ),
});

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
  description:
    'Pay an order on behalf of somebody, whose rights of that moment are checked when the command is carried out. Subject: the number of the order.',
  data: command,
} as const satisfies Contract;

export const cancelOrderCommand = {
  type: 'order.cancel.v1',
  kind: 'command',
  source: 'rest',
  description:
    'Cancel an order on behalf of somebody, whose rights of that moment are checked when the command is carried out. Subject: the number of the order.',
  data: command,
} as const satisfies Contract;

export const shipOrderCommand = {
  type: 'order.ship.v1',
  kind: 'command',
  source: 'rest',
  description:
    'Ship an order on behalf of somebody, whose rights of that moment are checked when the command is carried out. Subject: the number of the order.',
  data: command,
} as const satisfies Contract;

export const orderCommandFinished = {
  type: 'order.command-finished.v1',
  kind: 'event',
  source: 'order',
  internal: true,
  description: 'A command was carried out or refused; whoever sent it is told. Subject: the number of the order.',
  data: z.object({
    commandId: z.string().describe('The id of the command.'),
    number: z.string(),
    succeeded: z.boolean(),
    error: z.object({ code: z.string(), message: z.string() }).nullable().describe('Why it was refused; null when it was carried out.'),
  }),
} as const satisfies Contract;
