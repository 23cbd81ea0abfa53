import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { message, SUBSCRIPTIONS } from '../testing/messages.ts';
import { describeListeningOn, findBroker } from '../testing/real-broker.ts';
import { openRedisBus } from './redis.ts';
import { streamOf } from './redis-queue.ts';

const server = { name: 'redis', variable: 'TEST_REDIS_URL' } as const;

describeListeningOn('redis', server, { keepsForSlow: 300 });
describeListeningOn('redis+pubsub', server, { scheme: 'redis+pubsub', keepsForSlow: 300 });

test.runIf(findBroker(server) !== undefined)('a publisher without the channels gives groups their messages once, and says what failed', async () => {
  const url = new URL(findBroker(server)?.url ?? '');
  const admin = new Redis(url.href);
  const name = `user-${randomUUID().slice(0, 8)}`;
  await admin.call('ACL', 'SETUSER', name, 'on', '>secret', '~*', '+@all', 'resetchannels');
  url.username = name;
  url.password = 'secret';
  const errors: string[] = [];
  const namespace = `test-${randomUUID().slice(0, 8)}`;
  const bus = await openRedisBus({ url: url.href, subscriptions: SUBSCRIPTIONS, namespace, onError: (_, what) => void errors.push(what) });
  await bus.publish([message('s')]);
  expect(await admin.xlen(streamOf(namespace, 'alpha'))).toBe(1);
  expect(errors).toEqual(['telling listeners']);
  await bus.close();
  await admin.call('ACL', 'DELUSER', name);
  admin.disconnect();
});
