import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import { orderPaid } from '@supergraph/events/order';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { RETRY_SCHEDULE_SECONDS } from '../domain/retry-schedule.ts';
import type { OutgoingRequest } from '../egress/send.ts';
import { createDueDeliveries } from '../repositories/due-deliveries.postgres.ts';
import { createKeyCipher } from '../repositories/key-cipher.crypto.ts';
import { createTransactWebhooks } from '../repositories/webhook-writer.postgres.ts';
import { createAttempt } from './attempt-delivery.ts';
import { answer, CLAIM, DAY_MS, HOUR_MS, newSecret, type Respond, type Setting, START, setUp as setUpOn } from './testing.ts';

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

/** Jumps from one attempt to the next until nothing is due any more. */
const runSchedule = async ({ clock, options, attemptDue }: Setting): Promise<void> => {
  for (;;) {
    await attemptDue();
    const next = await options.deliveries.nextDueAt();
    if (next === undefined) return;
    clock.now = next;
  }
};

describe('the schedule, on a virtual clock', () => {
  test('makes ten attempts over 75 hours, with one id, one body and a fresh signature each, and ends exhausted', async () => {
    const setting = setUp(() => answer(500));
    const { secret } = await setting.addEndpoint();
    await setting.publish();
    await runSchedule(setting);
    const { requests } = setting;
    const seconds = requests.map(({ at }, index) => (at.getTime() - (requests[index - 1]?.at ?? START).getTime()) / 1_000);
    expect(seconds).toEqual(RETRY_SCHEDULE_SECONDS);
    expect(((requests.at(-1)?.at.getTime() ?? 0) - START.getTime()) / HOUR_MS).toBeCloseTo(75.6, 1);
    expect(new Set(requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
    expect(new Set(requests.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(10);
    vi.useFakeTimers({ toFake: ['Date'] });
    for (const { headers, body, at } of requests) {
      vi.setSystemTime(at);
      expect(new Webhook(secret).verify(body, { ...headers })).toMatchObject({ type: orderPaid.type, timestamp: START.toISOString() });
    }
    vi.useRealTimers();
    expect(await setting.statuses()).toEqual(['exhausted']);
    expect(await testing.database.query('select count(*)::int as count from attempts')).toEqual([{ count: 10 }]);
  });

  test('ends with the first 2xx', async () => {
    let attempts = 0;
    const setting = setUp(() => answer(++attempts < 4 ? 503 : 204));
    await setting.addEndpoint();
    await setting.publish();
    await runSchedule(setting);
    expect(setting.requests).toHaveLength(4);
    expect(await setting.statuses()).toEqual(['delivered']);
  });

  test.each([
    [429, '8', 8],
    [503, '999999', 10],
    [429, '1', 5],
    [429, 'soon', 5],
    [500, '8', 5],
    [302, undefined, 5],
  ])('%i with Retry-After %s is tried again after %i s', async (statusCode, retryAfter, seconds) => {
    const setting = setUp(() => answer(statusCode, { retryAfter }));
    await setting.addEndpoint();
    await setting.publish();
    await setting.attemptDue();
    expect(await setting.options.deliveries.nextDueAt()).toEqual(new Date(START.getTime() + seconds * 1_000));
  });
});

describe('an endpoint is disabled', () => {
  test('by 410 at once: its other deliveries are cancelled and the event is published', async () => {
    const setting = setUp(() => answer(410));
    const { id } = await setting.addEndpoint();
    await setting.publish(6);
    await setting.attemptDue();
    expect(await setting.statuses()).toEqual(Array(6).fill('cancelled'));
    expect(setting.disabled).toEqual(['It answered 410 Gone.']);
    expect(await setting.outbox()).toMatchObject([
      { type: 'webhook.endpoint-disabled.v1', subject: id, data: { endpointId: id, ownerId: 'u1', reason: 'It answered 410 Gone.' } },
    ]);
    await setting.publish();
    expect(await setting.attemptDue()).toBe(0);
  });

  test('after five days of nothing but failure, and a success starts them anew', async () => {
    let statusCode = 500;
    const setting = setUp(() => answer(statusCode));
    await setting.addEndpoint();
    const failOnDay = async (day: number): Promise<void> => {
      setting.clock.now = new Date(START.getTime() + day * DAY_MS);
      await setting.publish();
      await setting.attemptDue();
    };
    await failOnDay(0);
    await failOnDay(4);
    statusCode = 200;
    await failOnDay(4.5);
    statusCode = 500;
    await failOnDay(4.6);
    await failOnDay(9.5);
    expect(setting.disabled).toEqual([]);
    await failOnDay(9.6);
    expect(setting.disabled).toEqual([expect.stringContaining('Every attempt has failed since 2026-02-0')]);
    expect(await setting.outbox()).toHaveLength(1);
    expect(await setting.statuses()).not.toContain('pending');
  });
});

test('both keys sign while two overlap', async () => {
  const setting = setUp(() => answer(200));
  const { id, secret } = await setting.addEndpoint();
  const newer = newSecret();
  const createdAt = new Date(START.getTime() + 1);
  await setting.transact((webhooks) => webhooks.addKey(id, { secret: newer, createdAt, expiresAt: null }, new Date(START.getTime() + DAY_MS)));
  const verifiedBy = async (at: Date): Promise<boolean[]> => {
    setting.clock.now = at;
    await setting.publish();
    await setting.attemptDue();
    const { headers, body } = setting.requests.at(-1) as OutgoingRequest;
    const signatures = headers['webhook-signature']?.split(' ') ?? [];
    return [newer, secret].map((key) => signatures.includes(new Webhook(key).sign(headers['webhook-id'] ?? '', at, body)));
  };
  expect(await verifiedBy(new Date(START.getTime() + HOUR_MS))).toEqual([true, true]);
  expect(await verifiedBy(new Date(START.getTime() + DAY_MS))).toEqual([true, false]);
});

test('what a killed dispatcher held is attempted again with the same id and body when its lease has run out', async () => {
  const setting = setUp(() => answer(200));
  await setting.addEndpoint();
  await setting.publish(3);
  const { deliveries } = setting.options;
  const held = await deliveries.claimDue({ ...CLAIM, now: START });
  await createAttempt({ ...setting.options, deliveries: { ...deliveries, recordAttempt: () => Promise.reject(new Error('killed')) } })(
    held[0] as (typeof held)[number],
  ).catch(() => undefined);
  expect(await setting.attemptDue()).toBe(0);
  setting.clock.now = new Date(START.getTime() + CLAIM.leaseMs + 1);
  await setting.attemptDue();
  expect(await setting.statuses()).toEqual(Array(3).fill('delivered'));
  const sent = setting.requests.filter(({ headers }) => headers['webhook-id'] === held[0]?.id);
  expect(sent).toHaveLength(2);
  expect(new Set(sent.map(({ body }) => body)).size).toBe(1);
});
