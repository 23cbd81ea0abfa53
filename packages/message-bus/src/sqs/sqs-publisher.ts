import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from '@aws-sdk/client-sqs';
import { type Envelope, MAX_EVENT_BYTES } from '@supergraph/events/envelope';
import { isQueueMissing, MAX_BATCH, toSqsBody, toSqsId } from './sqs-client.ts';
import type { SqsQueues } from './sqs-queues.ts';

export interface Outgoing {
  group: string;
  envelope: Envelope;
  json: string;
}

const REQUEST_DEADLINE_MS = 4_000;
/** Requests at a time for one group. A subject's messages go one request after the other. */
const LANES = 8;
/** Fewer messages would make batches that are not full. */
const MIN_LANE = 25;
/** The limit of a request: 1 MiB at Amazon since 2025, this much elsewhere and before. */
const MAX_REQUEST_BYTES = MAX_EVENT_BYTES;

interface Batch {
  entries: SendMessageBatchRequestEntry[];
  bytes: number;
}

const laneOf = (id: string, lanes: number): number => {
  let hash = 0;
  for (let index = 0; index < id.length; index++) hash = (Math.imul(hash, 31) + id.charCodeAt(index)) >>> 0;
  return hash % lanes;
};

const addTo = (batches: Batch[], { envelope, json }: Outgoing): void => {
  const body = toSqsBody(json);
  const bytes = Buffer.byteLength(body);
  let batch = batches.at(-1);
  if (batch === undefined || batch.entries.length === MAX_BATCH || batch.bytes + bytes > MAX_REQUEST_BYTES) {
    batch = { entries: [], bytes: 0 };
    batches.push(batch);
  }
  batch.bytes += bytes;
  batch.entries.push({
    Id: String(batch.entries.length),
    MessageBody: body,
    MessageGroupId: toSqsId(envelope.subject),
    // Published again within five minutes it is not there twice.
    MessageDeduplicationId: toSqsId(envelope.id),
  });
};

const lanesOf = (messages: readonly Outgoing[]): Batch[][] => {
  const lanes: Batch[][] = Array.from({ length: Math.min(LANES, Math.ceil(messages.length / MIN_LANE)) }, () => []);
  for (const message of messages) addTo(lanes[laneOf(message.envelope.subject, lanes.length)] as Batch[], message);
  return lanes;
};

/** SQS knows no fan-out: what several groups want is sent to the queue of each. Resolves when all have all. */
export const createSqsPublisher = (client: SQSClient, queues: SqsQueues) => {
  const sendBatch = async (group: string, entries: SendMessageBatchRequestEntry[], signal: AbortSignal): Promise<void> => {
    const { queue } = await queues.of(group);
    const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_DEADLINE_MS)]);
    const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: queue, Entries: entries }), { abortSignal });
    const [failed] = Failed;
    if (failed !== undefined) throw new Error(`${failed.Code}: ${failed.Message}`);
  };

  const sendLane = async (group: string, batches: readonly Batch[], stop: AbortController): Promise<void> => {
    try {
      for (const { entries } of batches) if (!stop.signal.aborted) await sendBatch(group, entries, stop.signal);
    } catch (error) {
      if (isQueueMissing(error)) queues.forget(group);
      stop.abort(error);
    }
  };

  return async (messages: readonly Outgoing[]): Promise<void> => {
    const stop = new AbortController();
    const sending = [...Map.groupBy(messages, ({ group }) => group)].flatMap(([group, all]) =>
      lanesOf(all).map((batches) => sendLane(group, batches, stop)),
    );
    await Promise.all(sending);
    stop.signal.throwIfAborted();
  };
};
