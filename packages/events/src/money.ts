import { z } from 'zod';

/** Integer minor units and an ISO 4217 code. */
export const money = z.object({
  amount: z.int().describe('In minor units: pence, cents.'),
  currency: z.string().length(3).describe('ISO 4217.'),
});
