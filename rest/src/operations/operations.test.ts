import { randomUUID } from 'node:crypto';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import { toEnvelope } from '@supergraph/events/contract';
import type { Envelope } from '@supergraph/events/envelope';
import { orderCommandFinished } from '@supergraph/events/order';
import { SUBSCRIPTIONS } from '@supergraph/events/subscriptions';
import type { UserCaller } from '@supergraph/identity/caller';
import { ParkMessage } from '@supergraph/message-bus/message-bus';
import { openMessageBus } from '@supergraph/message-bus/open';
import { createLogger } from '@supergraph/service/logging';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { onCommandFinished } from './on-command-finished.ts';
import { isVisibleTo } from './operation.ts';
import { createOperationStore, type OperationRequest, type OperationStore, pruneOperations } from './operation-store.postgres.ts';
import { startOperations } from './start-operations.ts';

const ADA: UserCaller = { role: 'customer', userId: 'ada' };
const PAY: OperationRequest = { kind: 'pay', orderNumber: 'W1', actor: ADA, expectedVersion: undefined, idempotency: undefined };
const KEY = { key: 'k-1', requestHash: 'h-1' };

let fixture: TestDatabase;
let store: OperationStore;
beforeAll(async () => {
  fixture = await createTestDatabase('rest', new URL('../../migrations/', import.meta.url));
  store = createOperationStore(fixture.database, { now: () => new Date(), newId: randomUUID });
});
afterAll(() => fixture.drop());
beforeEach(() => fixture.database.query('truncate operations, idempotency_keys, outbox, inbox'));

const commands = async (): Promise<Envelope[]> =>
  (await fixture.database.query<{ envelope: string }>('select envelope from outbox order by id')).map(({ envelope }) => JSON.parse(envelope));

const finished = (commandId: string, error: { code: string; message: string } | null = null): Envelope =>
  toEnvelope(orderCommandFinished, {
    id: randomUUID(),
    subject: 'W1',
    time: new Date('2026-01-31T09:30:00Z'),
    data: { commandId, number: 'W1', succeeded: error === null, error },
  });
const deliver = (envelope: Envelope): Promise<void> => onCommandFinished(store)({ envelope, attempt: 1, signal: new AbortController().signal });

