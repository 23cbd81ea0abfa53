import { describeListeningOn } from '../testing/real-broker.ts';

describeListeningOn('kafka', { name: 'kafka', variable: 'TEST_KAFKA_URL' });
