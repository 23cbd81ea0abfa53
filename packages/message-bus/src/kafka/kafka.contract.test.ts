import { afterAll } from 'vitest';
import { describeBusOn, findBroker } from '../testing/real-broker.ts';
import { createKafkaFactory, withAdmin } from './kafka-client.ts';

const BROKER = { name: 'kafka', variable: 'TEST_KAFKA_URL' } as const;
const capabilities = { durable: true, keepsForAbsent: true, orderPerSubject: true, retryBlocksSubject: true, redelivers: true };

describeBusOn('kafka', BROKER, capabilities);

// Kafka takes the longer to start the more topics there are.
afterAll(async () => {
  const url = findBroker(BROKER)?.url;
  if (url === undefined) return;
  const deleteTopics = withAdmin(
    createKafkaFactory(url, 'test', () => undefined),
    async (admin) => admin.deleteTopics({ topics: (await admin.listTopics()).filter((topic) => topic.startsWith('test-')), timeout: 20_000 }),
    25_000,
  );
  await deleteTopics.catch(() => undefined);
});
