import { createDatabase, type Database } from '@supergraph/database/database';
import { serialize } from '@supergraph/events/envelope';
import { busUnavailable, groupUnknown } from '../errors.ts';
import { groupsByType } from '../groups-by-type.ts';
import { createListeners } from '../keep-listening.ts';
import { type BusOptions, type Capabilities, DEFAULT_DRAIN_MS, DEFAULT_NAMESPACE, type MessageBus, type Subscription } from '../message-bus.ts';
import { createPostgresConsumer } from './postgres-consumer.ts';
import { connectPostgresEars } from './postgres-ears.ts';
import { listenForMessages } from './postgres-listener.ts';
import { createPostgresQueue } from './postgres-queue.ts';

const CAPABILITIES: Capabilities = { durable: true, keepsForAbsent: true, orderPerSubject: true, retryBlocksSubject: true, redelivers: true };

/**
 * Taking and acknowledging may be lost in a crash: the message is then delivered again, which consumers stand. The tables are
 * empty now and full a moment later, whatever their statistics say: only walking along the indexes is good at any time.
 */
const TAKER_SETTINGS = {
  synchronous_commit: 'off',
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_sort: 'off',
  plan_cache_mode: 'force_generic_plan',
};

/** The server keeps for a listener what that has not read, for all in one queue: one that reads nothing is cut off. */
const LISTENER_SETTINGS = { tcp_user_timeout: '30000' };
/** Each holds a connection. */
const MAX_LISTENERS = 40;

/**
 * The embedded bus: tables in a PostgreSQL database, rows claimed with SKIP LOCKED, consumers woken by NOTIFY. A subject's
 * messages come in order, one at a time; one that waits for its retry holds back those behind it. docs/decisions/0008 says
 * why not a job library.
 */
export const openPostgresBus = async (options: BusOptions): Promise<MessageBus> => {
  const { url, subscriptions, namespace = DEFAULT_NAMESPACE, onError = () => undefined } = options;
  const publisher = createDatabase({ url, applicationName: `bus ${namespace}`, maxConnections: 4 });
  const taker = createDatabase({ url, applicationName: `bus ${namespace}`, maxConnections: 6, settings: TAKER_SETTINGS });
  const listener = createDatabase({ url, applicationName: `bus ${namespace} listener`, maxConnections: MAX_LISTENERS, settings: LISTENER_SETTINGS });
  const listeners = createListeners(onError);
  const groups = groupsByType(subscriptions);
  const queue = createPostgresQueue(publisher, taker, namespace);
  const close = async (...databases: Database[]): Promise<void> => void (await Promise.all(databases.map((database) => database.close())));
  try {
    await queue.prepare();
  } catch (error) {
    await close(publisher, taker, listener);
    throw busUnavailable(error);
  }
  const running = new Set<Subscription>();
  return {
    capabilities: CAPABILITIES,
    publish: async (envelopes) => {
      if (envelopes.length === 0) return;
      const messages = envelopes.map((envelope) => ({
        groups: groups.get(envelope.type) ?? [],
        subject: envelope.subject,
        json: serialize(envelope),
      }));
      await queue.add(messages).catch((error: unknown) => {
        throw busUnavailable(error);
      });
    },
    subscribe: async ({ group, handle, concurrency }) => {
      if (!(group in subscriptions)) throw groupUnknown(group);
      const consumer = createPostgresConsumer({ queue, group, handle, concurrency, options, onError });
      const listener = listenForMessages(publisher, queue.channel, consumer.wake, onError);
      const subscription: Subscription = {
        drain: async (deadlineMs = DEFAULT_DRAIN_MS) => {
          running.delete(subscription);
          listener.close();
          await consumer.drain(deadlineMs);
        },
      };
      running.add(subscription);
      return subscription;
    },
    listen: (listenOptions) => listeners.start(connectPostgresEars(listener, queue), listenOptions),
    deadLetters: queue.deadLetters,
    readiness: publisher.readiness,
    close: async () => {
      await Promise.all([listeners.close(), ...[...running].map((subscription) => subscription.drain())]);
      await close(publisher, taker, listener);
    },
  };
};
