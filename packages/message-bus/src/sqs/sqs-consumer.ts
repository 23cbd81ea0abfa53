import { setTimeout as sleep } from 'node:timers/promises';
import { type Message, ReceiveMessageCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Envelope } from '@supergraph/events/envelope';
import { type Outcome, runAttempt } from '../attempt.ts';
import { settledWithin } from '../deadline.ts';
import type { Handler } from '../message-bus.ts';
import { parseEnvelope } from '../parse-envelope.ts';
import { isQueueMissing, MAX_BATCH } from './sqs-client.ts';
import { toDeadMessage } from './sqs-dead-letters.ts';
import type { SqsQueues } from './sqs-queues.ts';
import { createSqsReceipts } from './sqs-receipts.ts';

export interface SqsConsumerOptions {
  client: SQSClient;
  queues: SqsQueues;
  group: string;
  handle: Handler;
  concurrency: number;
  retryDelayMs: number;
  visibilityMs: number;
  onError: (error: unknown, what: string) => void;
}

/** A received message, and the number of its next attempt. */
interface Held {
  message: Message;
  envelope: Envelope | undefined;
  attempt: number;
}

/** A drain waits this long for an answer that is under way: an answer that nobody hears hides its messages for a while. */
const WAIT_S = 2;
const RECEIVE_DEADLINE_MS = 8_000;
const PARK_DEADLINE_MS = 4_000;
const CLOSE_DEADLINE_MS = 1_000;
const AGAIN_MS = 1_000;
const GATHER_MS = 5;

const toHeld = (message: Message): Held => ({
  message,
  envelope: parseEnvelope(message.Body ?? ''),
  attempt: Number(message.Attributes?.ApproximateReceiveCount ?? 1),
});

/**
 * Receives, while there are free places, and handles: of one subject one after the other. A message that failed goes back to
 * the queue, out of sight until its retry, and the queue holds back those behind it. Unless they came with it: then they, and
 * the retry, wait here, because giving them back would count as an attempt of each.
 */
export const startSqsConsumer = (options: SqsConsumerOptions): { drain(deadlineMs: number): Promise<void> } => {
  const { client, queues, group, handle, concurrency, retryDelayMs, visibilityMs, onError } = options;
  const receipts = createSqsReceipts({ client, queue: async () => (await queues.of(group)).queue, visibilityMs, onError });
  const draining = new AbortController();
  const over = new AbortController();
  const chains = new Set<Promise<void>>();
  let free = concurrency;
  let onFree: PromiseWithResolvers<void> = Promise.withResolvers();

  const release = (places: number): void => {
    free += places;
    if (free === 0) return;
    onFree.resolve();
    onFree = Promise.withResolvers();
  };

  const reserve = async (): Promise<number> => {
    while (free === 0 && !draining.signal.aborted) {
      await onFree.promise;
      // What is finished together is free together: fewer, fuller requests.
      await sleep(GATHER_MS);
    }
    const places = Math.min(free, MAX_BATCH);
    free -= places;
    return places;
  };

  const pause = (milliseconds: number): Promise<void> =>
    sleep(milliseconds, undefined, { signal: draining.signal }).then(
      () => undefined,
      () => undefined,
    );

  const park = async ({ message, attempt }: Held, reason: string): Promise<boolean> => {
    try {
      const { dead } = await queues.of(group);
      const abortSignal = AbortSignal.any([over.signal, AbortSignal.timeout(PARK_DEADLINE_MS)]);
      await client.send(new SendMessageCommand(toDeadMessage(dead, message, attempt, reason)), { abortSignal });
      return true;
    } catch (error) {
      onError(error, `parking a message of ${group}`);
      return false;
    }
  };

  const attempt = async ({ envelope, attempt: number }: Held): Promise<Outcome> =>
    envelope === undefined
      ? { kind: 'park', reason: 'it is no event' }
      : runAttempt(handle, { envelope, attempt: number, signal: over.signal }, retryDelayMs);

  /** Settles a message of a chain. @returns false when it, and with it the rest of the chain, has to go back. */
  const settle = async (held: Held, outcome: Outcome, isLast: boolean): Promise<boolean> => {
    if (over.signal.aborted) return true;
    if (outcome.kind === 'retry') {
      if (isLast) {
        await receipts.giveBack([held.message], Math.ceil(outcome.afterMs / 1_000));
        return true;
      }
      await pause(outcome.afterMs);
      held.attempt++;
      return !draining.signal.aborted && settle(held, await attempt(held), isLast);
    }
    if (outcome.kind === 'park' && !(await park(held, outcome.reason))) return false;
    await receipts.delete(held.message);
    return true;
  };

  const runChain = async (chain: readonly Held[]): Promise<void> => {
    for (const [index, held] of chain.entries()) {
      const goesOn = !draining.signal.aborted && (await settle(held, await attempt(held), index === chain.length - 1));
      if (!goesOn) {
        const rest = chain.slice(index).map(({ message }) => message);
        await receipts.giveBack(rest, 0);
        return release(rest.length);
      }
      release(1);
    }
  };

  const begin = (messages: readonly Message[]): void => {
    receipts.hold(messages);
    for (const chain of Map.groupBy(messages.map(toHeld), ({ message }) => message.Attributes?.MessageGroupId).values()) {
      const running = runChain(chain).finally(() => chains.delete(running));
      chains.add(running);
    }
  };

  const receive = async (places: number): Promise<Message[]> => {
    const { queue } = await queues.of(group);
    const command = new ReceiveMessageCommand({
      QueueUrl: queue,
      MaxNumberOfMessages: places,
      WaitTimeSeconds: WAIT_S,
      VisibilityTimeout: Math.ceil(visibilityMs / 1_000),
      MessageSystemAttributeNames: ['ApproximateReceiveCount', 'MessageGroupId'],
    });
    const abortSignal = AbortSignal.any([over.signal, AbortSignal.timeout(RECEIVE_DEADLINE_MS)]);
    const { Messages = [] } = await client.send(command, { abortSignal });
    return Messages;
  };

  const receiveInto = async (places: number): Promise<void> => {
    let taken = 0;
    try {
      const messages = await receive(places);
      taken = messages.length;
      begin(messages);
    } catch (error) {
      if (isQueueMissing(error)) queues.forget(group);
      if (over.signal.aborted) return;
      onError(error, `receiving messages of ${group}`);
      await pause(AGAIN_MS);
    } finally {
      release(places - taken);
    }
  };

  const poll = async (): Promise<void> => {
    while (!draining.signal.aborted) {
      const places = await reserve();
      if (draining.signal.aborted) return release(places);
      await receiveInto(places);
    }
  };
  const polling = Array.from({ length: Math.ceil(concurrency / MAX_BATCH) }, poll);

  return {
    drain: async (deadlineMs) => {
      draining.abort();
      onFree.resolve();
      const finished = Promise.all(polling).then(() => Promise.all(chains));
      await settledWithin(deadlineMs, finished);
      over.abort(new Error('the process is stopping'));
      await settledWithin(CLOSE_DEADLINE_MS, receipts.close());
    },
  };
};
