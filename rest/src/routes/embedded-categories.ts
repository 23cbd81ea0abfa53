import type { Caller } from '@supergraph/identity/caller';
import { toCategoryResource } from '../resources/category.ts';
import type { Subgraphs } from '../subgraphs.ts';

/** The categories of a page of products, by slug: one call however many there are. */
export const embeddedCategories = async (
  subgraphs: Subgraphs,
  products: readonly { categorySlug: string }[],
  caller: Caller,
): Promise<ReadonlyMap<string, object>> => {
  const slugs = [...new Set(products.map(({ categorySlug }) => categorySlug))];
  if (slugs.length === 0) return new Map();
  const { categories } = await subgraphs.category('GetCategories', { slugs });
  return new Map(categories.map((category) => [category.slug, toCategoryResource(category, caller)]));
};
