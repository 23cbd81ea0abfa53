import { describeListeningOn } from '../testing/real-broker.ts';

const server = { name: 'redis', variable: 'TEST_REDIS_URL' } as const;

describeListeningOn('redis', server, { keepsForSlow: 300 });
describeListeningOn('redis+pubsub', server, { scheme: 'redis+pubsub', keepsForSlow: 300 });
