import { randomUUID } from 'node:crypto';
import { CreateQueueCommand, ListQueuesCommand } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { until } from '../testing/messages.ts';
import { describeListeningOn, findBroker } from '../testing/real-broker.ts';
import { createSqsAudience } from './sqs-audience.ts';
import { createSqsClient } from './sqs-client.ts';

const count = async (url: string, namespace: string): Promise<number> => {
  const client = createSqsClient(url);
  const { QueueUrls = [] } = await client.send(new ListQueuesCommand({ QueueNamePrefix: `${namespace}-listener-` }));
  client.destroy();
  return QueueUrls.length;
};

const server = { name: 'sqs', variable: 'TEST_SQS_URL' } as const;

describeListeningOn('sqs', server, { leftovers: { count, afterKill: 2 } });

test.runIf(findBroker(server) !== undefined)(
  'a publisher deletes the queues of listeners that have not been heard of for two minutes, and no others',
  async () => {
    const url = findBroker(server)?.url ?? '';
    const client = createSqsClient(url);
    const namespace = `test-${randomUUID().slice(0, 8)}`;
    const audience = createSqsAudience({ client, namespace, onError: () => undefined, collectEveryMs: 0 });
    const living = await audience.join();
    const tags = { alive: String(Math.floor(Date.now() / 1_000) - 121) };
    await client.send(new CreateQueueCommand({ QueueName: `${namespace}-listener-dead`, tags }));
    expect(await audience.find()).toHaveLength(2);
    await until('the dead one is deleted', async () => (await count(url, namespace)) === 1);
    await audience.leave(living);
    expect(await count(url, namespace)).toBe(0);
    client.destroy();
  },
);
