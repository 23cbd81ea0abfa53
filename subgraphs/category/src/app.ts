import { randomUUID } from 'node:crypto';
import { createDatabase } from '@supergraph/database/database';
import { migrate } from '@supergraph/database/migrate';
import { createTokenVerifier, remoteKeys } from '@supergraph/identity/token-verifier';
import { createLogger } from '@supergraph/service/logging';
import { createSubgraphServer, type SubgraphApp } from '@supergraph/service/subgraph-server';
import type { CategoryConfig } from './config.ts';
import { createCategoryReader } from './repositories/category-repository.postgres.ts';
import { createProductReader } from './repositories/product-repository.postgres.ts';
import { createTransactCatalogue } from './repositories/transact-catalogue.postgres.ts';
import { type Context, createContext } from './resolvers/context.ts';
import { resolvers } from './resolvers/resolvers.ts';
import { changePrice } from './use-cases/change-price.ts';
import { createCategory } from './use-cases/create-category.ts';
import { createProduct } from './use-cases/create-product.ts';
import { deleteCategory } from './use-cases/delete-category.ts';
import { readCatalogue } from './use-cases/read-catalogue.ts';
import { updateCategory } from './use-cases/update-category.ts';

/** Wires adapters to use cases; the only file that knows both. */
export const createApp = async (config: CategoryConfig): Promise<SubgraphApp> => {
  const database = createDatabase({ url: config.databaseUrl, applicationName: 'category' });
  await migrate(database, new URL('../migrations/', import.meta.url));
  const transact = createTransactCatalogue(database);
  const newId = randomUUID;
  return createSubgraphServer<Context>({
    name: 'category',
    schemaFile: new URL('../schema.graphql', import.meta.url),
    resolvers,
    context: createContext({
      read: readCatalogue({ categories: createCategoryReader(database), products: createProductReader(database) }),
      createCategory: createCategory({ transact, newId }),
      updateCategory: updateCategory({ transact }),
      deleteCategory: deleteCategory({ transact }),
      createProduct: createProduct({ transact, newId }),
      changePrice: changePrice({ transact }),
    }),
    verifyToken: createTokenVerifier({ ...config.tokens, keys: remoteKeys(config.tokens.jwksUrl) }),
    logger: createLogger('category', config.logLevel),
    readiness: database.readiness,
    release: database.close,
  });
};
