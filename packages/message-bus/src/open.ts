import { StartupError } from '@supergraph/service/startup-error';
import type { BusOptions, MessageBus } from './message-bus.ts';

/** By URL scheme; each adapter, and the driver under it, is loaded only when it is asked for. */
const ADAPTERS: Readonly<Record<string, (options: BusOptions) => Promise<MessageBus>>> = {
  'postgres:': async (options) => (await import('./postgres/postgres.ts')).openPostgresBus(options),
  'postgresql:': async (options) => (await import('./postgres/postgres.ts')).openPostgresBus(options),
  'amqp:': async (options) => (await import('./amqp/amqp.ts')).openAmqpBus(options),
  'amqps:': async (options) => (await import('./amqp/amqp.ts')).openAmqpBus(options),
  'kafka:': async (options) => (await import('./kafka/kafka.ts')).openKafkaBus(options),
  'sqs:': async (options) => (await import('./sqs/sqs.ts')).openSqsBus(options),
  'redis:': async (options) => (await import('./redis/redis.ts')).openRedisBus(options),
  'rediss:': async (options) => (await import('./redis/redis.ts')).openRedisBus(options),
  'redis+pubsub:': async (options) => (await import('./redis/redis-pubsub.ts')).openRedisPubSubBus(options),
};

/**
 * Opens the bus that the URL's scheme names: `postgres`, `amqp`, `kafka`, `sqs`, `redis` or `redis+pubsub`; `amqps` and `rediss` are the same over TLS. Makes what the
 * groups need on the broker (queues, streams, topics) before it resolves, so that nothing published from then on is lost.
 * @throws StartupError for a URL without a known scheme; BUS_UNAVAILABLE when the broker does not answer.
 */
export const openMessageBus = (options: BusOptions): Promise<MessageBus> => {
  const scheme = URL.canParse(options.url) ? new URL(options.url).protocol : '';
  const open = ADAPTERS[scheme];
  if (open === undefined)
    throw new StartupError(
      'MESSAGE_BUS_URL names no broker that is known here',
      `use a URL that starts with ${Object.keys(ADAPTERS)
        .map((known) => `${known}//`)
        .join(', ')}`,
    );
  return open(options);
};
