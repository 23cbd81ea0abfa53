import type { Envelope } from '@supergraph/events/envelope';
import type { Cluster, KafkaMessage, Message } from 'kafkajs';
import { within } from '../deadline.ts';
import { type DeadLetter, MAX_ATTEMPTS } from '../message-bus.ts';
import { parseEnvelope } from '../parse-envelope.ts';
import { clusterOf, type NewKafka } from './kafka-client.ts';

const READ_DEADLINE_MS = 5_000;
const FETCH = { maxWaitTime: 100, minBytes: 1, maxBytes: 10_000_000, isolationLevel: 1 };

interface Page {
  responses: { partitions: { highWatermark: string; messages: KafkaMessage[] }[] }[];
}

export const toDeadMessage = (envelope: Envelope, attempts: number, reason: string): Message => ({
  key: envelope.subject,
  value: Buffer.from(JSON.stringify(envelope)),
  headers: { attempts: String(attempts), reason },
});

const toDeadLetter = ({ value, headers }: KafkaMessage): DeadLetter[] => {
  const envelope = parseEnvelope(String(value));
  if (envelope === undefined) return [];
  const attempts = Number(headers?.['attempts'] ?? MAX_ATTEMPTS);
  return [{ envelope, attempts, reason: String(headers?.['reason'] ?? '') }];
};

const read = async (cluster: Cluster, topic: string, limit: number): Promise<DeadLetter[]> => {
  await cluster.connect();
  await cluster.addMultipleTargetTopics([topic]);
  const [earliest] = await cluster.fetchTopicsOffset([{ topic, partitions: [{ partition: 0 }], fromBeginning: true }]);
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [0]));
  const broker = await cluster.findBroker({ nodeId: nodeId ?? '' });
  const letters: DeadLetter[] = [];
  let offset = BigInt(earliest?.partitions[0]?.offset ?? 0);
  for (let end = offset + 1n; offset < end && letters.length < limit; ) {
    const partition = { partition: 0, fetchOffset: String(offset), maxBytes: FETCH.maxBytes };
    const page: Page = await broker.fetch({ ...FETCH, topics: [{ topic, partitions: [partition] }] });
    const { messages = [], highWatermark = '0' } = page.responses[0]?.partitions[0] ?? {};
    const fresh = messages.filter((message) => BigInt(message.offset) >= offset);
    letters.push(...fresh.flatMap(toDeadLetter));
    end = fresh.length === 0 ? offset : BigInt(highWatermark);
    offset = BigInt(fresh.at(-1)?.offset ?? offset) + 1n;
  }
  return letters.slice(0, limit);
};

/** The oldest dead letters in a topic; nothing is committed. */
export const readDeadLetters = async (newKafka: NewKafka, topic: string, limit: number): Promise<DeadLetter[]> => {
  const cluster = clusterOf(newKafka);
  const reading = read(cluster, topic, limit);
  try {
    return await within(READ_DEADLINE_MS, 'kafka', reading);
  } finally {
    const disconnect = (): Promise<void> => cluster.disconnect().catch(() => undefined);
    void reading.then(disconnect, disconnect);
  }
};
