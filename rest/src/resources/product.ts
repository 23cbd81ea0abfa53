import { DomainError } from '@supergraph/errors';
import { type Caller, seesEverything } from '@supergraph/identity/caller';
import { z } from 'zod';
import type { Product__Output as ProductMessage } from '../generated/proto/supergraph/category/v1/Product.ts';
import { action, type Links, link, path } from '../hal.ts';
import { money, page, resource } from '../http/schemas.ts';
import { categoryResource } from './category.ts';
import { toMoney } from './money.ts';

export const PRODUCT_FIELDS = ['sku', 'name', 'price', 'categorySlug'] as const;

export const productResource = resource(
  'Product',
  {
    sku: z.string().meta({ description: 'Stock keeping unit: unique, never changes.', examples: ['85123A'] }),
    name: z.string().meta({ examples: ['WHITE HANGING HEART T-LIGHT HOLDER'] }),
    price: money.meta({ description: 'The list price now.' }),
    categorySlug: z.string().meta({ description: 'The category it belongs to.', examples: ['candles'] }),
  },
  { rels: ['category', 'edit'], embedded: { category: categoryResource }, description: 'Something that is sold.' },
);

export const productPage = page('ProductPage', 'products', productResource, ['create', 'find', 'category']);

export const productNotFound = (sku: string): DomainError =>
  new DomainError('not-found', 'PRODUCT_NOT_FOUND', `There is no product '${sku}'.`, { sku });

const productLinks = ({ sku, categorySlug }: ProductMessage, caller: Caller): Links => ({
  self: link(path`/products/${sku}`),
  category: link(path`/categories/${categorySlug}`),
  ...(seesEverything(caller) && { edit: action('PATCH', path`/products/${sku}`, 'change this product') }),
});

export const toProductResource = (product: ProductMessage, caller: Caller, category?: object) => ({
  sku: product.sku,
  name: product.name,
  price: toMoney(product.price),
  categorySlug: product.categorySlug,
  _links: productLinks(product, caller),
  ...(category && { _embedded: { category } }),
});
