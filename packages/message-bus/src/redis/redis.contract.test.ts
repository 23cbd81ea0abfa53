import { testDyingConsumers } from '../testing/dying-consumer.contract.ts';
import { describeBusOn, findBroker } from '../testing/real-broker.ts';

// Both in one file, and so one after the other: the suite stops the server.
const server = { name: 'redis', variable: 'TEST_REDIS_URL' } as const;

describeBusOn('redis', server, { durable: true, keepsForAbsent: true, orderPerSubject: false, retryBlocksSubject: false, redelivers: true });

describeBusOn(
  'redis+pubsub',
  server,
  { durable: false, keepsForAbsent: false, orderPerSubject: false, retryBlocksSubject: false, redelivers: false },
  'redis+pubsub',
);

const found = findBroker(server);
if (found !== undefined) testDyingConsumers('redis', found.url);
