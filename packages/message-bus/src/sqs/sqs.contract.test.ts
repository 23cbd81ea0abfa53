import { describeBusOn } from '../testing/real-broker.ts';

const capabilities = { durable: true, keepsForAbsent: true, orderPerSubject: true, retryBlocksSubject: true, redelivers: true };

describeBusOn('sqs', { name: 'sqs', variable: 'TEST_SQS_URL' }, capabilities);
