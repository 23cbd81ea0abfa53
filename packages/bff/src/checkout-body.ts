import { z } from 'zod';

const item = z.strictObject({
  sku: z
    .string()
    .min(1)
    .max(256)
    .meta({ description: 'The stock keeping unit.', examples: ['85123A'] }),
  quantity: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .meta({ description: 'How many.', examples: [2] }),
});

/** What to order; the price is the shop's, never the client's. */
export const checkoutBody = z.strictObject({
  items: z.array(item).min(1).max(100).meta({ description: 'The lines of the order.' }),
});
