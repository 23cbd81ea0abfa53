import type { Caller } from '@supergraph/identity/caller';
import type { Page, PageRequest } from '@supergraph/pagination';
import type { Category } from '../domain/category.ts';
import { categoryNotFound, productInvalid } from '../domain/errors.ts';
import type { Product } from '../domain/product.ts';
import type { CategoryReader, ProductReader } from './ports.ts';

const MAX_SEARCH_LENGTH = 100;
const EMPTY_PAGE = { items: [], hasNextPage: false };

/** Every read of the catalogue. It is public, so the caller is not asked who they are. */
export const readCatalogue = ({ categories, products }: { categories: CategoryReader; products: ProductReader }) => ({
  categoriesById: (_caller: Caller, ids: readonly string[]): Promise<Map<string, Category>> => categories.byIds(ids),
  categoriesBySlug: (_caller: Caller, slugs: readonly string[]): Promise<Map<string, Category>> => categories.bySlugs(slugs),
  categoryPaths: (_caller: Caller, ids: readonly string[]): Promise<Map<string, Category[]>> => categories.paths(ids),
  categories: async (
    _caller: Caller,
    filter: { parentSlug?: string | undefined; rootsOnly?: boolean },
    page: PageRequest,
  ): Promise<Page<Category>> => {
    if (filter.parentSlug === undefined) return filter.rootsOnly === true ? categories.roots(page) : categories.list(page);
    const parent = (await categories.bySlugs([filter.parentSlug])).get(filter.parentSlug);
    return (parent && (await categories.children([parent.id], page)).get(parent.id)) ?? EMPTY_PAGE;
  },
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
    return category === undefined ? EMPTY_PAGE : products.list({ categoryId: category.id, words }, page);
  },

  /** @throws CATEGORY_NOT_FOUND, where `products` finds nothing. */
  productsOf: async (_caller: Caller, categorySlug: string, page: PageRequest): Promise<Page<Product>> => {
    const category = (await categories.bySlugs([categorySlug])).get(categorySlug);
    if (category === undefined) throw categoryNotFound(categorySlug);
    return products.list({ categoryId: category.id }, page);
  },

  relatedTo: (_caller: Caller, skus: readonly string[], limit: number): Promise<Map<string, Product[]>> => products.related(skus, limit),
});

export type ReadCatalogue = ReturnType<typeof readCatalogue>;
