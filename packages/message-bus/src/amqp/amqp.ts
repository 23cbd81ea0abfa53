import { setTimeout as sleep } from 'node:timers/promises';
import { serialize } from '@supergraph/events/envelope';
import type { AsyncMessage, Connection } from 'rabbitmq-client';
import { afterFailure, type Outcome, runAttempt } from '../attempt.ts';
import { groupUnknown } from '../errors.ts';
import { createListeners } from '../keep-listening.ts';
import {
  type BusOptions,
  type Capabilities,
  DEFAULT_CONCURRENCY,
  DEFAULT_DRAIN_MS,
  DEFAULT_NAMESPACE,
  DEFAULT_RETRY_DELAY_MS,
  DEFAULT_VISIBILITY_MS,
  type Handler,
  MAX_ATTEMPTS,
  type MessageBus,
  type Subscription,
} from '../message-bus.ts';
import { parseEnvelope } from '../parse-envelope.ts';
import { type Settle, startAmqpConsumer } from './amqp-consumer.ts';
import { connectAmqpEars } from './amqp-ears.ts';
import { type AmqpPublisher, closeAmqpConnection, createAmqpConnection, createAmqpPublisher } from './amqp-publisher.ts';
import { type AmqpTopology, createAmqpTopology } from './amqp-topology.ts';

/**
 * Order: a subject's messages lie in one of eight queues, which one process at a time reads; in it they are handled one
 * after the other. A failed one waits elsewhere and comes back behind those that arrived meanwhile.
 */
const CAPABILITIES: Capabilities = { durable: true, keepsForAbsent: true, orderPerSubject: true, retryBlocksSubject: false, redelivers: true };

const SUBJECT = 'x-subject';
/** Attempts that failed. */
const ATTEMPTS = 'x-attempts';
const REASON = 'x-reason';
const AFTER_ERROR_MS = 1_000;
/** A listener wants to know soon that it hears nothing. */
const LISTENER_SILENCE_MS = 10_000;

/** The broker's own count of deliveries that came back unfinished: the second header up to RabbitMQ 4.2, the first from then on. */
const returnsOf = ({ headers }: AsyncMessage): number => Number(headers?.['x-acquired-count'] ?? headers?.['x-delivery-count'] ?? 0);

const attemptOf = (message: AsyncMessage): number => Number(message.headers?.[ATTEMPTS] ?? 0) + returnsOf(message) + 1;

interface Group {
  group: string;
  handle: Handler;
  publisher: AmqpPublisher;
  topology: AmqpTopology;
  retryDelayMs: number;
  signal: AbortSignal;
  onError: (error: unknown, what: string) => void;
}

const attemptMessage = async (message: AsyncMessage, { handle, retryDelayMs, signal }: Group): Promise<Outcome> => {
  const attempt = attemptOf(message);
  const envelope = parseEnvelope(String(message.body));
  if (envelope === undefined) return { kind: 'park', reason: 'not an event' };
  if (attempt > MAX_ATTEMPTS) return afterFailure(new Error(`its consumer died, ${MAX_ATTEMPTS} attempts were made`), MAX_ATTEMPTS, retryDelayMs);
  return runAttempt(handle, { envelope, attempt, signal }, retryDelayMs);
};

/** Puts a message where its outcome sends it, before it is acknowledged. */
const forward = async (outcome: Exclude<Outcome, { kind: 'done' }>, message: AsyncMessage, queue: string, group: Group): Promise<void> => {
  const attempts = Math.min(attemptOf(message), MAX_ATTEMPTS);
  const headers = { [SUBJECT]: String(message.headers?.[SUBJECT] ?? ''), [ATTEMPTS]: attempts, [REASON]: outcome.reason };
  const body = Buffer.from(message.body);
  const { publisher, topology } = group;
  if (outcome.kind === 'park') await publisher.send([{ exchange: '', routingKey: topology.deadLetters(group.group), body, headers }]);
  else await publisher.send([{ exchange: topology.retryExchange(attempts), routingKey: queue, body, headers, delayMs: outcome.afterMs }]);
};

