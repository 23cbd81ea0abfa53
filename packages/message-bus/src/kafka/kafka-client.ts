import { type Admin, type Cluster, Kafka, type KafkaConfig, type LogEntry, logLevel, type PartitionAssigner, type SASLOptions } from 'kafkajs';
import { within } from '../deadline.ts';

export type NewKafka = () => Kafka;

const CONNECT_DEADLINE_MS = 2_000;
const REQUEST_DEADLINE_MS = 3_000;
const ADMIN_DEADLINE_MS = 5_000;
/** Long enough for a leader to be elected; whoever calls has a shorter deadline where it matters. */
export const RETRY = { retries: 12, initialRetryTime: 100, maxRetryTime: 1_000, multiplier: 2, factor: 0.2 };

/** What these log also reaches whoever made the request, or comes as an event. */
const TOLD_OTHERWISE = new Set(['Connection', 'BrokerPool', 'Producer', 'Consumer']);

/**
 * kafkajs 2.2.4 asks for timers of negative length, of which Node warns once a process. The warning is used up here, unseen:
 * https://github.com/tulios/kafkajs/issues/1751
 */
const useUpTimeoutWarning = (): void => {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  clearTimeout(setTimeout(() => undefined, -1));
  process.emitWarning = emitWarning;
};

const saslOf = ({ username, password, searchParams }: URL): SASLOptions | undefined => {
  if (username === '') return undefined;
  const mechanism = (searchParams.get('mechanism') ?? 'plain') as 'plain';
  return { mechanism, username: decodeURIComponent(username), password: decodeURIComponent(password) };
};

/**
 * From `kafka://user:password@host:9092?brokers=other:9092,third:9092&tls=true&mechanism=scram-sha-512`; all but the host may
 * be left out. Every client connects by itself: kafkajs shares offsets between consumers of one.
 */
export const createKafkaFactory = (address: string, clientId: string, onError: (error: unknown, what: string) => void): NewKafka => {
  const url = new URL(address);
  const sasl = saslOf(url);
  const log = ({ namespace, log: entry }: LogEntry): void => {
    if (!TOLD_OTHERWISE.has(namespace)) onError(entry['error'] ?? new Error(entry.message), `kafka: ${namespace}`);
  };
  const config: KafkaConfig = {
    clientId,
    brokers: [url.port === '' ? `${url.hostname}:9092` : url.host, ...(url.searchParams.get('brokers')?.split(',') ?? [])],
    ssl: url.searchParams.get('tls') === 'true',
    ...(sasl === undefined ? {} : { sasl }),
    connectionTimeout: CONNECT_DEADLINE_MS,
    authenticationTimeout: REQUEST_DEADLINE_MS,
    requestTimeout: REQUEST_DEADLINE_MS,
    retry: RETRY,
    logLevel: logLevel.ERROR,
    logCreator: () => log,
  };
  useUpTimeoutWarning();
  return () => new Kafka(config);
};

/** A connection that belongs to no group: reading dead letters, or listening, must neither join one nor commit. Assigners are given it. */
export const clusterOf = (newKafka: NewKafka): Cluster => {
  let found: Cluster | undefined;
  const assigner: PartitionAssigner = ({ cluster }) => {
    found = cluster;
    return { name: '', version: 0, assign: async () => [], protocol: () => ({ name: '', metadata: Buffer.alloc(0) }) };
  };
  newKafka().consumer({ groupId: 'nobody', allowAutoTopicCreation: false, partitionAssigners: [assigner] });
  if (found === undefined) throw new Error('kafkajs gave no connection');
  return found;
};

/** Lends an administration client. Rejects within `deadlineMs`. */
export const withAdmin = async <Result>(
  newKafka: NewKafka,
  work: (admin: Admin) => Promise<Result>,
  deadlineMs = ADMIN_DEADLINE_MS,
): Promise<Result> => {
  const admin = newKafka().admin({ retry: { ...RETRY, retries: 3 } });
  const working = (async () => {
    await admin.connect();
    return work(admin);
  })();
  try {
    return await within(deadlineMs, 'kafka', working);
  } finally {
    // One that missed its deadline may connect yet.
    const disconnect = (): Promise<void> => admin.disconnect().catch(() => undefined);
    void working.then(disconnect, disconnect);
  }
};