describe('an operation', () => {
  test('begins together with its command, which has its id, its actor and the version that was seen', async () => {
    const operation = await store.begin({ ...PAY, kind: 'ship', actor: { role: 'staff', userId: 'eve' }, expectedVersion: 3 });
    expect(operation).toMatchObject({ kind: 'ship', orderNumber: 'W1', ownerId: 'eve', status: 'pending', error: undefined, finishedAt: undefined });
    expect(await commands()).toMatchObject([
      {
        id: operation.id,
        type: 'order.ship.v1',
        source: 'rest',
        subject: 'W1',
        data: { number: 'W1', actor: { role: 'staff', userId: 'eve' }, expectedVersion: 3 },
      },
    ]);
    expect(await store.find(operation.id)).toEqual(operation);
  });

  test('without its command is none: both are undone when the command cannot be written', async () => {
    await expect(store.begin({ ...PAY, orderNumber: 'W'.repeat(300_000) })).rejects.toMatchObject({ code: 'EVENT_TOO_LARGE' });
    expect(await fixture.database.query('select from operations')).toEqual([]);
  });

  test('hands the key of its client on, for the order subgraph to keep too', async () => {
    await store.begin({ ...PAY, idempotency: KEY });
    expect(await commands()).toMatchObject([{ data: { number: 'W1', idempotency: KEY } }]);
  });

  test('is begun once for a key of somebody, also by requests at the same time, and another request with that key is refused', async () => {
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => store.begin({ ...PAY, idempotency: KEY })));
    const refused = tries.flatMap((settled) => (settled.status === 'rejected' ? [settled.reason.code] : []));
    expect(refused.filter((code) => code !== 'IDEMPOTENCY_KEY_IN_FLIGHT')).toEqual([]);
    const again = await store.begin({ ...PAY, idempotency: KEY });
    for (const settled of tries) if (settled.status === 'fulfilled') expect(settled.value).toEqual(again);
    expect(await commands()).toHaveLength(1);
    const reused = { code: 'IDEMPOTENCY_KEY_REUSED' };
    await expect(store.begin({ ...PAY, idempotency: { ...KEY, requestHash: 'h-2' } })).rejects.toMatchObject(reused);
    await expect(store.begin({ ...PAY, kind: 'cancel', idempotency: KEY })).rejects.toMatchObject(reused);
    expect((await store.begin({ ...PAY, actor: { role: 'customer', userId: 'bob' }, idempotency: KEY })).id).not.toBe(again.id);
  });

  test('ends as its command did, once: what is told later changes nothing', async () => {
    const [paid, refused] = [await store.begin(PAY), await store.begin(PAY)];
    const error = { code: 'ORDER_STATUS_CONFLICT', message: "Order 'W1' is SHIPPED." };
    for (const envelope of [finished(paid.id), finished(refused.id, error), finished(paid.id, error)]) {
      await deliver(envelope);
      await deliver(envelope);
    }
    const finishedAt = new Date('2026-01-31T09:30:00Z');
    expect(await store.find(paid.id)).toEqual({ ...paid, status: 'succeeded', finishedAt });
    expect(await store.find(refused.id)).toEqual({ ...refused, status: 'failed', error, finishedAt });
  });

  test('of nobody here, or of no id at all, is no reason to stop: commands may have other senders', async () => {
    await deliver(finished(randomUUID()));
    await deliver(finished('not a uuid'));
    expect(await store.find('not a uuid')).toBeUndefined();
    await expect(deliver({ ...finished(randomUUID()), data: {} })).rejects.toBeInstanceOf(ParkMessage);
  });

  test('shows to its owner and to staff', async () => {
    const operation = await store.begin(PAY);
    const seenBy = (['customer', 'staff', 'admin'] as const).map((role) => isVisibleTo(operation, { role, userId: 'bob' }));
    expect([isVisibleTo(operation, ADA), ...seenBy, isVisibleTo(operation, { role: 'anonymous' })]).toEqual([true, false, true, true, false]);
  });

  test('is forgotten after 7 days', async () => {
    const [old, recent] = [await store.begin(PAY), await store.begin(PAY)];
    await fixture.database.query("update operations set created_at = now() - interval '8 days' where id = $1", [old.id]);
    await fixture.database.query("update operations set created_at = now() - interval '6 days' where id = $1", [recent.id]);
    expect(await pruneOperations(fixture.database)).toBe(1);
    expect([await store.find(old.id), (await store.find(recent.id))?.id]).toEqual([undefined, recent.id]);
  });
});

test('all that are too old are forgotten at once, however many', async () => {
  await fixture.database.query(
    `insert into operations (id, owner_id, kind, order_number, status, created_at)
     select gen_random_uuid(), 'ada', 'pay', 'W1', 'pending', now() - interval '8 days' from generate_series(1, 2500)`,
  );
  expect(await pruneOperations(fixture.database)).toBe(2_500);
});

test('over the bus: what is asked for while the order room is away is done when it comes, and the operation tells', async () => {
  const bus = await createEmptyDatabase('bus');
  const running = await startOperations({ databaseUrl: fixture.url, busUrl: bus.url, logger: createLogger('rest', 'silent') });
  const { id } = await running.operations.begin(PAY);
  await expect.poll(commands, { message: 'the relay takes it' }).toEqual([]);
  expect((await running.operations.find(id))?.status).toBe('pending');

  const order = await openMessageBus({ url: bus.url, subscriptions: SUBSCRIPTIONS });
  await order.subscribe({ group: 'order', handle: async ({ envelope }) => order.publish([finished(envelope.id)]) });
  await expect.poll(async () => (await running.operations.find(id))?.status).toBe('succeeded');

  expect(await running.readiness()).toBeUndefined();
  await order.close();
  await running.close();
  await bus.drop();
});
