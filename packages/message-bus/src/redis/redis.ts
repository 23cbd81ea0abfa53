import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { serialize } from '@supergraph/events/envelope';
import type { Redis } from 'ioredis';
import { busUnavailable, groupUnknown } from '../errors.ts';
import { groupsByType } from '../groups-by-type.ts';
import { createListeners } from '../keep-listening.ts';
import {
  type BusOptions,
  type Capabilities,
  DEFAULT_CONCURRENCY,
  DEFAULT_DRAIN_MS,
  DEFAULT_NAMESPACE,
  DEFAULT_RETRY_DELAY_MS,
  DEFAULT_VISIBILITY_MS,
  type MessageBus,
  type Subscription,
} from '../message-bus.ts';
import { connectRedis, execAll, redisReadiness } from './redis-connection.ts';
import { startRedisConsumer } from './redis-consumer.ts';
import { broadcast, connectRedisEars, readEvents } from './redis-ears.ts';
import { createRedisQueue, streamOf } from './redis-queue.ts';

/** Several processes read one stream, each with several handlers: nothing keeps a subject's messages in line. */
const CAPABILITIES: Capabilities = { durable: false, keepsForAbsent: true, orderPerSubject: false, retryBlocksSubject: false, redelivers: true };

/** True when the server writes every command to disk before it answers. Without the right to ask: not known to be. */
const isDurable = async (redis: Redis): Promise<boolean> => {
  try {
    const [appendOnly, fsync] = (await Promise.all([redis.config('GET', 'appendonly'), redis.config('GET', 'appendfsync')])) as string[][];
    return appendOnly?.[1] === 'yes' && fsync?.[1] === 'always';
  } catch {
    return false;
  }
};

/**
 * Redis 6.2 or newer, one stream per group: a message is added to the stream of every group that wants it and removed when it
 * is done, so a stream holds what is outstanding and nothing else. It is as durable as the server: with `appendfsync always`
 * what was published survives a crash, and `capabilities.durable` says so. `maxmemory-policy` must be `noeviction`.
 * `rediss://` for TLS.
 */
export const openRedisBus = async (options: BusOptions): Promise<MessageBus> => {
  const { url, subscriptions, namespace = DEFAULT_NAMESPACE, onError = () => undefined } = options;
  const { retryDelayMs = DEFAULT_RETRY_DELAY_MS, visibilityMs = DEFAULT_VISIBILITY_MS } = options;
  const connect = (purpose: string): Promise<Redis> =>
    connectRedis(url, `bus-${namespace}-${purpose}`, (error) => onError(error, `connection of the ${purpose}`));
  const redis = await connect('publisher');
  const groups = groupsByType(subscriptions);
  const running = new Set<Subscription>();
  const listeners = createListeners(onError);
  const channelOf = (type: string): string => `${namespace}:${type}`;
  const queueOf = (group: string, consumer: string) => createRedisQueue(redis, namespace, group, consumer, visibilityMs);

  return {
    capabilities: { ...CAPABILITIES, durable: await isDurable(redis) },
    publish: async (envelopes) => {
      if (envelopes.length === 0) return;
      const messages = envelopes.map((envelope) => ({ type: envelope.type, json: serialize(envelope) }));
      const commands = messages.flatMap(({ type, json }) =>
        (groups.get(type) ?? []).map((group) => ['xadd', streamOf(namespace, group), '*', 'event', json]),
      );
      // Both in one go. The groups' messages must not be repeated because listeners could not be told.
      const told = execAll(redis, broadcast(messages, channelOf)).catch((error: unknown) => onError(error, 'telling listeners'));
      if (commands.length > 0) await execAll(redis, commands);
      await told;
    },
    subscribe: async ({ group, handle, concurrency = DEFAULT_CONCURRENCY }) => {
      if (!(group in subscriptions)) throw groupUnknown(group);
      const queue = queueOf(group, `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`);
      const reader = await connect('consumer');
      try {
        await queue.prepare();
      } catch (error) {
        reader.disconnect();
        throw busUnavailable(error);
      }
      const consumer = startRedisConsumer({ queue, reader, group, handle, concurrency, retryDelayMs, visibilityMs, onError });
      const subscription: Subscription = {
        drain: async (deadlineMs = DEFAULT_DRAIN_MS) => {
          running.delete(subscription);
          await consumer.drain(deadlineMs);
          reader.disconnect();
        },
      };
      running.add(subscription);
      return subscription;
    },
    listen: (options) =>
      listeners.start(
        connectRedisEars(() => connect('listener'), options.types.map(channelOf), readEvents),
        options,
      ),
    deadLetters: async (group, limit) => {
      if (!(group in subscriptions)) throw groupUnknown(group);
      return queueOf(group, '')
        .deadLetters(limit)
        .catch((error: unknown) => {
          throw busUnavailable(error);
        });
    },
    readiness: () => redisReadiness(redis),
    close: async () => {
      await Promise.all([listeners.close(), ...[...running].map((subscription) => subscription.drain())]);
      redis.disconnect();
    },
  };
};
