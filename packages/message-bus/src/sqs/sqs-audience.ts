import { randomUUID } from 'node:crypto';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  type SQSClient,
  TagQueueCommand,
} from '@aws-sdk/client-sqs';
import { isQueueMissing } from './sqs-client.ts';

/** The queues of those who listen: one each, found by the beginning of its name. */
export interface SqsAudience {
  /** Makes a queue. Publishers know it after SETTLE_MS. @returns its URL. */
  join(): Promise<string>;
  /** Tells that the queue is still listened to. */
  renew(queue: string): Promise<void>;
  leave(queue: string): Promise<void>;
  /** The queues that there are, as seen at most MAX_AGE_MS ago. */
  find(): Promise<readonly string[]>;
  /** The queue is gone. */
  forget(queue: string): void;
}

const DEADLINE_MS = 4_000;
const LOOK_EVERY_MS = 1_000;
const MAX_AGE_MS = 2_000;
export const SETTLE_MS = MAX_AGE_MS + 500;

export const RENEW_EVERY_MS = 30_000;
/** A queue of a process that died lives on for so long; the events in it for the shortest time that SQS knows. */
const STALE_AFTER_S = 120;
const COLLECT_EVERY_MS = 60_000;
const RETENTION_S = 60;
const ALIVE = 'alive';

const nowInSeconds = (): number => Math.floor(Date.now() / 1_000);

export interface SqsAudienceOptions {
  client: SQSClient;
  namespace: string;
  onError: (error: unknown, what: string) => void;
  /** How often to look for queues of those who died; default a minute. */
  collectEveryMs?: number;
}

export const createSqsAudience = ({ client, namespace, onError, collectEveryMs = COLLECT_EVERY_MS }: SqsAudienceOptions): SqsAudience => {
  const prefix = `${namespace}-listener-`;
  let known: readonly string[] = [];
  let seenAt = Number.NEGATIVE_INFINITY;
  let collectedAt = performance.now();
  let looking: Promise<void> | undefined;
  const deadline = () => ({ abortSignal: AbortSignal.timeout(DEADLINE_MS) });

  const leave = async (queue: string): Promise<void> => {
    try {
      await client.send(new DeleteQueueCommand({ QueueUrl: queue }), deadline());
    } catch (error) {
      if (!isQueueMissing(error)) throw error;
    }
  };

  const isStale = async (queue: string): Promise<boolean> => {
    try {
      const { Tags } = await client.send(new ListQueueTagsCommand({ QueueUrl: queue }), deadline());
      return nowInSeconds() - Number(Tags?.[ALIVE] ?? 0) > STALE_AFTER_S;
    } catch (error) {
      if (isQueueMissing(error)) return false;
      throw error;
    }
  };

  const collect = async (queues: readonly string[]): Promise<void> => {
    for (const queue of queues) if (await isStale(queue)) await leave(queue);
  };

  const look = async (): Promise<void> => {
    const askedAt = performance.now();
    const { QueueUrls = [] } = await client.send(new ListQueuesCommand({ QueueNamePrefix: prefix }), deadline());
    // A group may be called so too.
    known = QueueUrls.filter((url) => !url.endsWith('.fifo'));
    seenAt = askedAt;
    if (known.length === 0 || askedAt - collectedAt < collectEveryMs) return;
    collectedAt = askedAt;
    void collect(known).catch((error: unknown) => onError(error, 'deleting queues of listeners that died'));
  };

  const lookAgain = (): Promise<void> => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  };

  return {
    join: async () => {
      const attributes = { MessageRetentionPeriod: String(RETENTION_S) };
      const tags = { [ALIVE]: String(nowInSeconds()) };
      const made = new CreateQueueCommand({ QueueName: prefix + randomUUID(), Attributes: attributes, tags });
      return (await client.send(made, deadline())).QueueUrl ?? '';
    },
    renew: async (queue) => {
      await client.send(new TagQueueCommand({ QueueUrl: queue, Tags: { [ALIVE]: String(nowInSeconds()) } }), deadline());
      await lookAgain();
    },
    leave,
    find: async () => {
      const age = performance.now() - seenAt;
      if (age > MAX_AGE_MS) await lookAgain();
      else if (age > LOOK_EVERY_MS) void lookAgain().catch(() => undefined);
      return known;
    },
    forget: (queue) => {
      known = known.filter((other) => other !== queue);
    },
  };
};
