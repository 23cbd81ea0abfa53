import { randomUUID } from 'node:crypto';
import { createDatabase } from '@supergraph/database/database';
import { migrate } from '@supergraph/database/migrate';
import { SUBSCRIPTIONS } from '@supergraph/events/subscriptions';
import { createRateLimiter } from '@supergraph/identity/rate-limiter-factory';
import { createTokenVerifier } from '@supergraph/identity/token-verifier';
import { startMessaging } from '@supergraph/message-bus/messaging';
import { createLogger } from '@supergraph/service/logging';
import { createSubgraphServer, type SubgraphApp } from '@supergraph/service/subgraph-server';
import { addPaymentsCallback, pruneCallbacks } from './callbacks/payments-callback.ts';
import { composeSending } from './compose-sending.ts';
import type { WebhooksConfig } from './config.ts';
import { onEvent } from './consumers/on-event.ts';
import { createKeyCipher, newSecret } from './repositories/key-cipher.crypto.ts';
import { pruneDeliveries } from './repositories/prune-deliveries.postgres.ts';
import { createWebhookReader } from './repositories/webhook-reader.postgres.ts';
import { createTransactWebhooks } from './repositories/webhook-writer.postgres.ts';
import { type Context, createContext } from './resolvers/context.ts';
import { resolvers } from './resolvers/resolvers.ts';
import { addWebhookRoutes } from './rest/webhook-routes.ts';
import { takeEvent } from './use-cases/take-event.ts';
import { createUseCases } from './use-cases/use-cases.ts';

/** By caller, or by address where nobody is signed in. */
const REST_LIMIT = { name: 'webhooks', points: 600, perSeconds: 60 };
const PRUNE_EVERY_MS = 3_600_000;
const EVENTS = SUBSCRIPTIONS['webhooks'] ?? [];

/** Wires adapters to use cases; only this file and `compose-sending.ts` know both. */
export const createApp = async (config: WebhooksConfig): Promise<SubgraphApp> => {
  const { databaseUrl } = config;
  const database = createDatabase({ url: databaseUrl, applicationName: 'webhooks' });
  await migrate(database, new URL('../migrations/', import.meta.url));
  const logger = createLogger('webhooks', config.logLevel);
  const cipher = createKeyCipher(config.keySecret);
  const transact = createTransactWebhooks(database, cipher);
  const now = (): Date => new Date();
  const sending = composeSending(config, cipher, logger);
  const { urlGuard, queryChecker } = sending;
  const reader = createWebhookReader(database);
  const useCases = createUseCases({ reader, transact, urlGuard, queryChecker, newSecret, now, newId: randomUUID });
  const take = onEvent({ takeEvent: takeEvent({ transact, now }), wake: sending.wake });
  const messaging = startMessaging({
    databaseUrl,
    bus: { url: config.busUrl, subscriptions: SUBSCRIPTIONS },
    room: 'webhooks',
    consumers: Object.fromEntries(EVENTS.map((type) => [type, take])),
    logger,
  });
  const prune = (): Promise<unknown> => Promise.all([pruneDeliveries(database), pruneCallbacks(database)]);
  const pruning = setInterval(() => void prune().catch((err: unknown) => logger.warn({ err }, 'pruning')), PRUNE_EVERY_MS).unref();
  const app = await createSubgraphServer<Context>({
    name: 'webhooks',
    schemaFile: new URL('../schema.graphql', import.meta.url),
    resolvers,
    context: createContext(useCases),
    internalKey: config.internalKey,
    logger,
    readiness: database.readiness,
    release: async () => {
      clearInterval(pruning);
      await Promise.all([messaging.close(), sending.close()]).finally(database.close);
    },
  });
  addPaymentsCallback(app.http, { database, secret: config.paymentSecret, now, logger });
  const verify = createTokenVerifier({ issuers: config.tokenIssuers });
  await addWebhookRoutes(app.http, { useCases, verify, limiter: createRateLimiter(REST_LIMIT), logger });
  return app;
};
