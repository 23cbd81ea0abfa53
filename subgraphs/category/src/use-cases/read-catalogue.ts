import type { Caller } from '@supergraph/identity/caller';
import type { Page, PageRequest } from '@supergraph/pagination';
import type { Category } from '../domain/category.ts';
import { productInvalid } from '../domain/errors.ts';
import type { Product } from '../domain/product.ts';
import type { CategoryReader, ProductReader } from './ports.ts';

const MAX_SEARCH_LENGTH = 100;

/** Every read of the catalogue. It is public, so the caller is not asked who they are. */
export const readCatalogue = ({ categories, products }: { categories: CategoryReader; products: ProductReader }) => ({
  categoriesById: (_caller: Caller, ids: readonly string[]): Promise<Map<string, Category>> => categories.byIds(ids),
  categoriesBySlug: (_caller: Caller, slugs: readonly string[]): Promise<Map<string, Category>> => categories.bySlugs(slugs),
  categoryPaths: (_caller: Caller, ids: readonly string[]): Promise<Map<string, Category[]>> => categories.paths(ids),
  categories: (_caller: Caller, page: PageRequest): Promise<Page<Category>> => categories.list(page),
  childrenOf: (_caller: Caller, parentIds: readonly string[], page: PageRequest): Promise<Map<string, Page<Category>>> =>
    categories.children(parentIds, page),

  productsBySku: (_caller: Caller, skus: readonly string[]): Promise<Map<string, Product>> => products.bySkus(skus),
  productsById: (_caller: Caller, ids: readonly string[]): Promise<Map<string, Product>> => products.byIds(ids),
  productsIn: (_caller: Caller, categoryIds: readonly string[], page: PageRequest): Promise<Map<string, Page<Product>>> =>
    products.inCategories(categoryIds, page),

  products: async (
    _caller: Caller,
    filter: { categorySlug?: string | null | undefined; search?: string | null | undefined },
    page: PageRequest,
  ): Promise<Page<Product>> => {
    const search = filter.search ?? '';
    if (search.length > MAX_SEARCH_LENGTH) throw productInvalid('search', `at most ${MAX_SEARCH_LENGTH} characters`);
    const words = search.split(/\s+/).filter((word) => word !== '');
    const slug = filter.categorySlug ?? undefined;
    if (slug === undefined) return products.list({ words }, page);
    const category = (await categories.bySlugs([slug])).get(slug);
    return category === undefined ? { items: [], hasNextPage: false } : products.list({ categoryId: category.id, words }, page);
  },

  relatedTo: (_caller: Caller, skus: readonly string[], limit: number): Promise<Map<string, Product[]>> => products.related(skus, limit),
});

export type ReadCatalogue = ReturnType<typeof readCatalogue>;
