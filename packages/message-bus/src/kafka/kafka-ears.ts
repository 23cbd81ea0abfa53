import type { Broker, Cluster, KafkaMessage } from 'kafkajs';
import type { ConnectEars } from '../keep-listening.ts';
import { parseEnvelope } from '../parse-envelope.ts';
import { clusterOf, type NewKafka } from './kafka-client.ts';

const FETCH = { maxWaitTime: 500, minBytes: 1, maxBytes: 8_388_608, isolationLevel: 1 };
const MAX_PARTITION_BYTES = 1_048_576;

interface Page {
  responses: { partitions: { partition: number; messages: KafkaMessage[] }[] }[];
}

/** By number, where each partition ends now. */
const findEnds = async (cluster: Cluster, topic: string): Promise<Map<number, bigint>> => {
  const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => ({ partition: partitionId }));
  const [found] = await cluster.fetchTopicsOffset([{ topic, partitions, fromBeginning: false }]);
  return new Map(found?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
};

/** Reads on from `offsets`, in which it notes how far it is, for as long as it is not over. */
const follow = async (broker: Broker, topic: string, offsets: Map<number, bigint>, onMessage: (json: string) => void, isOver: () => boolean) => {
  while (!isOver()) {
    const partitions = [...offsets].map(([partition, offset]) => ({ partition, fetchOffset: String(offset), maxBytes: MAX_PARTITION_BYTES }));
    const page: Page = await broker.fetch({ ...FETCH, topics: [{ topic, partitions }] });
    for (const { partition, messages } of page.responses.flatMap((response) => response.partitions)) {
      // A batch comes whole, also when it was asked for from its middle on.
      const fresh = messages.filter(({ offset }) => BigInt(offset) >= (offsets.get(partition) ?? 0n));
      for (const { value } of fresh) onMessage(String(value));
      const last = fresh.at(-1);
      if (last !== undefined) offsets.set(partition, BigInt(last.offset) + 1n);
    }
  }
};

/** Reads the topic of all events from its end on, as a member of no group: Kafka knows nothing of it. */
export const connectKafkaEars =
  (newKafka: NewKafka, topic: string): ConnectEars =>
  async ({ hear, lost }) => {
    const cluster = clusterOf(newKafka);
    let isOver = false;
    const release = (): Promise<void> => {
      isOver = true;
      return cluster.disconnect().catch(() => undefined);
    };
    try {
      await cluster.connect();
      await cluster.addMultipleTargetTopics([topic]);
      const ends = await findEnds(cluster, topic);
      for (const [nodeId, partitions] of Object.entries(cluster.findLeaderForPartitions(topic, [...ends.keys()]))) {
        const broker = await cluster.findBroker({ nodeId });
        const offsets = new Map(partitions.map((partition) => [partition, ends.get(partition) ?? 0n]));
        void follow(
          broker,
          topic,
          offsets,
          (json) => hear(parseEnvelope(json)),
          () => isOver,
        ).catch(lost);
      }
    } catch (error) {
      await release();
      throw error;
    }
    return release;
  };
