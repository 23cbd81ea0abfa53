import { randomUUID } from 'node:crypto';
import { createDatabase } from '@supergraph/database/database';
import { migrate } from '@supergraph/database/migrate';
import { SUBSCRIPTIONS } from '@supergraph/events/subscriptions';
import { createGrpcServer } from '@supergraph/grpc/grpc-server';
import { type GrpcSubgraphApp, withGrpc } from '@supergraph/grpc/with-grpc';
import { startMessaging } from '@supergraph/message-bus/messaging';
import { createLogger } from '@supergraph/service/logging';
import { createSubgraphServer } from '@supergraph/service/subgraph-server';
import type { OrderConfig } from './config.ts';
import { createConsumers } from './consumers/consumers.ts';
import { startPaymentRuns } from './consumers/on-payment-due.ts';
import { orderHandlers } from './grpc/order-handlers.ts';
import { createCurrentRights } from './repositories/current-rights.http.ts';
import { createOrderReader } from './repositories/order-reader.postgres.ts';
import { createIdempotently, createOnce, createTransactOrders } from './repositories/order-writer.postgres.ts';
import { createPaymentProvider } from './repositories/payment-provider.http.ts';
import { createPaymentQueue } from './repositories/payment-queue.postgres.ts';
import { type Context, createContext } from './resolvers/context.ts';
import { resolvers } from './resolvers/resolvers.ts';
import { askProvider } from './use-cases/ask-provider.ts';
import { cancelOrder } from './use-cases/cancel-order.ts';
import { payOrder } from './use-cases/pay-order.ts';
import { placeOrder } from './use-cases/place-order.ts';
import type { Alert } from './use-cases/ports.ts';
import { readOrders } from './use-cases/read-orders.ts';
import { shipOrder } from './use-cases/ship-order.ts';

/** Wires adapters to use cases; the only file that knows both. */
export const createApp = async (config: OrderConfig): Promise<GrpcSubgraphApp> => {
  const database = createDatabase({ url: config.databaseUrl, applicationName: 'order' });
  await migrate(database, new URL('../migrations/', import.meta.url));
  const logger = createLogger('order', config.logLevel);
  const alert: Alert = (message, details) => logger.error({ alert: true, ...details }, message);
  const writing = { transact: createTransactOrders(database), once: createOnce(database), alert, now: () => new Date(), newId: randomUUID };
  const rightsOf = createCurrentRights({ url: config.userUrl, key: config.userKey });
  const messaging = startMessaging({
    databaseUrl: config.databaseUrl,
    bus: { url: config.busUrl, subscriptions: SUBSCRIPTIONS },
    room: 'order',
    consumers: createConsumers({ ...writing, rightsOf }),
    logger,
  });
  // Connections of its own: a provider that is slow to be noted never takes those of requests.
  const queueDatabase = createDatabase({ url: config.databaseUrl, applicationName: 'order payments', maxConnections: 2 });
  const provider = createPaymentProvider({ url: config.paymentUrl, key: config.paymentKey });
  const runs = startPaymentRuns(askProvider({ queue: createPaymentQueue(queueDatabase), provider, alert }), (error) =>
    logger.warn({ err: error }, 'due payments cannot be read; trying again'),
  );
  const read = readOrders(createOrderReader(database));
  const serving = { name: 'order', internalKey: config.internalKey, logger, readiness: database.readiness };
  const grpc = await createGrpcServer({
    ...serving,
    protoFile: new URL('../proto/order.proto', import.meta.url),
    service: 'supergraph.order.v1.Orders',
    handlers: orderHandlers({ ...writing, read, idempotently: createIdempotently(database) }),
    reflection: config.grpcReflection,
  });
  const app = await createSubgraphServer<Context>({
    ...serving,
    schemaFile: new URL('../schema.graphql', import.meta.url),
    resolvers,
    context: createContext({
      read,
      placeOrder: placeOrder(writing),
      payOrder: payOrder(writing),
      cancelOrder: cancelOrder(writing),
      shipOrder: shipOrder(writing),
    }),
    release: () => Promise.allSettled([runs.close().finally(queueDatabase.close), messaging.close()]).then(database.close),
  });
  return withGrpc(app, grpc, config.grpcPort);
};
