import { serialize } from '@supergraph/events/envelope';
import { within } from '../deadline.ts';
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
import { createSqsAudience } from './sqs-audience.ts';
import { createSqsBroadcast } from './sqs-broadcast.ts';
import { createSqsClient } from './sqs-client.ts';
import { startSqsConsumer } from './sqs-consumer.ts';
import { readDeadLetters } from './sqs-dead-letters.ts';
import { connectSqsEars } from './sqs-ears.ts';
import { createSqsPublisher } from './sqs-publisher.ts';
import { createSqsQueues } from './sqs-queues.ts';

const CAPABILITIES: Capabilities = { durable: true, keepsForAbsent: true, orderPerSubject: true, retryBlocksSubject: true, redelivers: true };
const OPEN_DEADLINE_MS = 10_000;
const READINESS_DEADLINE_MS = 2_000;

const unavailable = (error: unknown): never => {
  throw busUnavailable(error);
};

/**
 * Amazon SQS: a FIFO queue for each group and one for its dead letters; the subject is the message group. Attempts are what
 * SQS counts as receptions, so one that was received and given back by a drain has had an attempt. A handler may run for at
 * most 12 hours, and a message waits for its group for at most 14 days.
 */
export const openSqsBus = async (options: BusOptions): Promise<MessageBus> => {
  const { url, subscriptions, namespace = DEFAULT_NAMESPACE, onError = () => undefined } = options;
  const { retryDelayMs = DEFAULT_RETRY_DELAY_MS, visibilityMs = DEFAULT_VISIBILITY_MS } = options;
  const client = createSqsClient(url);
  const queues = createSqsQueues(client, namespace);
  const send = createSqsPublisher(client, queues);
  const audience = createSqsAudience({ client, namespace, onError });
  const broadcast = createSqsBroadcast(client, audience, onError);
  const listeners = createListeners(onError);
  const groups = groupsByType(subscriptions);
  const names = Object.keys(subscriptions);
  const running = new Set<Subscription>();
  try {
    await within(OPEN_DEADLINE_MS, 'sqs', Promise.all(names.map(queues.of)));
  } catch (error) {
    client.destroy();
    throw busUnavailable(error);
  }
  const checkGroup = (group: string): void => {
    if (!(group in subscriptions)) throw groupUnknown(group);
  };

  return {
    capabilities: CAPABILITIES,
    publish: async (envelopes) => {
      if (envelopes.length === 0) return;
      const events = envelopes.map((envelope) => ({ envelope, json: serialize(envelope) }));
      const messages = events.flatMap((event) => (groups.get(event.envelope.type) ?? []).map((group) => ({ group, ...event })));
      await Promise.all([send(messages).catch(unavailable), broadcast(events.map(({ json }) => json))]);
    },
    subscribe: async ({ group, handle, concurrency = DEFAULT_CONCURRENCY }) => {
      checkGroup(group);
      await queues.of(group).catch(unavailable);
      const consumer = startSqsConsumer({ client, queues, group, handle, concurrency, retryDelayMs, visibilityMs, onError });
      const subscription: Subscription = {
        drain: async (deadlineMs = DEFAULT_DRAIN_MS) => {
          running.delete(subscription);
          await consumer.drain(deadlineMs);
        },
      };
      running.add(subscription);
      return subscription;
    },
    listen: (listenOptions) => listeners.start(connectSqsEars(client, audience), listenOptions),
    deadLetters: async (group, limit) => {
      checkGroup(group);
      return queues
        .of(group)
        .then(({ dead }) => readDeadLetters(client, dead, limit))
        .catch(unavailable);
    },
    readiness: () => {
      // Groups do not wait for listeners: whether these can be found matters only to a process that has no groups.
      const ask: Promise<unknown> = names[0] === undefined ? audience.find() : queues.check(names[0]);
      return within(READINESS_DEADLINE_MS, 'sqs', ask).then(
        () => undefined,
        (error: Error) => `message bus: ${error.message || error.name}`,
      );
    },
    close: async () => {
      await Promise.all([listeners.close(), ...[...running].map((subscription) => subscription.drain())]);
      client.destroy();
    },
  };
};
