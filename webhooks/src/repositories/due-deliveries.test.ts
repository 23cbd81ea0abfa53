import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import type { Envelope } from '@supergraph/events/envelope';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newEndpoint } from '../domain/endpoint.ts';
import type { AttemptResult, DueDeliveries, TransactWebhooks } from '../use-cases/ports.ts';
import { createDueDeliveries } from './due-deliveries.postgres.ts';
import { createKeyCipher, newSecret } from './key-cipher.crypto.ts';
import { pruneDeliveries } from './prune-deliveries.postgres.ts';
import { createWebhookReader } from './webhook-reader.postgres.ts';
import { createTransactWebhooks } from './webhook-writer.postgres.ts';

const NOW = new Date('2026-01-31T09:30:00.000Z');
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1_000);

let fixture: TestDatabase;
let due: DueDeliveries;
let transact: TransactWebhooks;

beforeAll(async () => {
  fixture = await createTestDatabase('webhooks', new URL('../../migrations/', import.meta.url));
  const cipher = createKeyCipher('a secret of the room');
  due = createDueDeliveries(fixture.database, cipher);
  transact = createTransactWebhooks(fixture.database, cipher);
});
afterAll(() => fixture.drop());
beforeEach(async () => {
  await fixture.database.query('truncate endpoints, outbox cascade');
});

const envelope = (id: string = randomUUID()): Envelope => ({
  specversion: '1.0',
  id,
  source: 'category',
  type: 'product.created.v1',
  subject: '71053',
  time: NOW.toISOString(),
  datacontenttype: 'application/json',
  data: { sku: '71053' },
});

const endpoint = async (secret = newSecret()): Promise<string> => {
  const wish = { url: 'https://example.com', eventTypes: ['product.created.v1'], query: null };
  const made = newEndpoint({ id: randomUUID(), ownerId: 'ada', createdAt: NOW }, wish, false);
  await transact((webhooks) => webhooks.add(made, false, { secret, createdAt: NOW, expiresAt: null }));
  return made.id;
};

const event = (id?: string): Promise<number> => transact((webhooks) => webhooks.addDeliveries(envelope(id), { everyone: true }, NOW));

const claim = (changed: Partial<Parameters<DueDeliveries['claimDue']>[0]> = {}) =>
  due.claimDue({ limit: 100, perEndpoint: 2, leaseMs: 60_000, now: NOW, ...changed });

const result = (deliveryId: string, changed: Partial<AttemptResult> = {}): AttemptResult => ({
  deliveryId,
  attempt: 1,
  startedAt: NOW,
  durationMs: 12,
  statusCode: 200,
  response: 'ok',
  failure: null,
  status: 'delivered',
  ...changed,
});
const failed = (deliveryId: string, changed: Partial<AttemptResult> = {}): AttemptResult =>
  result(deliveryId, { statusCode: 500, status: 'pending', nextAttemptAt: later(5), ...changed });

const theOnly = async () => {
  const [claimed, ...others] = await claim();
  if (claimed === undefined || others.length > 0) throw new Error('one was due');
  return claimed;
};
const stored = async (id: string) => (await createWebhookReader(fixture.database).deliveries([id], { everyone: true })).get(id);

describe('deliveries that are due', () => {
  test('carry everything an attempt needs', async () => {
    const secret = newSecret();
    const endpointId = await endpoint(secret);
    await event('evt-1');
    expect(await theOnly()).toEqual({
      id: expect.stringMatching(/^msg_[0-9a-f]{32}$/),
      eventType: 'product.created.v1',
      envelope: envelope('evt-1'),
      body: undefined,
      attempt: 1,
      attemptInSchedule: 1,
      endpoint: expect.objectContaining({ id: endpointId, ownerId: 'ada', status: 'active' }),
      secrets: [secret],
    });
  });

  test('are one for each endpoint, however often the event comes', async () => {
    await Promise.all([endpoint(), endpoint()]);
    expect([await event('evt-1'), await event('evt-1')]).toEqual([2, 0]);
  });

  test('are leased to one claim, until the lease ends', async () => {
    await Promise.all([endpoint(), endpoint(), endpoint()]);
    await event();
    await event();
    const claims = await Promise.all(Array.from({ length: 8 }, () => claim()));
    const ids = claims.flat().map(({ id }) => id);
    expect(ids).toHaveLength(6);
    expect(new Set(ids).size).toBe(6);
    expect(await claim({ now: later(59) })).toEqual([]);
    expect(await claim({ now: later(61) })).toHaveLength(6);
  });

  test('leave room for other endpoints', async () => {
    const slow = await endpoint();
    for (let index = 0; index < 5; index++) await event();
    await endpoint();
    await event();
    expect((await claim({ except: [slow] })).map(({ endpoint: { id } }) => id)).not.toContain(slow);
    expect((await claim()).map(({ endpoint: { id } }) => id)).toEqual([slow, slow]);
    expect(await claim()).toEqual([]);
    expect(await claim({ perEndpoint: 3 })).toHaveLength(1);
    expect(await claim({ perEndpoint: 9, limit: 1 })).toHaveLength(1);
  });

  test('wait while the endpoint is paused', async () => {
    const id = await endpoint();
    await fixture.database.query("update endpoints set status = 'paused'");
    await event();
    expect([await claim(), await due.nextDueAt()]).toEqual([[], undefined]);
    await fixture.database.query("update endpoints set status = 'active' where id = $1", [id]);
    expect(await due.nextDueAt()).toEqual(NOW);
    expect(await claim()).toHaveLength(1);
    expect(await due.nextDueAt()).toBeUndefined();
  });

  test('sign with both keys during the overlap and with the new one after it', async () => {
    const [first, second] = [newSecret(), newSecret()];
    const id = await endpoint(first);
    await transact((webhooks) => webhooks.addKey(id, { secret: second, createdAt: later(10), expiresAt: null }, later(3_610)));
    await event();
    expect((await claim({ now: later(3_609) }))[0]?.secrets).toEqual([second, first]);
    expect((await claim({ now: later(3_700) }))[0]?.secrets).toEqual([second]);
  });
});

