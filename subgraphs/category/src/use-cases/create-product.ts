import { type Caller, requireStaff } from '@supergraph/identity/caller';
import { productCreatedEvent } from '../domain/catalogue-events.ts';
import { categoryNotFound } from '../domain/errors.ts';
import { type Money, newProduct, type Product } from '../domain/product.ts';
import type { EventStamps, TransactCatalogue } from './ports.ts';

export interface CreateProduct {
  sku: string;
  name: string;
  price: Money;
  categorySlug: string;
}

export const createProduct =
  ({ transact, now, newId }: { transact: TransactCatalogue } & EventStamps) =>
  (caller: Caller, input: CreateProduct): Promise<Product> => {
    requireStaff(caller, 'create products');
    return transact(async ({ categories, products }, publish) => {
      const category = (await categories.bySlugs([input.categorySlug])).get(input.categorySlug);
      if (category === undefined) throw categoryNotFound(input.categorySlug);
      const product = newProduct(newId(), category.id, input);
      await products.add(product);
      await publish(productCreatedEvent(product, { id: newId(), time: now() }));
      return product;
    });
  };
