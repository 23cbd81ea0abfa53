import { serialize } from '@supergraph/events/envelope';
import { busUnavailable, groupUnknown } from '../errors.ts';
import { createListeners } from '../keep-listening.ts';
import {
  type BusOptions,
  type Capabilities,
  DEFAULT_CONCURRENCY,
  DEFAULT_DRAIN_MS,
  DEFAULT_NAMESPACE,
  DEFAULT_RETRY_DELAY_MS,
  type MessageBus,
  type Subscription,
} from '../message-bus.ts';
import { createKafkaFactory, withAdmin } from './kafka-client.ts';
import { startKafkaConsumer } from './kafka-consumer.ts';
import { readDeadLetters, toDeadMessage } from './kafka-dead-letters.ts';
import { connectKafkaEars } from './kafka-ears.ts';
import { createKafkaProducer } from './kafka-producer.ts';
import { consumerGroup, deadTopic, ensureTopics, eventsTopic } from './kafka-topics.ts';

const CAPABILITIES: Capabilities = { durable: true, keepsForAbsent: true, orderPerSubject: true, retryBlocksSubject: true, redelivers: true };
const READINESS_DEADLINE_MS = 2_000;

const unavailable = (error: unknown): never => {
  throw busUnavailable(error);
};

/**
 * Kafka: one topic for all events, keyed by subject, read by consumer groups; a topic of dead letters a group. A group that is
 * added later begins with what the topic still holds (a week). Kafka counts no deliveries: attempts, and what is done beyond
 * the lowest message that is not, are kept in the metadata of the group's offsets, so that they outlive a crash. The very
 * first crash over a message may go uncounted.
 */
export const openKafkaBus = async (options: BusOptions): Promise<MessageBus> => {
  const { url, subscriptions, namespace = DEFAULT_NAMESPACE, onError = () => undefined, retryDelayMs = DEFAULT_RETRY_DELAY_MS } = options;
  const topic = eventsTopic(namespace);
  const newKafka = createKafkaFactory(url, namespace, onError);
  const running = new Set<Subscription>();
  await ensureTopics(newKafka, namespace, Object.keys(subscriptions)).catch(unavailable);
  const listeners = createListeners(onError);
  const producer = createKafkaProducer(newKafka);

  const typesOf = (group: string): ReadonlySet<string> => {
    const types = subscriptions[group];
    if (types === undefined) throw groupUnknown(group);
    return new Set(types);
  };

  return {
    capabilities: CAPABILITIES,
    publish: async (envelopes) => {
      const messages = envelopes.map((envelope) => ({ envelope, value: Buffer.from(serialize(envelope)) }));
      await producer
        .send(
          topic,
          messages.map(({ envelope, value }) => ({ key: envelope.subject, value })),
        )
        .catch(unavailable);
    },
    subscribe: async ({ group, handle, concurrency = DEFAULT_CONCURRENCY }) => {
      const consumer = await startKafkaConsumer({
        newKafka,
        topic,
        groupId: consumerGroup(namespace, group),
        types: typesOf(group),
        handle,
        concurrency,
        retryDelayMs,
        park: ({ envelope, attempts, reason }) => producer.send(deadTopic(namespace, group), [toDeadMessage(envelope, attempts, reason)]),
        onError,
      });
      const subscription: Subscription = {
        drain: async (deadlineMs = DEFAULT_DRAIN_MS) => {
          running.delete(subscription);
          await consumer.drain(deadlineMs);
        },
      };
      running.add(subscription);
      return subscription;
    },
    listen: (listenOptions) => listeners.start(connectKafkaEars(newKafka, topic), listenOptions),
    deadLetters: async (group, limit) => {
      typesOf(group);
      return readDeadLetters(newKafka, deadTopic(namespace, group), limit).catch(unavailable);
    },
    readiness: () =>
      withAdmin(newKafka, (admin) => admin.fetchTopicMetadata({ topics: [topic] }), READINESS_DEADLINE_MS).then(
        () => undefined,
        (error: Error) => `message bus: ${error.message}`,
      ),
    close: async () => {
      await Promise.all([listeners.close(), ...[...running].map((subscription) => subscription.drain())]);
      await producer.close();
    },
  };
};
