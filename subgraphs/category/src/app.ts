import { randomUUID } from 'node:crypto';
import { createDatabase } from '@supergraph/database/database';
import { migrate } from '@supergraph/database/migrate';
import { SUBSCRIPTIONS } from '@supergraph/events/subscriptions';
import { startMessaging } from '@supergraph/message-bus/messaging';
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
  const logger = createLogger('category', config.logLevel);
  const writing = { transact, now: () => new Date(), newId: randomUUID };
  const messaging = startMessaging({
    databaseUrl: config.databaseUrl,
    bus: { url: config.busUrl, subscriptions: SUBSCRIPTIONS },
    room: 'category',
    logger,
  });
  return createSubgraphServer<Context>({
    name: 'category',
    schemaFile: new URL('../schema.graphql', import.meta.url),
    resolvers,
    context: createContext({
      read: readCatalogue({ categories: createCategoryReader(database), products: createProductReader(database) }),
      createCategory: createCategory(writing),
      updateCategory: updateCategory(writing),
      deleteCategory: deleteCategory(writing),
      createProduct: createProduct(writing),
      changePrice: changePrice(writing),
    }),
    internalKey: config.internalKey,
    logger,
    readiness: database.readiness,
    release: () => messaging.close().finally(database.close),
  });
};
