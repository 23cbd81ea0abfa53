import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BatchResultErrorEntry,
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { chunksOf, MAX_BATCH } from './sqs-client.ts';

export interface SqsReceiptsOptions {
  client: SQSClient;
  queue: () => Promise<string>;
  visibilityMs: number;
  onError: (error: unknown, what: string) => void;
}

/** The messages that this process has received and not settled. Nothing here rejects. */
export interface SqsReceipts {
  /** Keeps them out of sight of others until they are settled. */
  hold(messages: readonly Message[]): void;
  delete(message: Message): Promise<void>;
  /** Others may have it in `seconds`, at most a minute. */
  giveBack(messages: readonly Message[], seconds: number): Promise<void>;
  /** Gives back what is still held. */
  close(): Promise<void>;
}

const REQUEST_DEADLINE_MS = 5_000;
/** What is finished within this time is deleted by one request. */
const COLLECT_MS = 3;

interface Receipt {
  Id: string;
  ReceiptHandle: string | undefined;
}

const receiptsOf = (messages: readonly Message[]): Receipt[] => messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));

export const createSqsReceipts = ({ client, queue, visibilityMs, onError }: SqsReceiptsOptions): SqsReceipts => {
  const held = new Set<Message>();
  let finished: Message[] = [];
  let deleting: Promise<void> | undefined;
  let beating: Promise<void> = Promise.resolve();

  const inBatches = async (
    messages: readonly Message[],
    what: string,
    isOwed: (message: Message) => boolean,
    send: (batch: Message[], queueUrl: string) => Promise<{ Failed?: BatchResultErrorEntry[] | undefined }>,
  ): Promise<void> => {
    const sendOne = async (batch: Message[]): Promise<void> => {
      try {
        const { Failed = [] } = await send(batch, await queue());
        const failed = Failed.find(({ Id }) => isOwed(batch[Number(Id)] as Message));
        if (failed !== undefined) onError(new Error(`${failed.Code}: ${failed.Message}`), what);
      } catch (error) {
        onError(error, what);
      }
    };
    await Promise.all(chunksOf(messages, MAX_BATCH).map(sendOne));
  };
  const deadline = () => ({ abortSignal: AbortSignal.timeout(REQUEST_DEADLINE_MS) });

  // Of one that was settled meanwhile the receipt is not valid any more.
  const show = (messages: readonly Message[], seconds: number, isOwed = (_: Message): boolean => true): Promise<void> =>
    inBatches(messages, 'changing the visibility of messages', isOwed, (batch, QueueUrl) => {
      const Entries = receiptsOf(batch).map((receipt) => ({ ...receipt, VisibilityTimeout: seconds }));
      return client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }), deadline());
    });

  const deleteFinished = async (): Promise<void> => {
    await sleep(COLLECT_MS);
    const messages = finished;
    finished = [];
    deleting = undefined;
    for (const message of messages) held.delete(message);
    await inBatches(
      messages,
      'deleting messages',
      () => true,
      (batch, QueueUrl) => client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: receiptsOf(batch) }), deadline()),
    );
  };

  const heartbeat = setInterval(() => {
    beating = Promise.all([beating, show([...held], Math.ceil(visibilityMs / 1_000), (message) => held.has(message))]).then(() => undefined);
  }, visibilityMs / 3);

  return {
    hold: (messages) => {
      for (const message of messages) held.add(message);
    },
    delete: (message) => {
      finished.push(message);
      deleting ??= deleteFinished();
      return deleting;
    },
    giveBack: async (messages, seconds) => {
      for (const message of messages) held.delete(message);
      // A heartbeat that is under way would hide it again.
      await beating;
      await show(messages, seconds);
    },
    close: async () => {
      clearInterval(heartbeat);
      await deleting;
      await beating;
      await show([...held], 0);
    },
  };
};
