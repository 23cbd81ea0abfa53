import { z } from 'zod';
import type { Contract } from './contract.ts';
import { money } from './money.ts';

const category = z.object({ id: z.string(), slug: z.string(), name: z.string(), parentId: z.string().nullable().describe('Null for a root.') });
const product = z.object({ id: z.string(), sku: z.string(), name: z.string(), price: money, categoryId: z.string() });

export const categoryCreated = {
  type: 'category.created.v1',
  kind: 'event',
  source: 'category',
  description: 'A category was added. Subject: its id.',
  data: category,
} as const satisfies Contract;

export const categoryUpdated = {
  type: 'category.updated.v1',
  kind: 'event',
  source: 'category',
  description: 'A category was renamed or moved; the data show it as it is now. Subject: its id.',
  data: category,
} as const satisfies Contract;

export const categoryDeleted = {
  type: 'category.deleted.v1',
  kind: 'event',
  source: 'category',
  description: 'An empty category was deleted. Subject: its id.',
  data: z.object({ id: z.string(), slug: z.string() }),
} as const satisfies Contract;

export const productCreated = {
  type: 'product.created.v1',
  kind: 'event',
  source: 'category',
  description: 'A product was added. Subject: its sku.',
  data: product,
} as const satisfies Contract;

export const productPriceChanged = {
  type: 'product.price-changed.v1',
  kind: 'event',
  source: 'category',
  description: 'The list price of a product changed. Subject: its sku.',
  data: z.object({ sku: z.string(), price: money, previousPrice: money }),
} as const satisfies Contract;
