import type { Caller } from '@supergraph/identity/caller';
import { createBatchLoader, createPageLoader } from '@supergraph/service/loaders';
import type { ReadCatalogue } from '../use-cases/read-catalogue.ts';

/** One set a request: each turns any number of reads of one tick into one statement. */
export const createLoaders = (read: ReadCatalogue, caller: Caller) => ({
  categoryById: createBatchLoader((ids) => read.categoriesById(caller, ids)),
  categoryBySlug: createBatchLoader((slugs) => read.categoriesBySlug(caller, slugs)),
  categoryPath: createBatchLoader((ids) => read.categoryPaths(caller, ids)),
  children: createPageLoader((parentIds, page) => read.childrenOf(caller, parentIds, page)),
  productBySku: createBatchLoader((skus) => read.productsBySku(caller, skus)),
  productById: createBatchLoader((ids) => read.productsById(caller, ids)),
  products: createPageLoader((categoryIds, page) => read.productsIn(caller, categoryIds, page)),
  related: createPageLoader(async (skus, { limit }) => read.relatedTo(caller, skus, limit)),
});

export type Loaders = ReturnType<typeof createLoaders>;
