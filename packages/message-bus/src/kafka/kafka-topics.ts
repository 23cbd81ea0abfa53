import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, ITopicConfig, KafkaJSProtocolError } from 'kafkajs';
import { type NewKafka, withAdmin } from './kafka-client.ts';

/** More processes of one group than this would have nothing to do. */
export const PARTITIONS = 8;
const WEEK_MS = 7 * 24 * 3_600_000;
const LOOK_EVERY_MS = 50;

export const eventsTopic = (namespace: string): string => `${namespace}.events`;
export const deadTopic = (namespace: string, group: string): string => `${namespace}.${group}.dead`;
export const consumerGroup = (namespace: string, group: string): string => `${namespace}.${group}`;

const topic = (name: string, numPartitions: number, retentionMs: number): ITopicConfig => ({
  topic: name,
  numPartitions,
  // As many copies as the cluster makes by default.
  replicationFactor: -1,
  configEntries: [{ name: 'retention.ms', value: String(retentionMs) }],
});

// kafkajs exports its errors in a way that Node's modules do not see.
const isThere = (error: unknown): boolean => (error as KafkaJSProtocolError).type === 'TOPIC_ALREADY_EXISTS';

const create = async (admin: Admin, wanted: ITopicConfig): Promise<void> => {
  try {
    await admin.createTopics({ topics: [wanted], waitForLeaders: false });
  } catch (error) {
    if (!isThere(error)) throw error;
  }
};

/** A topic that was made a moment ago is not known to every broker at once. */
const areKnown = async (admin: Admin, names: string[]): Promise<boolean> => {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: names });
    return topics.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0));
  } catch (error) {
    if ((error as KafkaJSProtocolError).retriable) return false;
    throw error;
  }
};

/** Makes the topics that are not there yet. Dead letters are kept until somebody deletes them. */
export const ensureTopics = (newKafka: NewKafka, namespace: string, groups: readonly string[]): Promise<void> =>
  withAdmin(newKafka, async (admin) => {
    const known = new Set(await admin.listTopics());
    const wanted = [topic(eventsTopic(namespace), PARTITIONS, WEEK_MS), ...groups.map((group) => topic(deadTopic(namespace, group), 1, -1))];
    const missing = wanted.filter(({ topic: name }) => !known.has(name));
    for (const one of missing) await create(admin, one);
    while (
      !(await areKnown(
        admin,
        wanted.map(({ topic: name }) => name),
      ))
    )
      await sleep(LOOK_EVERY_MS);
  });
