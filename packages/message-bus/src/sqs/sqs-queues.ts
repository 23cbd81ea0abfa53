import { CreateQueueCommand, GetQueueAttributesCommand, GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { MAX_ATTEMPTS } from '../message-bus.ts';
import { isQueueMissing } from './sqs-client.ts';

/** Where a group's messages and dead letters are. */
export interface GroupQueues {
  queue: string;
  dead: string;
}

export interface SqsQueues {
  /** Makes what is not there. */
  of(group: string): Promise<GroupQueues>;
  /** Looks again, and makes again, what the server says it does not know. */
  forget(group: string): void;
  /** Rejects when the queue does not answer. */
  check(group: string): Promise<void>;
}

const DEADLINE_MS = 4_000;
const FORTNIGHT_S = 14 * 24 * 3_600;

const FIFO = {
  FifoQueue: 'true',
  MessageRetentionPeriod: String(FORTNIGHT_S),
  // High throughput: limits hold a subject, not a queue.
  DeduplicationScope: 'messageGroup',
  FifoThroughputLimit: 'perMessageGroupId',
};

/** First-in-first-out queues, two a group, that keep the order of each subject. */
export const createSqsQueues = (client: SQSClient, namespace: string): SqsQueues => {
  const known = new Map<string, Promise<GroupQueues>>();
  const deadline = () => ({ abortSignal: AbortSignal.timeout(DEADLINE_MS) });

  const urlOf = async (name: string, attributes: Record<string, string>): Promise<string> => {
    try {
      return (await client.send(new GetQueueUrlCommand({ QueueName: name }), deadline())).QueueUrl ?? '';
    } catch (error) {
      if (!isQueueMissing(error)) throw error;
      return (await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }), deadline())).QueueUrl ?? '';
    }
  };

  const arnOf = async (url: string): Promise<string> => {
    const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }), deadline());
    return Attributes?.QueueArn ?? '';
  };

  const make = async (group: string): Promise<GroupQueues> => {
    const dead = await urlOf(`${namespace}-${group}-dead.fifo`, FIFO);
    // What a consumer could not park because it died, each time.
    const redrive = JSON.stringify({ deadLetterTargetArn: await arnOf(dead), maxReceiveCount: MAX_ATTEMPTS });
    const queue = await urlOf(`${namespace}-${group}.fifo`, { ...FIFO, RedrivePolicy: redrive });
    return { queue, dead };
  };

  const of = (group: string): Promise<GroupQueues> => {
    const found = known.get(group);
    if (found !== undefined) return found;
    const making = make(group);
    known.set(group, making);
    making.catch(() => known.delete(group));
    return making;
  };

  return {
    of,
    forget: (group) => void known.delete(group),
    check: async (group) => void (await arnOf((await of(group)).queue)),
  };
};
