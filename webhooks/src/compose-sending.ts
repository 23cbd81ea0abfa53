import { randomUUID } from 'node:crypto';
import type { Logger } from '@supergraph/service/logging';
import type { WebhooksConfig } from './config.ts';
import { startDispatcher } from './dispatcher/dispatcher.ts';
import { createDispatcherDatabase } from './dispatcher/dispatcher-database.ts';
import { createRender, type RunQuery } from './dispatcher/payload.ts';
import { createGuardedAgent } from './egress/guarded-agent.ts';
import { createSender } from './egress/send.ts';
import { createUrlGuard } from './egress/url-guard.ts';
import { createDelegatedTokens } from './payload-query/delegated-tokens.ts';
import { createPayloadQuery, type PayloadQuery } from './payload-query/payload-query.ts';
import { createQueryChecker } from './payload-query/query-checker.ts';
import { createRouterClient } from './payload-query/router-client.ts';
import { createDueDeliveries } from './repositories/due-deliveries.postgres.ts';
import type { KeyCipher } from './repositories/key-cipher.crypto.ts';
import type { QueryChecker, UrlGuard } from './use-cases/ports.ts';

/** The half of the room that calls others: endpoints, and the router for what endpoints want to know. */
export interface Sending {
  urlGuard: UrlGuard;
  queryChecker: QueryChecker;
  /** Something is due. */
  wake(): void;
  close(): Promise<void>;
}

/** Its own deadline ends a query; a shutdown leaves it the time of the drain. */
const NEVER = new AbortController().signal;

const runWith =
  (payloadQuery: PayloadQuery): RunQuery =>
  async (query, { eventType, envelope: { subject, data }, endpoint: { ownerId } }) => {
    const result = await payloadQuery.run({ query, eventType, subject, data, ownerId, signal: NEVER });
    if ('queryError' in result) throw new Error(result.queryError);
    return result;
  };

export const composeSending = (config: WebhooksConfig, cipher: KeyCipher, logger: Logger): Sending => {
  // Connections of its own: a burst of deliveries must not keep callbacks and clients waiting.
  const database = createDispatcherDatabase(config.databaseUrl);
  const urlGuard = createUrlGuard({ allowPrivate: config.allowPrivate });
  const agent = createGuardedAgent({ guard: urlGuard });
  const asking = { tokens: createDelegatedTokens({ userUrl: config.userUrl, key: config.userKey }), router: createRouterClient(config.routerUrl) };
  const dispatcher = startDispatcher({
    deliveries: createDueDeliveries(database, cipher),
    send: createSender({ guard: urlGuard, agent }),
    render: createRender(runWith(createPayloadQuery({ ...asking, logger }))),
    now: () => new Date(),
    random: Math.random,
    newId: randomUUID,
    ...(config.retrySchedule === undefined ? {} : { schedule: config.retrySchedule }),
    onDisabled: ({ id }, reason) => logger.warn({ endpoint: id }, `endpoint disabled: ${reason}`),
    onError: (err, what) => logger.error({ err }, what),
  });
  return {
    urlGuard,
    queryChecker: createQueryChecker(asking),
    wake: dispatcher.wake,
    close: async () => {
      await dispatcher.close();
      // What hangs would hold the shutdown up; its lease runs out and it is attempted again.
      await agent.destroy().finally(database.close);
    },
  };
};