const settleWith =
  (group: Group) =>
  async (message: AsyncMessage, queue: string): Promise<Settle> => {
    const outcome = await attemptMessage(message, group);
    if (outcome.kind === 'done') return 'acknowledge';
    try {
      await forward(outcome, message, queue, group);
      return 'acknowledge';
    } catch (error) {
      group.onError(error, `${outcome.kind === 'park' ? 'parking' : 'putting back'} a message of ${group.group}`);
      await sleep(AFTER_ERROR_MS, undefined, { ref: false });
      return 'return';
    }
  };

/**
 * RabbitMQ 3.10 or newer: direct exchanges, quorum queues, publisher confirms and mandatory returns. Publishing and consuming
 * use a connection each, because the broker stops reading from publishers when it runs short of memory or disk, and
 * acknowledgements must still pass. A handler may run for 30 minutes: then the broker's `consumer_timeout` takes the message back.
 */
export const openAmqpBus = async (options: BusOptions): Promise<MessageBus> => {
  const { url, subscriptions, namespace = DEFAULT_NAMESPACE, onError = () => undefined } = options;
  const { retryDelayMs = DEFAULT_RETRY_DELAY_MS, visibilityMs = DEFAULT_VISIBILITY_MS } = options;
  const topology = createAmqpTopology(options);
  const connect = (purpose: string, silenceMs = visibilityMs): Connection =>
    createAmqpConnection(url, `bus ${namespace} ${purpose}`, silenceMs, (error) => onError(error, `connection of the ${purpose}`));
  const isWanted = new Set(Object.values(subscriptions).flat());
  const running = new Set<Subscription>();
  const publisher = createAmqpPublisher(connect('publisher'), topology);
  const listeners = createListeners(onError);
  let consuming: Connection | undefined;
  let listening: Connection | undefined;

  try {
    await publisher.connect();
  } catch (error) {
    await publisher.close();
    throw error;
  }

  return {
    capabilities: CAPABILITIES,
    publish: async (envelopes) => {
      if (envelopes.length === 0) return;
      const messages = envelopes.map((envelope) => ({ envelope, body: Buffer.from(serialize(envelope)) }));
      await publisher.send(
        messages.map(({ envelope: { type, subject }, body }) => ({
          exchange: topology.exchange,
          routingKey: topology.routingKey(type, subject),
          body,
          headers: { [SUBJECT]: subject },
          mandatory: isWanted.has(type),
        })),
        messages.map(({ envelope: { type }, body }) => ({ exchange: topology.listening, routingKey: type, body })),
      );
    },
    subscribe: async ({ group, handle, concurrency = DEFAULT_CONCURRENCY }) => {
      if (!(group in subscriptions)) throw groupUnknown(group);
      consuming ??= connect('consumer');
      const abort = new AbortController();
      const consumer = await startAmqpConsumer({
        connection: consuming,
        topology,
        group,
        concurrency,
        handle: settleWith({ group, handle, publisher, topology, retryDelayMs, signal: abort.signal, onError }),
        subjectOf: ({ headers }) => String(headers?.[SUBJECT] ?? ''),
        onError,
      });
      const subscription: Subscription = {
        drain: async (deadlineMs = DEFAULT_DRAIN_MS) => {
          running.delete(subscription);
          await consumer.drain(deadlineMs);
          abort.abort(new Error('the process is stopping'));
        },
      };
      running.add(subscription);
      return subscription;
    },
    listen: (listenOptions) => {
      listening ??= connect('listener', LISTENER_SILENCE_MS);
      return listeners.start(connectAmqpEars(listening, topology, listenOptions.types), listenOptions);
    },
    deadLetters: async (group, limit) => {
      if (!(group in subscriptions)) throw groupUnknown(group);
      const messages = await publisher.peek(topology.deadLetters(group), limit);
      return messages.flatMap(({ body, headers }) => {
        const envelope = parseEnvelope(String(body));
        const reason = String(headers[REASON] ?? `the broker gave up: ${headers['x-first-death-reason']}`);
        return envelope === undefined ? [] : [{ envelope, attempts: Number(headers[ATTEMPTS] ?? MAX_ATTEMPTS), reason }];
      });
    },
    readiness: publisher.readiness,
    close: async () => {
      await Promise.all([listeners.close(), ...[...running].map((subscription) => subscription.drain())]);
      const connections = [consuming, listening].filter((connection) => connection !== undefined);
      await Promise.all([publisher.close(), ...connections.map(closeAmqpConnection)]);
    },
  };
};
