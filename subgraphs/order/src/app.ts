import { randomUUID } from 'node:crypto';
import { createDatabase } from '@supergraph/database/database';
import { migrate } from '@supergraph/database/migrate';
import { productCreated, productPriceChanged } from '@supergraph/events/category';
import { cancelOrderCommand, payOrderCommand } from '@supergraph/events/order';
import { SUBSCRIPTIONS } from '@supergraph/events/subscriptions';
import { userSignedUp, userUpdated } from '@supergraph/events/user';
import { startMessaging } from '@supergraph/message-bus/messaging';
import { createLogger } from '@supergraph/service/logging';
import { createSubgraphServer, type SubgraphApp } from '@supergraph/service/subgraph-server';
import type { OrderConfig } from './config.ts';
import { onOrderCommand } from './consumers/on-order-command.ts';
import { onProductChanged } from './consumers/on-product-changed.ts';
import { onUserChanged } from './consumers/on-user-changed.ts';
import { createOrderReader } from './repositories/order-reader.postgres.ts';
import { createOnce, createTransactOrders } from './repositories/order-writer.postgres.ts';
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
  const logger = createLogger('order', config.logLevel);
  const once = createOnce(database);
  const writing = { transact: createTransactOrders(database), now: () => new Date(), newId: randomUUID };
  const messaging = startMessaging({
    databaseUrl: config.databaseUrl,
    bus: { url: config.busUrl, subscriptions: SUBSCRIPTIONS },
    room: 'order',
    consumers: {
      [productCreated.type]: onProductChanged({ once }),
      [productPriceChanged.type]: onProductChanged({ once }),
      [userSignedUp.type]: onUserChanged({ once }),
      [userUpdated.type]: onUserChanged({ once }),
      [payOrderCommand.type]: onOrderCommand({ ...writing, once }),
      [cancelOrderCommand.type]: onOrderCommand({ ...writing, once }),
    },
    logger,
  });
  return createSubgraphServer<Context>({
    name: 'order',
    schemaFile: new URL('../schema.graphql', import.meta.url),
    resolvers,
    context: createContext({
      read: readOrders(createOrderReader(database)),
      placeOrder: placeOrder(writing),
      payOrder: payOrder(writing),
      cancelOrder: cancelOrder(writing),
      shipOrder: shipOrder(writing),
    }),
    internalKey: config.internalKey,
    logger,
    readiness: database.readiness,
    release: () => messaging.close().finally(database.close),
  });
};
