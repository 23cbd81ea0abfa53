import { describeBusOn } from './testing/real-broker.ts';

const capabilities = { durable: true, keepsForAbsent: true, orderPerSubject: true, retryBlocksSubject: true, redelivers: true };

describeBusOn('kafka', { name: 'kafka', variable: 'TEST_KAFKA_URL' }, capabilities);
