import type { Handlers } from '@supergraph/grpc/grpc-server';
import { idempotentRequest } from '@supergraph/grpc/idempotent-request';
import type { Caller } from '@supergraph/identity/caller';
import { type Page, type PageRequest, parsePage, toConnection } from '@supergraph/pagination';
import type { Category } from '../domain/category.ts';
import { categoryInvalid, productInvalid } from '../domain/errors.ts';
import type { Product } from '../domain/product.ts';
import type { CatalogueDefinition } from '../generated/proto/supergraph/category/v1/Catalogue.ts';
import type { PageRequest__Output as PageMessage } from '../generated/proto/supergraph/category/v1/PageRequest.ts';
import { createCategory } from '../use-cases/create-category.ts';
import { createProduct } from '../use-cases/create-product.ts';
import { deleteCategory } from '../use-cases/delete-category.ts';
import type { EventStamps, Idempotently, TransactCatalogue } from '../use-cases/ports.ts';
import type { ReadCatalogue } from '../use-cases/read-catalogue.ts';
import { updateCategory } from '../use-cases/update-category.ts';
import { updateProduct } from '../use-cases/update-product.ts';
import { toCategoryMessage, toCategoryMessages, toPathMessage, toProductMessage, toProductMessages } from './catalogue-message.ts';

export interface CatalogueDependencies extends EventStamps {
  read: ReadCatalogue;
  transact: TransactCatalogue;
  idempotently: Idempotently;
}

const pageOf = (page: PageMessage | null): PageRequest => parsePage(page ?? {}, ['string', 'string']);

const MAX_KEYS = 1_000;
/** Without a price there is none that could be right: the rules say what is expected. */
const NO_PRICE = { amount: 0, currency: '' };

const checkCategories = (field: string, { length }: readonly string[]): void => {
  if (length > MAX_KEYS) throw categoryInvalid(field, `at most ${MAX_KEYS}`);
};

/** Reads: a fixed number of statements each, however many are asked for. */
const readHandlers = (read: ReadCatalogue) => {
  const categoriesOf = async (caller: Caller, page: Page<Category>, request: PageRequest) => {
    const { pageInfo } = toConnection(
      page,
      request,
      ({ name, slug }) => [name, slug],
      ({ id }) => id,
    );
    return { categories: await toCategoryMessages(read, caller, page.items), pageInfo };
  };
  const productsOf = async (caller: Caller, page: Page<Product>, request: PageRequest) => {
    const { pageInfo } = toConnection(
      page,
      request,
      ({ name, sku }) => [name, sku],
      ({ id }) => id,
    );
    return { products: await toProductMessages(read, caller, page.items), pageInfo };
  };
  return {
    GetCategories: async ({ slugs }, { identity: { caller } }) => {
      checkCategories('slugs', slugs);
      const found = await read.categoriesBySlug(caller, slugs);
      return { categories: await toCategoryMessages(read, caller, [...found.values()]) };
    },
    GetCategoriesById: async ({ ids }, { identity: { caller } }) => {
      checkCategories('ids', ids);
      const found = await read.categoriesById(caller, ids);
      return { categories: await toCategoryMessages(read, caller, [...found.values()]) };
    },
    ListCategories: async ({ parentSlug, rootsOnly, page }, { identity: { caller } }) => {
      const request = pageOf(page);
      return categoriesOf(caller, await read.categories(caller, { parentSlug, rootsOnly }, request), request);
    },
    GetCategoryPaths: async ({ ids }, { identity: { caller } }) => {
      checkCategories('ids', ids);
      const found = await read.categoryPaths(caller, ids);
      return { paths: [...found].map(([id, path]) => ({ id, categories: toPathMessage(path) })) };
    },
    ListCategoryProducts: async ({ slug, page }, { identity: { caller } }) => {
      const request = pageOf(page);
      return productsOf(caller, await read.productsOf(caller, slug, request), request);
    },
    GetProducts: async ({ skus }, { identity: { caller } }) => {
      if (skus.length > MAX_KEYS) throw productInvalid('skus', `at most ${MAX_KEYS}`);
      const found = await read.productsBySku(caller, skus);
      return { products: await toProductMessages(read, caller, [...found.values()]) };
    },
    ListProducts: async ({ categorySlug, search, page }, { identity: { caller } }) => {
      const request = pageOf(page);
      return productsOf(caller, await read.products(caller, { categorySlug, search }, request), request);
    },
  } satisfies Partial<Handlers<CatalogueDefinition>>;
};

const parentOf = ({ parentSlug, root }: { parentSlug?: string; root?: boolean }): string | null | undefined => (root === true ? null : parentSlug);

/** gRPC in, use cases, messages out. */
export const catalogueHandlers = ({ read, idempotently, ...writing }: CatalogueDependencies): Handlers<CatalogueDefinition> => ({
  ...readHandlers(read),

  CreateCategory: ({ slug, name, parentSlug, idempotency }, { identity: { caller } }) =>
    idempotently(idempotentRequest(caller, 'CreateCategory', idempotency), async (transact) => {
      const created = await createCategory({ ...writing, transact })(caller, { slug, name, parentSlug });
      return { category: toCategoryMessage(created, parentSlug) };
    }),
  UpdateCategory: async ({ slug, newSlug, name, ifVersion, ...parent }, { identity: { caller } }) => {
    const changed = await updateCategory(writing)(caller, { slug, newSlug, name, parentSlug: parentOf(parent) }, ifVersion);
    const [category] = await toCategoryMessages(read, caller, [changed]);
    return { category };
  },
  DeleteCategory: async ({ slug, ifVersion }, { identity: { caller } }) => deleteCategory(writing)(caller, slug, ifVersion),
  CreateProduct: ({ sku, name, price, categorySlug, idempotency }, { identity: { caller } }) =>
    idempotently(idempotentRequest(caller, 'CreateProduct', idempotency), async (transact) => {
      const created = await createProduct({ ...writing, transact })(caller, { sku, name, price: price ?? NO_PRICE, categorySlug });
      return { product: toProductMessage(created, categorySlug) };
    }),
  UpdateProduct: async ({ sku, name, price, categorySlug, ifVersion }, { identity: { caller } }) => {
    const changed = await updateProduct(writing)(caller, { sku, name, price: price ?? undefined, categorySlug }, ifVersion);
    const [product] = await toProductMessages(read, caller, [changed]);
    return { product };
  },
});
