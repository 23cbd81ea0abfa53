import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import { toEnvelope } from '@supergraph/events/contract';
import { orderPaid } from '@supergraph/events/order';
import { SUBSCRIPTIONS } from '@supergraph/events/subscriptions';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EVENT_TYPES } from '../domain/event-types.ts';
import { createKeyCipher, newSecret } from '../repositories/key-cipher.crypto.ts';
import { createTransactWebhooks } from '../repositories/webhook-writer.postgres.ts';
import { takeEvent } from '../use-cases/take-event.ts';
import { onEvent } from './on-event.ts';

let testing: TestDatabase;
beforeAll(async () => {
  testing = await createTestDatabase('webhooks', new URL('../../migrations/', import.meta.url));
});
afterAll(() => testing.drop());

test('the room gets every event there is, and no command', () => {
  expect(SUBSCRIPTIONS['webhooks']).toEqual(EVENT_TYPES);
  expect(EVENT_TYPES).toContain('webhook.endpoint-disabled.v1');
  expect(EVENT_TYPES).not.toContain('order.pay.v1');
});

test('an event becomes one delivery an endpoint that wants it, however often it comes, and the dispatcher is woken once', async () => {
  const createdAt = new Date();
  const transact = createTransactWebhooks(testing.database, createKeyCipher('0123456789abcdef0123456789abcdef'));
  const add = (id: string, ownerId: string, eventTypes: string[]): Promise<void> => {
    const endpoint = {
      id,
      ownerId,
      url: 'https://hooks.example.com/',
      eventTypes,
      query: null,
      disabledReason: null,
      firstFailureAt: null,
      createdAt,
    };
    return transact((webhooks) => webhooks.add({ ...endpoint, status: 'active' }, false, { secret: newSecret(), createdAt, expiresAt: null }));
  };
  const wanting = '01980c6e-5a10-7c3e-9b1f-000000000001';
  await add(wanting, 'u1', [orderPaid.type]);
  await add('01980c6e-5a10-7c3e-9b1f-000000000002', 'u1', ['order.placed.v1']);
  await add('01980c6e-5a10-7c3e-9b1f-000000000003', 'u2', [orderPaid.type]);

  let woken = 0;
  const handle = onEvent({ takeEvent: takeEvent({ transact, now: () => new Date() }), wake: () => woken++ });
  const data = { id: 'o1', number: 'W1', customerId: 'u1', total: { amount: 100, currency: 'GBP' } };
  const envelope = toEnvelope(orderPaid, { id: 'e1', subject: 'W1', time: new Date(), data });
  const deliver = (attempt: number): Promise<void> => handle({ envelope, attempt, signal: new AbortController().signal });
  await Promise.all([deliver(1), deliver(1), deliver(2)]);

  const rows = await testing.database.query<{ endpoint_id: string }>('select endpoint_id from deliveries');
  expect(rows.map((row) => row.endpoint_id)).toEqual([wanting]);
  expect(woken).toBe(1);
});
