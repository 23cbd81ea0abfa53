import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createDueDeliveries } from '../repositories/due-deliveries.postgres.ts';
import { createKeyCipher } from '../repositories/key-cipher.crypto.ts';
import { createTransactWebhooks } from '../repositories/webhook-writer.postgres.ts';
import { startDispatcher } from './dispatcher.ts';
import { answer, type Respond, type Setting, setUp as setUpOn } from './testing.ts';

let testing: TestDatabase;
beforeAll(async () => {
  testing = await createTestDatabase('webhooks', new URL('../../migrations/', import.meta.url));
});
afterAll(() => testing.drop());
beforeEach(() => testing.database.query('truncate endpoints, outbox cascade'));

const cipher = createKeyCipher('0123456789abcdef0123456789abcdef');
const setUp = (respond: Respond, now?: Date): Setting => {
  const { database } = testing;
  return setUpOn({ database, deliveries: createDueDeliveries(database, cipher), transact: createTransactWebhooks(database, cipher) }, respond, now);
};

describe('the running dispatcher', () => {
  const onError = (error: unknown): never => {
    throw error;
  };

  test('sends at most perEndpoint at a time to one endpoint, and a hanging one delays nobody else', async () => {
    const inFlight = new Map<string, number>();
    let most = 0;
    const hang = Promise.withResolvers<void>();
    const setting = setUp(async ({ url }) => {
      inFlight.set(url, (inFlight.get(url) ?? 0) + 1);
      most = Math.max(most, inFlight.get(url) ?? 0);
      await (url.includes('slow') ? hang.promise : sleep(2));
      inFlight.set(url, (inFlight.get(url) ?? 0) - 1);
      return answer(200);
    }, new Date());
    await setting.addEndpoint('https://slow.example.com/');
    for (const name of ['a', 'b']) await setting.addEndpoint(`https://${name}.example.com/`);
    await setting.publish(30);
    const dispatcher = startDispatcher({ ...setting.options, perEndpoint: 2, concurrency: 8, idleMs: 20, onError });
    await vi.waitFor(async () => expect((await setting.statuses()).filter((status) => status === 'delivered')).toHaveLength(60), 10_000);
    expect(inFlight.get('https://slow.example.com/')).toBe(2);
    expect(most).toBe(2);
    hang.resolve();
    await dispatcher.close();
  });

  test('endpoints that hang, more than there are places for quick ones, delay nobody else', async () => {
    const hang = Promise.withResolvers<void>();
    const setting = setUp(async ({ url }) => {
      if (url.includes('slow')) await hang.promise;
      return answer(200);
    }, new Date());
    for (const name of ['slow-a', 'slow-b', 'slow-c']) await setting.addEndpoint(`https://${name}.example.com/`);
    await setting.publish(5);
    const dispatcher = startDispatcher({ ...setting.options, perEndpoint: 2, concurrency: 4, slowConcurrency: 4, idleMs: 20, onError });
    await vi.waitFor(() => expect(setting.requests).toHaveLength(6), 10_000);
    await setting.addEndpoint('https://quick.example.com/');
    await setting.publish(20);
    await vi.waitFor(async () => expect((await setting.statuses()).filter((status) => status === 'delivered')).toHaveLength(20), 10_000);
    expect(setting.requests).toHaveLength(26);
    hang.resolve();
    await dispatcher.close();
  });

  test('finishes what is under way when it is closed, begins nothing new, and does not wait for ever', async () => {
    const hang = Promise.withResolvers<void>();
    const setting = setUp(async ({ url }) => {
      await (url.includes('slow') ? hang.promise : sleep(100));
      return answer(200);
    }, new Date());
    await setting.addEndpoint();
    await setting.publish(10);
    const dispatcher = startDispatcher({ ...setting.options, perEndpoint: 4, idleMs: 20, onError });
    await vi.waitFor(() => expect(setting.requests).toHaveLength(4), 10_000);
    await dispatcher.close();
    expect((await setting.statuses()).filter((status) => status === 'delivered')).toHaveLength(4);
    expect(setting.requests).toHaveLength(4);
    await setting.addEndpoint('https://slow.example.com/');
    await setting.publish();
    const second = startDispatcher({ ...setting.options, idleMs: 20, onError });
    await vi.waitFor(() => expect(setting.requests.some(({ url }) => url.includes('slow'))).toBe(true), 10_000);
    const began = performance.now();
    await second.close(200);
    expect(performance.now() - began).toBeLessThan(3_000);
    hang.resolve();
    await sleep(50);
    const slow = "select status, attempts from deliveries where endpoint_id = (select id from endpoints where url like '%slow%')";
    expect(await testing.database.query(slow)).toEqual([{ status: 'pending', attempts: 0 }]);
  });

  test('goes on when the storage fails', async () => {
    const setting = setUp(() => answer(200), new Date());
    await setting.addEndpoint();
    await setting.publish();
    const errors: string[] = [];
    let failures = 1;
    const { deliveries } = setting.options;
    const flaky = {
      ...deliveries,
      claimDue: (claim: Parameters<typeof deliveries.claimDue>[0]) =>
        failures-- > 0 ? Promise.reject(new Error('away')) : deliveries.claimDue(claim),
    };
    const dispatcher = startDispatcher({ ...setting.options, deliveries: flaky, idleMs: 20, onError: (_, what) => errors.push(what) });
    await vi.waitFor(async () => expect(await setting.statuses()).toEqual(['delivered']), 10_000);
    expect(errors).toEqual(['looking for due deliveries']);
    await dispatcher.close();
  });
});
