import { testDyingConsumers } from '../testing/dying-consumer.contract.ts';
import { describeBusOn, findBroker } from '../testing/real-broker.ts';

const server = { name: 'rabbitmq', variable: 'TEST_AMQP_URL' } as const;

describeBusOn('amqp', server, { durable: true, keepsForAbsent: true, orderPerSubject: true, retryBlocksSubject: false, redelivers: true });

const found = findBroker(server);
if (found !== undefined) testDyingConsumers('amqp', found.url);
