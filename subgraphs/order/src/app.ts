import { randomUUID } from 'node:crypto';
import { createDatabase } from '@supergraph/database/database';
import { migrate } from '@supergraph/database/migrate';
import { createTokenVerifier, remoteKeys } from '@supergraph/identity/token-verifier';
import { createLogger } from '@supergraph/service/logging';
import { createSubgraphServer, type SubgraphApp } from '@supergraph/service/subgraph-server';
import type { OrderConfig } from './config.ts';
import { createOrderReader } from './repositories/order-reader.postgres.ts';
import { createTransactOrders } from './repositories/order-writer.postgres.ts';
import { type Context, createContext } from './resolvers/context.ts';
import { resolvers } from './resolvers/resolvers.ts';
import { cancelOrder } from './use-cases/cancel-order.ts';
import { payOrder } from './use-cases/pay-order.ts';
import { placeOrder } from './use-cases/place-order.ts';
import { readOrders } from './use-cases/read-orders.ts';
import { shipOrder } from './use-cases/ship-order.ts';

/** Wires adapters to use cases; the only file that knows both. */
export const createApp = async (config: OrderConfig): Promise<SubgraphApp> => {
  const database = createDatabase({ url: config.databaseUrl, applicationName: 'order' });
  await migrate(database, new URL('../migrations/', import.meta.url));
  const transact = createTransactOrders(database);
  return createSubgraphServer<Context>({
    name: 'order',
    schemaFile: new URL('../schema.graphql', import.meta.url),
    resolvers,
    context: createContext({
      read: readOrders(createOrderReader(database)),
      placeOrder: placeOrder({ transact, now: () => new Date(), newId: randomUUID }),
      payOrder: payOrder({ transact }),
      cancelOrder: cancelOrder({ transact }),
      shipOrder: shipOrder({ transact }),
    }),
    verifyToken: createTokenVerifier({ ...config.tokens, keys: remoteKeys(config.tokens.jwksUrl) }),
    logger: createLogger('order', config.logLevel),
    readiness: database.readiness,
    release: database.close,
  });
};
