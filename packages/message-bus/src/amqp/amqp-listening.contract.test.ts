import { describeListeningOn } from '../testing/real-broker.ts';

describeListeningOn('amqp', { name: 'rabbitmq', variable: 'TEST_AMQP_URL' }, { keepsForSlow: 450 });
