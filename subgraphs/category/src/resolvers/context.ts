import type { Caller } from '@supergraph/identity/caller';
import type { changePrice } from '../use-cases/change-price.ts';
import type { createCategory } from '../use-cases/create-category.ts';
import type { createProduct } from '../use-cases/create-product.ts';
import type { deleteCategory } from '../use-cases/delete-category.ts';
import type { ReadCatalogue } from '../use-cases/read-catalogue.ts';
import type { updateCategory } from '../use-cases/update-category.ts';
import { createLoaders, type Loaders } from './loaders.ts';

/** The use cases, as the resolvers call them. */
export interface UseCases {
  read: ReadCatalogue;
  createCategory: ReturnType<typeof createCategory>;
  updateCategory: ReturnType<typeof updateCategory>;
  deleteCategory: ReturnType<typeof deleteCategory>;
  createProduct: ReturnType<typeof createProduct>;
  changePrice: ReturnType<typeof changePrice>;
}

/** What every resolver of one request gets. */
export interface Context {
  caller: Caller;
  useCases: UseCases;
  loaders: Loaders;
}

export const createContext =
  (useCases: UseCases) =>
  (caller: Caller): Context => ({ caller, useCases, loaders: createLoaders(useCases.read, caller) });
