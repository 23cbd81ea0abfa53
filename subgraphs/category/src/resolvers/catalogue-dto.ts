import type { Category } from '../domain/category.ts';
import type { Money, Product } from '../domain/product.ts';

/** What leaves the catalogue. `parentId` and `categoryId` only lead to the next object. */
export interface CategoryDto {
  id: string;
  slug: string;
  name: string;
  parentId: string | undefined;
}

export interface ProductDto {
  id: string;
  sku: string;
  name: string;
  price: Money;
  categoryId: string;
}

export const toCategoryDto = ({ id, slug, name, parentId }: Category): CategoryDto => ({ id, slug, name, parentId });

export const toProductDto = ({ id, sku, name, price, categoryId }: Product): ProductDto => ({
  id,
  sku,
  name,
  price: { amount: price.amount, currency: price.currency },
  categoryId,
});
