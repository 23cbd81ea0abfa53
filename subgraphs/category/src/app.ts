import { randomUUID } from 'node:crypto';
import { createDatabase } from '@supergraph/database/database';
import { migrate } from '@supergraph/database/migrate';
import { SUBSCRIPTIONS } from '@supergraph/events/subscriptions';
import { createGrpcServer } from '@supergraph/grpc/grpc-server';
import { type GrpcSubgraphApp, withGrpc } from '@supergraph/grpc/with-grpc';
import { startMessaging } from '@supergraph/message-bus/messaging';
import { createLogger } from '@supergraph/service/logging';
import { createSubgraphServer } from '@supergraph/service/subgraph-server';
import type { CategoryConfig } from './config.ts';
import { catalogueHandlers } from './grpc/catalogue-handlers.ts';
import { createCategoryReader } from './repositories/category-repository.postgres.ts';
import { createProductReader } from './repositories/product-repository.postgres.ts';
import { createIdempotently, createTransactCatalogue } from './repositories/transact-catalogue.postgres.ts';
import { type Context, createContext } from './resolvers/context.ts';
import { resolvers } from './resolvers/resolvers.ts';
import { changePrice } from './use-cases/change-price.ts';
import { createCategory } from './use-cases/create-category.ts';
import { createProduct } from './use-cases/create-product.ts';
import { deleteCategory } from './use-cases/delete-category.ts';
import { readCatalogue } from './use-cases/read-catalogue.ts';
import { updateCategory } from './use-cases/update-category.ts';

/** Wires adapters to use cases; the only file that knows both. */
export const createApp = async (config: CategoryConfig): Promise<GrpcSubgraphApp> => {
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
  const serving = { name: 'category', internalKey: config.internalKey, logger, readiness: database.readiness };
  const read = readCatalogue({ categories: createCategoryReader(database), products: createProductReader(database) });
  const grpc = await createGrpcServer({
    ...serving,
    protoFile: new URL('../proto/category.proto', import.meta.url),
    service: 'supergraph.category.v1.Catalogue',
    handlers: catalogueHandlers({ ...writing, read, idempotently: createIdempotently(database) }),
    reflection: config.grpcReflection,
  });
  const app = await createSubgraphServer<Context>({
    ...serving,
    schemaFile: new URL('../schema.graphql', import.meta.url),
    resolvers,
    context: createContext({
      read,
      createCategory: createCategory(writing),
      updateCategory: updateCategory(writing),
      deleteCategory: deleteCategory(writing),
      createProduct: createProduct(writing),
      changePrice: changePrice(writing),
    }),
    release: () => messaging.close().finally(database.close),
  });
  return withGrpc(app, grpc, config.grpcPort);
};
