import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, ConsumerConfig, ConsumerRunConfig } from 'kafkajs';
import { settledWithin, within } from '../deadline.ts';
import { busUnavailable } from '../errors.ts';
import { createStickyAssigner } from './kafka-assigner.ts';
import { type NewKafka, RETRY, withAdmin } from './kafka-client.ts';
import { PARTITIONS } from './kafka-topics.ts';
import type { Progress } from './kafka-window.ts';
import { createKafkaWorker, type KafkaWorkerOptions } from './kafka-worker.ts';

export interface KafkaConsumerOptions extends Omit<KafkaWorkerOptions, 'commit'> {
  newKafka: NewKafka;
  topic: string;
  groupId: string;
}

/** A killed process's partitions are somebody else's after at most the first two together. */
const TIMES = { sessionTimeout: 6_000, rebalanceTimeout: 8_000, heartbeatInterval: 1_500, maxWaitTimeInMs: 250 };
const SIZES = { maxBytesPerPartition: 524_288, maxBytes: 4_194_304 };
const START_DEADLINE_MS = 20_000;
const STOP_DEADLINE_MS = 2_000;
const AGAIN_MS = 1_000;

/** Reads a topic as a member of a group. kafkajs fetches and keeps the membership; the worker handles and says what to commit. */
export const startKafkaConsumer = async (options: KafkaConsumerOptions): Promise<{ drain(deadlineMs: number): Promise<void> }> => {
  const { newKafka, topic, groupId, onError } = options;
  let consumer: Consumer | undefined;
  let isStopping = false;
  let commits = 0;

  const worker = createKafkaWorker({
    ...options,
    commit: async (changed) => {
      const offsets = [...changed].map(([partition, { offset, marks }]) => ({ topic, partition, offset: String(offset), metadata: marks }));
      const before = commits;
      await consumer?.commitOffsets(offsets);
      // While it is not running, kafkajs resolves without having committed.
      if (commits === before) throw new Error('not committed');
    },
  });

  const readProgress = (): Promise<Map<number, Progress>> =>
    withAdmin(newKafka, async (admin) => {
      const [stored] = await admin.fetchOffsets({ groupId, topics: [topic] });
      return new Map(stored?.partitions.map(({ partition, offset, metadata }) => [partition, { offset: Number(offset), marks: metadata ?? '' }]));
    });

  const loadProgress = async (isCurrent: () => boolean): Promise<Map<number, Progress>> => {
    while (isCurrent()) {
      try {
        return await readProgress();
      } catch (error) {
        onError(error, `reading how far ${groupId} is`);
        await sleep(AGAIN_MS);
      }
    }
    return new Map();
  };

  const config: ConsumerConfig = {
    groupId,
    ...TIMES,
    ...SIZES,
    allowAutoTopicCreation: false,
    // A consumer that kafkajs restarts by itself collects listeners on dead sockets.
    retry: { ...RETRY, restartOnFailure: async () => false },
    partitionAssigners: [createStickyAssigner({ topic, owned: worker.owned, mayJoin: worker.mayJoin })],
  };

  const consuming: ConsumerRunConfig = {
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: PARTITIONS,
    eachBatch: ({ batch, resolveOffset, pause }) => worker.take(batch.partition, batch.messages, resolveOffset, pause),
  };

  const start = async (): Promise<void> => {
    const started = newKafka().consumer(config);
    consumer = started;
    started.on(started.events.GROUP_JOIN, ({ payload }) => worker.assign(payload.memberAssignment[topic] ?? [], loadProgress));
    started.on(started.events.COMMIT_OFFSETS, () => void commits++);
    started.on(started.events.CRASH, ({ payload }) => {
      onError(payload.error, `consuming as ${groupId}`);
      void startAgain();
    });
    try {
      await started.connect();
      await started.subscribe({ topics: [topic], fromBeginning: true });
      if (!isStopping) await started.run(consuming);
      // Whoever stopped us meanwhile could not stop this.
      if (isStopping) await started.disconnect();
    } catch (error) {
      await started.disconnect().catch(() => undefined);
      throw error;
    }
  };

  const startAgain = async (): Promise<void> => {
    while (!isStopping) {
      await sleep(AGAIN_MS, undefined, { ref: false });
      try {
        return isStopping ? undefined : await start();
      } catch (error) {
        onError(error, `consuming as ${groupId}`);
      }
    }
  };

  const drain = async (deadlineMs: number): Promise<void> => {
    isStopping = true;
    await worker.drain(deadlineMs);
    await settledWithin(STOP_DEADLINE_MS, consumer?.disconnect() ?? Promise.resolve());
  };

  try {
    await within(START_DEADLINE_MS, `consuming as ${groupId}`, start());
  } catch (error) {
    await drain(0);
    throw busUnavailable(error);
  }
  return { drain };
};
