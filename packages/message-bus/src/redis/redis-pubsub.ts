import { serialize } from '@supergraph/events/envelope';
import type { Redis } from 'ioredis';
import { settledWithin } from '../deadline.ts';
import { busUnavailable, groupUnknown } from '../errors.ts';
import { createListeners } from '../keep-listening.ts';
import {
  type BusOptions,
  type Capabilities,
  DEFAULT_CONCURRENCY,
  DEFAULT_DRAIN_MS,
  DEFAULT_NAMESPACE,
  type Handler,
  type MessageBus,
  type SubscribeOptions,
  type Subscription,
} from '../message-bus.ts';
import { parseEnvelope } from '../parse-envelope.ts';
import { connectRedis, execAll, redisReadiness } from './redis-connection.ts';
import { connectRedisEars, readEvent } from './redis-ears.ts';

const CAPABILITIES: Capabilities = {
  durable: false,
  keepsForAbsent: false,
  orderPerSubject: false,
  retryBlocksSubject: false,
  redelivers: false,
};
/** A subscriber that is this far behind, in characters of JSON, loses what comes next. */
const MAX_WAITING = 16 * 1024 * 1024;

/** Handles what arrives, `concurrency` at a time. */
const createReceiver = (handle: Handler, concurrency: number, onError: (error: unknown, what: string) => void) => {
  const abort = new AbortController();
  const waiting: string[] = [];
  const running = new Set<Promise<void>>();
  let waitingSize = 0;

  const handleOne = async (json: string): Promise<void> => {
    const envelope = parseEnvelope(json);
    if (envelope === undefined) return;
    await handle({ envelope, attempt: 1, signal: abort.signal }).catch((error: unknown) => onError(error, `handling ${envelope.type}; it is lost`));
  };

  const beginNext = (): void => {
    if (running.size >= concurrency) return;
    const json = waiting.shift();
    if (json === undefined) return;
    waitingSize -= json.length;
    const work = handleOne(json).finally(() => {
      running.delete(work);
      beginNext();
    });
    running.add(work);
  };

  return {
    receive: (json: string): void => {
      if (waitingSize + json.length > MAX_WAITING) onError(new Error('the subscriber is too slow'), 'a message is lost');
      else {
        waiting.push(json);
        waitingSize += json.length;
        beginNext();
      }
    },
    drain: async (deadlineMs: number): Promise<void> => {
      waiting.length = 0;
      await settledWithin(deadlineMs, Promise.all(running));
      abort.abort(new Error('the process is stopping'));
    },
  };
};

/**
 * Redis Pub/Sub: live fan-out, and lossy. Every subscriber gets every message of its group's types, also each of several that
 * name the same group; what is published while a subscriber is away, reconnects or is 16 MB behind, it never gets; what its
 * handler fails on is not tried again. For what may be missed (cache invalidation, live views), never for what has to happen.
 */
export const openRedisPubSubBus = async (options: BusOptions): Promise<MessageBus> => {
  const { subscriptions, namespace = DEFAULT_NAMESPACE, onError = () => undefined } = options;
  const url = options.url.replace('+pubsub', '');
  const connect = (purpose: string): Promise<Redis> =>
    connectRedis(url, `bus-${namespace}-${purpose}`, (error) => onError(error, `connection of the ${purpose}`));
  const redis = await connect('publisher');
  const listeners = createListeners(onError);
  const running = new Set<Subscription>();
  const channelOf = (type: string): string => `${namespace}:${type}`;

  const subscribe = async ({ group, handle, concurrency = DEFAULT_CONCURRENCY }: SubscribeOptions): Promise<Subscription> => {
    const types = subscriptions[group];
    if (types === undefined) throw groupUnknown(group);
    const reader = await connect('consumer');
    const receiver = createReceiver(handle, concurrency, onError);
    reader.on('message', (_channel, json) => receiver.receive(json));
    try {
      await reader.subscribe(...types.map(channelOf));
    } catch (error) {
      reader.disconnect();
      throw busUnavailable(error);
    }
    const subscription: Subscription = {
      drain: async (deadlineMs = DEFAULT_DRAIN_MS) => {
        running.delete(subscription);
        reader.disconnect();
        await receiver.drain(deadlineMs);
      },
    };
    running.add(subscription);
    return subscription;
  };

  return {
    capabilities: CAPABILITIES,
    publish: async (envelopes) => {
      const commands = envelopes.map((envelope) => ['publish', channelOf(envelope.type), serialize(envelope)]);
      if (commands.length > 0) await execAll(redis, commands);
    },
    subscribe,
    listen: (options) =>
      listeners.start(
        connectRedisEars(() => connect('listener'), options.types.map(channelOf), readEvent),
        options,
      ),
    deadLetters: async (group) => {
      if (!(group in subscriptions)) throw groupUnknown(group);
      return [];
    },
    readiness: () => redisReadiness(redis),
    close: async () => {
      await Promise.all([listeners.close(), ...[...running].map((subscription) => subscription.drain())]);
      redis.disconnect();
    },
  };
};
