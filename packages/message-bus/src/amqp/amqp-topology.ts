import { createHash } from 'node:crypto';
import type { Channel } from 'rabbitmq-client';
import { type BusOptions, DEFAULT_NAMESPACE, MAX_ATTEMPTS } from '../message-bus.ts';

/**
 * A group's messages are spread by subject over this many queues, each read by one process at a time: that is what keeps a
 * subject's order. It is also how many processes of a group can work at once. Changing it strands messages in queues
 * that nobody declares any more: drain first.
 */
export const PARTITIONS = 8;

// The broker's own count ends a message whose process dies before it can even park it; ours, which is exact, comes first.
const DELIVERY_LIMIT = 100;
// From RabbitMQ 4 on a quorum queue drops after 20 returns what has no limit; reading dead letters returns them.
const NO_DELIVERY_LIMIT = 1_000_000_000;

/** The names of everything on the broker. */
export interface AmqpTopology {
  exchange: string;
  /** Of those who only listen; messages come under their type. What nobody listens to is dropped. */
  listening: string;
  routingKey(type: string, subject: string): string;
  queue(group: string, partition: number): string;
  /** A queue without messages: who consumes from it is a member of the group. */
  members(group: string): string;
  deadLetters(group: string): string;
  /** Where a message whose attempt number `attempt` failed waits. Published with its queue as routing key, it comes back there. */
  retryExchange(attempt: number): string;
  /** Makes everything that publishing needs. */
  declare(channel: Channel): Promise<void>;
  declareQueue(channel: Channel, group: string, partition: number): Promise<void>;
  /** @returns how many processes there are. */
  declareMembers(channel: Channel, group: string): Promise<number>;
}

const partitionOf = (subject: string): number => createHash('sha1').update(subject).digest().readUInt32BE() % PARTITIONS;

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

// A message is only removed here when the queue it goes on to has confirmed it. What was on its way when the broker fell is
// tried again after the broker's dead_letter_worker_publisher_confirm_timeout: 3 minutes unless advanced.config says less.
const deadLetterSafely = { 'x-dead-letter-exchange': '', 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish' } as const;

/** A direct exchange for groups and one for listeners; eight queues, a dead-letter queue and a list of members per group; a delay queue per attempt for all. */
export const createAmqpTopology = ({ subscriptions, namespace = DEFAULT_NAMESPACE }: BusOptions): AmqpTopology => {
  const exchange = namespace;
  const listening = `${namespace}.listening`;
  const queue = (group: string, partition: number): string => `${namespace}.${group}.${partition}`;
  const deadLetters = (group: string): string => `${namespace}.${group}.dead-letters`;
  const members = (group: string): string => `${namespace}.${group}.members`;
  const retryExchange = (attempt: number): string => `${namespace}.retry-${attempt}`;

  const declareDelay = async (channel: Channel, attempt: number): Promise<void> => {
    const name = retryExchange(attempt);
    await channel.exchangeDeclare({ exchange: name, type: 'fanout', durable: true });
    await channel.queueDeclare({ queue: name, durable: true, arguments: { 'x-queue-type': 'quorum', ...deadLetterSafely } });
    await channel.queueBind({ queue: name, exchange: name });
  };

  const declareQueue = async (channel: Channel, group: string, partition: number): Promise<void> => {
    const name = queue(group, partition);
    await channel.queueDeclare({
      queue: name,
      durable: true,
      arguments: {
        'x-queue-type': 'quorum',
        'x-single-active-consumer': true,
        'x-delivery-limit': DELIVERY_LIMIT,
        ...deadLetterSafely,
        'x-dead-letter-routing-key': deadLetters(group),
      },
    });
    for (const type of subscriptions[group] ?? []) await channel.queueBind({ queue: name, exchange, routingKey: `${type}.${partition}` });
  };

  const declareGroup = async (channel: Channel, group: string): Promise<void> => {
    const limit = { 'x-queue-type': 'quorum', 'x-delivery-limit': NO_DELIVERY_LIMIT } as const;
    await channel.queueDeclare({ queue: deadLetters(group), durable: true, arguments: limit });
    for (const partition of numbers(PARTITIONS)) await declareQueue(channel, group, partition);
  };

  return {
    exchange,
    listening,
    routingKey: (type, subject) => `${type}.${partitionOf(subject)}`,
    queue,
    members,
    deadLetters,
    retryExchange,
    declare: async (channel) => {
      for (const name of [exchange, listening]) await channel.exchangeDeclare({ exchange: name, type: 'direct', durable: true });
      for (const attempt of numbers(MAX_ATTEMPTS - 1)) await declareDelay(channel, attempt + 1);
      for (const group of Object.keys(subscriptions)) await declareGroup(channel, group);
    },
    declareQueue,
    declareMembers: async (channel, group) => {
      const { consumerCount } = await channel.queueDeclare({ queue: members(group), durable: true, autoDelete: true });
      return consumerCount;
    },
  };
};
