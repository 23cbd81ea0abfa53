import type { Caller } from '@supergraph/identity/caller';
import type { Category } from '../domain/category.ts';
import type { Product } from '../domain/product.ts';
import type { ReadCatalogue } from '../use-cases/read-catalogue.ts';

export const toCategoryMessage = ({ id, slug, name, parentId, version }: Category, parentSlug: string | undefined) => ({
  id,
  slug,
  name,
  parentId,
  parentSlug,
  version,
});

export const toProductMessage = ({ id, sku, name, price, categoryId, version }: Product, categorySlug: string | undefined) => ({
  id,
  sku,
  name,
  price: { amount: price.amount, currency: price.currency },
  categoryId,
  categorySlug,
  version,
});

/** `path` leads from the root to the category itself. */
export const toPathMessage = (path: readonly Category[]) => path.map((category, level) => toCategoryMessage(category, path[level - 1]?.slug));

/** The slugs that messages tell beside ids, of many in one read. */
const slugsOf = async (
  read: ReadCatalogue,
  caller: Caller,
  ids: readonly (string | undefined)[],
): Promise<(id: string | undefined) => string | undefined> => {
  const wanted = [...new Set(ids.filter((id) => id !== undefined))];
  const found = wanted.length === 0 ? new Map<string, Category>() : await read.categoriesById(caller, wanted);
  return (id) => (id === undefined ? undefined : found.get(id)?.slug);
};

export const toCategoryMessages = async (read: ReadCatalogue, caller: Caller, categories: readonly Category[]) => {
  const slugOf = await slugsOf(
    read,
    caller,
    categories.map(({ parentId }) => parentId),
  );
  return categories.map((category) => toCategoryMessage(category, slugOf(category.parentId)));
};

export const toProductMessages = async (read: ReadCatalogue, caller: Caller, products: readonly Product[]) => {
  const slugOf = await slugsOf(
    read,
    caller,
    products.map(({ categoryId }) => categoryId),
  );
  return products.map((product) => toProductMessage(product, slugOf(product.categoryId)));
};
