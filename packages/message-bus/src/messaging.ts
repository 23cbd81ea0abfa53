import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase } from '@supergraph/database/database';
import type { Logger } from '@supergraph/service/logging';
import { messageOf } from '@supergraph/service/process';
import { withTraceparent } from '@supergraph/service/trace-context';
import { pruneInbox } from './inbox.ts';
import { type BusOptions, type Delivery, type Handler, type MessageBus, ParkMessage } from './message-bus.ts';
import { openMessageBus } from './open.ts';
import { startOutboxRelay } from './outbox.ts';

/** By type of event or command, what a room does about it. */
export type Consumers = Readonly<Record<string, Handler>>;

export interface MessagingOptions {
  /** The room's own database, which holds its outbox and inbox. Messaging opens a few connections of its own to it. */
  databaseUrl: string;
  bus: Pick<BusOptions, 'url' | 'subscriptions'>;
  /** The room's name: the group it consumes as. */
  room: string;
  /** Left out by a room that only publishes. */
  consumers?: Consumers;
  logger: Logger;
}

export interface Messaging {
  /** Finishes what is being handled and published, and lets go of the bus. */
  close(): Promise<void>;
}

const LONGEST_RETRY_MS = 5_000;
const PRUNE_EVERY_MS = 3_600_000;

const dispatch =
  (consumers: Consumers): Handler =>
  (delivery: Delivery) => {
    const handle = consumers[delivery.envelope.type];
    if (handle === undefined) throw new ParkMessage(`nothing here handles ${delivery.envelope.type}`);
    return withTraceparent(delivery.envelope.traceparent, () => handle(delivery));
  };

/**
 * Connects a room to the bus for as long as it runs: relays its outbox and feeds its consumers. Returns at once: a broker
 * that is away is tried again for ever, and meanwhile no request of the room waits or fails.
 */
export const startMessaging = ({ databaseUrl, bus: { url, subscriptions }, room, consumers, logger }: MessagingOptions): Messaging => {
  const database = createDatabase({ url: databaseUrl, applicationName: `${room} messages`, maxConnections: 3 });
  const closing = new AbortController();
  let complaint: string | undefined;
  const onError = (error: unknown, what: string): void => {
    const text = `${what}: ${messageOf(error)}`;
    // The same trouble every few seconds is one piece of news.
    if (text !== complaint) logger.warn({ err: error }, `message bus: ${text}; trying again`);
    complaint = text;
  };

  const connect = async (): Promise<MessageBus> => {
    const bus = await openMessageBus({ url, subscriptions, onError });
    try {
      if (consumers !== undefined) await bus.subscribe({ group: room, handle: dispatch(consumers) });
      return bus;
    } catch (error) {
      await bus.close();
      throw error;
    }
  };

  const start = async (): Promise<() => Promise<void>> => {
    for (let waitMs = 100; !closing.signal.aborted; waitMs = Math.min(waitMs * 2, LONGEST_RETRY_MS)) {
      try {
        const bus = await connect();
        const relay = startOutboxRelay(database, (envelopes) => bus.publish(envelopes), onError);
        return async () => {
          await relay.close();
          await bus.close();
        };
      } catch (error) {
        onError(error, 'connecting');
        await sleep(waitMs, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
    return async () => undefined;
  };

  const pruning = setInterval(() => void pruneInbox(database).catch((error: unknown) => onError(error, 'pruning the inbox')), PRUNE_EVERY_MS).unref();
  const started = start();
  return {
    close: async () => {
      closing.abort();
      clearInterval(pruning);
      await (await started)();
      await database.close();
    },
  };
};
