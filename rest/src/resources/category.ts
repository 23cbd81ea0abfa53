import { DomainError } from '@supergraph/errors';
import { type Caller, seesEverything } from '@supergraph/identity/caller';
import { z } from 'zod';
import type { Category__Output as CategoryMessage } from '../generated/proto/supergraph/category/v1/Category.ts';
import { action, type Links, link, path } from '../hal.ts';
import { page, resource } from '../http/schemas.ts';

export const CATEGORY_FIELDS = ['slug', 'name', 'parentSlug'] as const;

export const categoryResource = resource(
  'Category',
  {
    slug: z.string().meta({ description: 'Unique and readable; may change.', examples: ['candles'] }),
    name: z.string().meta({ examples: ['Candles'] }),
    parentSlug: z
      .string()
      .nullable()
      .meta({ description: 'The category above; null for a root.', examples: ['home'] }),
  },
  { rels: ['products', 'parent', 'children', 'edit', 'delete'], description: "A place in the catalogue's tree." },
);

export const categoryPage = page('CategoryPage', 'categories', categoryResource, ['create', 'find', 'roots']);

export const categoryNotFound = (slug: string): DomainError =>
  new DomainError('not-found', 'CATEGORY_NOT_FOUND', `There is no category '${slug}'.`, { slug });

const categoryLinks = ({ slug, parentSlug }: CategoryMessage, caller: Caller): Links => ({
  self: link(path`/categories/${slug}`),
  products: link(path`/categories/${slug}/products`),
  children: link(path`/categories?parent=${slug}`),
  ...(parentSlug !== undefined && { parent: link(path`/categories/${parentSlug}`) }),
  ...(seesEverything(caller) && {
    edit: action('PATCH', path`/categories/${slug}`, 'rename or move this category'),
    delete: action('DELETE', path`/categories/${slug}`, 'delete this category, when nothing is in it'),
  }),
});

export const toCategoryResource = (category: CategoryMessage, caller: Caller) => ({
  slug: category.slug,
  name: category.name,
  parentSlug: category.parentSlug ?? null,
  _links: categoryLinks(category, caller),
});
