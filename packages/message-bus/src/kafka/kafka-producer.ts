import { type ICustomPartitioner, type Message, Partitioners, type Producer, type RecordMetadata } from 'kafkajs';
import { settledWithin, within } from '../deadline.ts';
import type { NewKafka } from './kafka-client.ts';

export interface KafkaProducer {
  /** Resolves when every in-sync replica holds all messages. Rejects within 5 s otherwise. */
  send(topic: string, messages: readonly Message[]): Promise<void>;
  close(): Promise<void>;
}

interface Waiting {
  topic: string;
  messages: Message[];
  bytes: number;
  settle: PromiseWithResolvers<void>;
}

const SEND_DEADLINE_MS = 4_000;
const CLOSE_DEADLINE_MS = 1_000;
const RETRY = { retries: 5, initialRetryTime: 100, maxRetryTime: 500 };
/** A broker takes 1 MiB a partition by default (`message.max.bytes`), and all of these may go to one. */
const MAX_SEND_BYTES = 900_000;
const MESSAGE_OVERHEAD_BYTES = 100;

const sizeOf = ({ key, value, headers }: Message): number =>
  MESSAGE_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0) + (headers === undefined ? 0 : JSON.stringify(headers).length);

const chunksOf = (topic: string, messages: readonly Message[]): Waiting[] => {
  const chunks: Waiting[] = [];
  for (const message of messages) {
    const bytes = sizeOf(message);
    const last = chunks.at(-1);
    if (last !== undefined && last.bytes + bytes <= MAX_SEND_BYTES) {
      last.messages.push(message);
      last.bytes += bytes;
    } else chunks.push({ topic, messages: [message], bytes, settle: Promise.withResolvers() });
  }
  return chunks;
};

/** One connection, and to which partitions it has sent lately. */
const connectProducer = async (newKafka: NewKafka) => {
  const chosen = new Set<string>();
  const partitioner: ICustomPartitioner = () => {
    const choose = Partitioners.DefaultPartitioner();
    return (args) => {
      const partition = choose(args);
      chosen.add(`${args.topic} ${partition}`);
      return partition;
    };
  };
  const producer: Producer = newKafka().producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: partitioner,
    retry: RETRY,
  });
  const send = async (chunks: readonly Waiting[]): Promise<void> => {
    chosen.clear();
    const answers: RecordMetadata[] = await producer.sendBatch({
      acks: -1,
      timeout: SEND_DEADLINE_MS,
      topicMessages: chunks.map(({ topic, messages }) => ({ topic, messages })),
    });
    for (const { topicName, partition } of answers) chosen.delete(`${topicName} ${partition}`);
    // When a partition moves to another broker in the middle, kafkajs forgets to send its messages, and resolves.
    if (chosen.size > 0) throw new Error(`not confirmed: ${[...chosen].join(', ')}`);
  };
  try {
    await producer.connect();
  } catch (error) {
    await producer.disconnect().catch(() => undefined);
    throw error;
  }
  return { send, disconnect: () => producer.disconnect() };
};

/**
 * An idempotent producer. kafkajs takes the numbers of a failed send for the next one, which a broker that has written the
 * first then drops as a repetition, and confirms. So there is one send at a time, and none after a failure: the next goes
 * over a new producer. What waits meanwhile goes together, in order, or fails together.
 */
export const createKafkaProducer = (newKafka: NewKafka): KafkaProducer => {
  const waiting: Waiting[] = [];
  let current: ReturnType<typeof connectProducer> | undefined;
  let pumping: Promise<void> | undefined;

  const next = (): Waiting[] => {
    let bytes = 0;
    const end = waiting.findIndex((chunk) => {
      bytes += chunk.bytes;
      return bytes > MAX_SEND_BYTES;
    });
    return waiting.splice(0, end === -1 ? waiting.length : Math.max(end, 1));
  };

  const letGo = async (): Promise<void> => {
    const old = current;
    current = undefined;
    await old?.then((producer) => producer.disconnect()).catch(() => undefined);
  };

  const sendNow = async (chunks: readonly Waiting[]): Promise<void> => {
    current ??= connectProducer(newKafka);
    const used = current;
    let isLate = false;
    const sending = used.then((producer) => (isLate ? undefined : producer.send(chunks)));
    try {
      await within(SEND_DEADLINE_MS, 'kafka', sending);
    } catch (error) {
      isLate = true;
      void letGo();
      // A send that has missed its deadline goes on trying and may connect again.
      const disconnect = (): Promise<void> => used.then((producer) => producer.disconnect()).catch(() => undefined);
      void sending.then(disconnect, disconnect);
      throw error;
    }
  };

  const pump = async (): Promise<void> => {
    while (waiting.length > 0) {
      const chunks = next();
      try {
        await sendNow(chunks);
        for (const { settle } of chunks) settle.resolve();
      } catch (error) {
        for (const { settle } of [...chunks, ...waiting.splice(0)]) settle.reject(error);
      }
    }
    pumping = undefined;
  };

  return {
    send: async (topic, messages) => {
      const chunks = chunksOf(topic, messages);
      if (chunks.length === 0) return;
      waiting.push(...chunks);
      pumping ??= pump();
      await Promise.all(chunks.map(({ settle }) => settle.promise));
    },
    close: async () => {
      await pumping;
      await settledWithin(CLOSE_DEADLINE_MS, letGo());
    },
  };
};
