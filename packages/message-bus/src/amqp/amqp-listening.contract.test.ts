import { randomUUID } from 'node:crypto';
import { Connection } from 'rabbitmq-client';
import { expect, test } from 'vitest';
import { createRecorder, message, SUBSCRIPTIONS, TYPES, until } from '../testing/messages.ts';
import { describeListeningOn, findBroker } from '../testing/real-broker.ts';
import { openAmqpBus } from './amqp.ts';
import { createAmqpTopology } from './amqp-topology.ts';

const server = { name: 'rabbitmq', variable: 'TEST_AMQP_URL' } as const;

describeListeningOn('amqp', server, { keepsForSlow: 450 });

test.runIf(findBroker(server) !== undefined)('a listener does not hide that the queues of a group are gone', async () => {
  const url = findBroker(server)?.url ?? '';
  const options = { url, subscriptions: SUBSCRIPTIONS, namespace: `test-${randomUUID().slice(0, 8)}` };
  const bus = await openAmqpBus(options);
  const heard: string[] = [];
  await bus.listen({ types: [TYPES.pong], handle: ({ id }) => void heard.push(id), onInterrupted: () => undefined });
  const pong = message('s', {}, TYPES.pong);
  const topology = createAmqpTopology(options);
  const connection = new Connection(url);
  for (let partition = 0; partition < 8; partition++) await connection.queueDelete({ queue: topology.queue('alpha', partition) });
  await connection.close();
  await expect(bus.publish([pong])).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
  await bus.publish([pong]);
  const alpha = createRecorder();
  await bus.subscribe({ group: 'alpha', handle: alpha.record });
  await until('the group has it', () => alpha.ids().includes(pong.id));
  await until('the listener has it', () => heard.includes(pong.id));
  await bus.close();
});
