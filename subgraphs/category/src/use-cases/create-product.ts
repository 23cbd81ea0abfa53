import { type Caller, requireStaff } from '@supergraph/identity/caller';
import { categoryNotFound } from '../domain/errors.ts';
import { type Money, newProduct, type Product } from '../domain/product.ts';
import type { TransactCatalogue } from './ports.ts';

export interface CreateProduct {
  sku: string;
  name: string;
  price: Money;
  categorySlug: string;
}

export const createProduct =
  ({ transact, newId }: { transact: TransactCatalogue; newId: () => string }) =>
  (caller: Caller, input: CreateProduct): Promise<Product> => {
    requireStaff(caller, 'create products');
    return transact(async ({ categories, products }) => {
      const category = (await categories.bySlugs([input.categorySlug])).get(input.categorySlug);
      if (category === undefined) throw categoryNotFound(input.categorySlug);
      const product = newProduct(newId(), category.id, input);
      await products.add(product);
      return product;
    });
  };