describe('an attempt', () => {
  test('that succeeds finishes the delivery', async () => {
    await endpoint();
    await event();
    const { id } = await theOnly();
    expect(await due.keepBody(id, '{"first":true}')).toBe('{"first":true}');
    expect(await due.keepBody(id, '{"second":true}')).toBe('{"first":true}');
    expect(await due.recordAttempt(result(id, { response: 'nul \0 nul' }))).toBeUndefined();
    expect(await stored(id)).toMatchObject({
      status: 'delivered',
      attempts: 1,
      nextAttemptAt: null,
      finishedAt: later(0.012),
      body: '{"first":true}',
    });
    expect((await createWebhookReader(fixture.database).attempts([id])).get(id)).toEqual([
      { deliveryId: id, attempt: 1, startedAt: NOW, durationMs: 12, statusCode: 200, response: 'nul � nul', failure: null },
    ]);
    expect(await claim({ now: later(1_000_000) })).toEqual([]);
  });

  test('that fails is followed by another with the same id, and by the end of the schedule', async () => {
    await endpoint();
    await event();
    const { id } = await theOnly();
    expect(await due.recordAttempt(failed(id))).toEqual(NOW);
    expect(await claim({ now: later(4) })).toEqual([]);
    const [again] = await claim({ now: later(5) });
    expect(again).toMatchObject({ id, attempt: 2, attemptInSchedule: 2 });
    const last = { attempt: 2, startedAt: later(5), status: 'exhausted', failure: 'reset', statusCode: null } as const;
    expect(await due.recordAttempt(result(id, last))).toEqual(NOW);
    expect(await stored(id)).toMatchObject({ status: 'exhausted', attempts: 2 });
    expect(await transact((webhooks) => webhooks.replay([id], later(60)))).toMatchObject([{ id, status: 'pending' }]);
    expect(await claim({ now: later(60) })).toMatchObject([{ id, attempt: 3, attemptInSchedule: 1 }]);
  });

  test('tells since when the endpoint has failed; a success ends that', async () => {
    await endpoint();
    await event();
    await event();
    const [one, other] = await claim();
    if (one === undefined || other === undefined) throw new Error('two were due');
    await due.recordAttempt(failed(one.id));
    expect(await due.recordAttempt(failed(one.id, { attempt: 2, startedAt: later(900) }))).toEqual(NOW);
    await due.recordAttempt(result(other.id));
    expect(await due.recordAttempt(failed(one.id, { attempt: 3, startedAt: later(950) }))).toEqual(later(950));
  });

  test('of a delivery that was cancelled or removed meanwhile changes nothing', async () => {
    const endpointId = await endpoint();
    await event();
    const { id } = await theOnly();
    expect(await due.disable(endpointId, 'It answered 410.', later(1), envelope())).toBe(true);
    await due.recordAttempt(failed(id));
    expect(await stored(id)).toMatchObject({ status: 'cancelled', nextAttemptAt: null });
    await fixture.database.query('delete from endpoints');
    expect(await due.recordAttempt(failed(id, { attempt: 2 }))).toBeUndefined();
  });
});

describe('disabling', () => {
  test('cancels what is pending and publishes once', async () => {
    const endpointId = await endpoint();
    await event();
    const answers = await Promise.all([1, 2, 3].map(() => due.disable(endpointId, 'It answered 410.', NOW, envelope('evt-disabled'))));
    expect(answers.filter(Boolean)).toHaveLength(1);
    const rows = await fixture.database.query('select status, disabled_reason, (select count(*)::int from outbox) as told from endpoints');
    expect(rows).toEqual([{ status: 'disabled', disabled_reason: 'It answered 410.', told: 1 }]);
    expect(await claim({ now: later(100) })).toEqual([]);
    expect(await event()).toBe(0);
  });

  test('beside attempts never ends in a deadlock', async () => {
    const ids = await Promise.all(Array.from({ length: 4 }, () => endpoint()));
    for (let index = 0; index < 10; index++) await event();
    const claimed = await claim({ perEndpoint: 10 });
    const recording = claimed.map(({ id }) => due.recordAttempt(failed(id)));
    const disabling = ids.map((id) => due.disable(id, 'It answered 410.', NOW, envelope()));
    expect(await Promise.all(disabling)).toEqual([true, true, true, true]);
    await Promise.all(recording);
    const [left] = await fixture.database.query("select count(*)::int as pending from deliveries where status = 'pending'");
    expect(left).toEqual({ pending: 0 });
  });
});

test('what is older than 30 days is forgotten, unless it is due', async () => {
  await endpoint();
  await event('old');
  await event('replayed');
  await fixture.database.query("update deliveries set created_at = now() - interval '31 days', status = 'delivered' where event_id = 'old'");
  await fixture.database.query("update deliveries set created_at = now() - interval '31 days', next_attempt_at = now() where event_id = 'replayed'");
  expect(await pruneDeliveries(fixture.database)).toBe(1);
  expect(await fixture.database.query('select event_id from deliveries')).toEqual([{ event_id: 'replayed' }]);
});
