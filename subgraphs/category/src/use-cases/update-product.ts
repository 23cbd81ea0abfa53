import { requireVersion } from '@supergraph/errors/version-mismatch';
import { type Caller, requireStaff } from '@supergraph/identity/caller';
import { productPriceChangedEvent } from '../domain/catalogue-events.ts';
import { categoryNotFound, productNotFound } from '../domain/errors.ts';
import { type Money, type Product, withChange } from '../domain/product.ts';
import type { CatalogueWriter, EventStamps, TransactCatalogue } from './ports.ts';

export interface UpdateProduct {
  sku: string;
  name?: string | undefined;
  price?: Money | undefined;
  categorySlug?: string | undefined;
}

const categoryIdOf = async ({ categories }: CatalogueWriter, slug: string | undefined): Promise<string | undefined> => {
  if (slug === undefined) return undefined;
  const category = (await categories.bySlugs([slug])).get(slug);
  if (category === undefined) throw categoryNotFound(slug);
  return category.id;
};

/** What is left out stays as it is. A price that is given is published, also when it is the same. */
export const updateProduct =
  ({ transact, now, newId }: { transact: TransactCatalogue } & EventStamps) =>
  (caller: Caller, { sku, name, price, categorySlug }: UpdateProduct, expectedVersion?: number): Promise<Product> => {
    requireStaff(caller, 'change products');
    return transact(async (catalogue, publish) => {
      const found = (await catalogue.products.bySkus([sku])).get(sku);
      if (found === undefined) throw productNotFound(sku);
      requireVersion(`Product '${sku}'`, expectedVersion, found.version);
      const categoryId = await categoryIdOf(catalogue, categorySlug);
      const changed = await catalogue.products.change(withChange(found, { name, price, categoryId }));
      if (price !== undefined) await publish(productPriceChangedEvent(changed, found.price, { id: newId(), time: now() }));
      return changed;
    });
  };
