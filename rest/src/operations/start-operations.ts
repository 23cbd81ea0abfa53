import { randomUUID } from 'node:crypto';
import { createDatabase } from '@supergraph/database/database';
import { migrate } from '@supergraph/database/migrate';
import { orderCommandFinished } from '@supergraph/events/order';
import { SUBSCRIPTIONS } from '@supergraph/events/subscriptions';
import { startMessaging } from '@supergraph/message-bus/messaging';
import type { Logger } from '@supergraph/service/logging';
import { onCommandFinished } from './on-command-finished.ts';
import { createOperationStore, type OperationStore, pruneOperations } from './operation-store.postgres.ts';

const PRUNE_EVERY_MS = 3_600_000;

export interface Operations {
  operations: Pick<OperationStore, 'begin' | 'find'>;
  /** Answers what is wrong with the database, or nothing. A broker that is away keeps no request waiting. */
  readiness: () => Promise<string | undefined>;
  close: () => Promise<void>;
}

/** Everything that is done later: its database, and its part in the messages between rooms. */
export const startOperations = async ({
  databaseUrl,
  busUrl,
  logger,
}: {
  databaseUrl: string;
  busUrl: string;
  logger: Logger;
}): Promise<Operations> => {
  const database = createDatabase({ url: databaseUrl, applicationName: 'rest' });
  await migrate(database, new URL('../../migrations/', import.meta.url));
  const operations = createOperationStore(database, { now: () => new Date(), newId: randomUUID });
  const messaging = startMessaging({
    databaseUrl,
    bus: { url: busUrl, subscriptions: SUBSCRIPTIONS },
    room: 'rest',
    consumers: { [orderCommandFinished.type]: onCommandFinished(operations) },
    logger,
  });
  const prune = () => pruneOperations(database).catch((err: unknown) => logger.warn({ err }, 'pruning operations'));
  const pruning = setInterval(() => void prune(), PRUNE_EVERY_MS).unref();
  return {
    operations,
    readiness: database.readiness,
    close: async () => {
      clearInterval(pruning);
      await messaging.close().finally(database.close);
    },
  };
};
