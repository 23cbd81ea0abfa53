import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import { DomainError } from '@supergraph/errors';
import { toEnvelope } from '@supergraph/events/contract';
import type { Envelope } from '@supergraph/events/envelope';
import { cancelOrderCommand, payOrderCommand, shipOrderCommand } from '@supergraph/events/order';
import { type Handler, MAX_ATTEMPTS, ParkMessage } from '@supergraph/message-bus/message-bus';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { orderHandlers } from '../grpc/order-handlers.ts';
import { createIdempotently, createOnce } from '../repositories/order-writer.postgres.ts';
import type { CurrentRights, Once } from '../use-cases/ports.ts';
import { onOrderCommands } from './on-order-command.ts';

type Actor = { role: 'customer' | 'staff'; userId: string };

const ADA: Actor = { role: 'customer', userId: 'ada' };
const BOB: Actor = { role: 'customer', userId: 'bob' };
const STAFF: Actor = { role: 'staff', userId: 'eve' };

let fixture: TestDatabase;
let once: Once;
const alerts: { message: string; reference?: unknown; err?: unknown }[] = [];
/** What accounts have become since; the others are as they were when they asked. */
const changed = new Map<string, Actor['role'] | DomainError>();

const rightsOf: CurrentRights = async (userId) => {
  const now = changed.get(userId) ?? (userId === STAFF.userId ? 'staff' : 'customer');
  if (now instanceof DomainError) throw now;
  return { role: now, userId };
};

beforeAll(async () => {
  fixture = await createTestDatabase('order', new URL('../../migrations/', import.meta.url));
  once = createOnce(fixture.database);
});
afterAll(() => fixture.drop());
beforeEach(async () => {
  changed.clear();
  alerts.length = 0;
  await fixture.database.query('truncate orders, payments, outbox, inbox, idempotency_keys');
  await fixture.database.query(
    `insert into orders (number, customer_id, status, placed_at, total_amount, total_currency) values ('W1', 'ada', 'PENDING', now(), 2034, 'GBP')`,
  );
});

const command = (contract: typeof payOrderCommand | typeof cancelOrderCommand | typeof shipOrderCommand, actor: Actor, number = 'W1'): Envelope =>
  toEnvelope(contract, { id: randomUUID(), subject: number, time: new Date(), data: { number, actor } });

const deliver = (envelope: Envelope, attempt = 1, doing = once): Promise<void> => {
  const handlers: Record<string, Handler> = onOrderCommands({
    once: doing,
    rightsOf,
    alert: (message, details) => void alerts.push({ message, ...details }),
    now: () => new Date(),
    newId: randomUUID,
  });
  return (handlers[envelope.type] as Handler)({ envelope, attempt, signal: new AbortController().signal });
};

const published = async (): Promise<Envelope[]> =>
  (await fixture.database.query<{ envelope: string }>('select envelope from outbox order by id')).map(({ envelope }) => JSON.parse(envelope));
const news = async (): Promise<object[]> => (await published()).map(({ type, subject, data }) => ({ type, subject, ...data }));
const status = async (): Promise<string | undefined> => (await fixture.database.query<{ status: string }>('select status from orders'))[0]?.status;
const finished = (id: string, error: object | null, number = 'W1') => ({
  type: 'order.command-finished.v1',
  subject: number,
  commandId: id,
  number,
  succeeded: error === null,
  error,
});

describe('a command', () => {
  test('is carried out and told of, once, however often it comes', async () => {
    const pay = command(payOrderCommand, ADA);
    await deliver(pay);
    await deliver(pay, 2);
    expect(await fixture.database.query('select status from payments')).toEqual([{ status: 'requested' }]);
    expect(await news()).toEqual([finished(pay.id, null)]);
  });

  test('runs with the rights of whoever asked', async () => {
    const [others, absent, ship] = [command(cancelOrderCommand, BOB), command(cancelOrderCommand, BOB, 'W9'), command(shipOrderCommand, ADA)];
    for (const envelope of [others, absent, ship]) await deliver(envelope);
    expect(await news()).toEqual([
      finished(others.id, { code: 'ORDER_NOT_FOUND', message: "There is no order 'W1'." }),
      finished(absent.id, { code: 'ORDER_NOT_FOUND', message: "There is no order 'W9'." }, 'W9'),
      finished(ship.id, { code: 'NOT_ALLOWED', message: 'Your account may not ship orders.' }),
    ]);
    expect(await status()).toBe('PENDING');
  });

  test('runs with the rights of the moment, not with those of when it was asked for', async () => {
    await fixture.database.query("update orders set status = 'PAID'");
    changed.set(STAFF.userId, 'customer').set(ADA.userId, 'staff');
    const [demoted, promoted] = [command(shipOrderCommand, STAFF), command(shipOrderCommand, ADA)];
    await deliver(demoted);
    expect(await news()).toEqual([finished(demoted.id, { code: 'NOT_ALLOWED', message: 'Your account may not ship orders.' })]);
    await deliver(promoted);
    expect(await status()).toBe('SHIPPED');
  });

  test('of an account that is gone is refused; while nobody can tell, it waits', async () => {
    const [cancel, later] = [command(cancelOrderCommand, ADA), command(cancelOrderCommand, ADA)];
    changed.set(ADA.userId, new DomainError('not-found', 'USER_NOT_FOUND', "There is no user 'ada'."));
    await deliver(cancel);
    expect(await news()).toEqual([finished(cancel.id, { code: 'USER_NOT_FOUND', message: "There is no user 'ada'." })]);
    const away = new DomainError('unavailable', 'SERVICE_UNAVAILABLE', 'Away.');
    changed.set(ADA.userId, away);
    await expect(deliver(later)).rejects.toBe(away);
    expect(await status()).toBe('PENDING');
    changed.clear();
    await deliver(later, 2);
    expect(await status()).toBe('CANCELLED');
  });

  test('ships and cancels, with the events of both', async () => {
    await fixture.database.query("update orders set status = 'PAID'");
    const ship = command(shipOrderCommand, STAFF);
    await deliver(ship);
    expect(await status()).toBe('SHIPPED');
    const cancel = command(cancelOrderCommand, ADA);
    await deliver(cancel);
    expect(await news()).toMatchObject([
      { type: 'order.shipped.v1' },
      finished(ship.id, null),
      { commandId: cancel.id, succeeded: false, error: { code: 'ORDER_STATUS_CONFLICT' } },
    ]);
  });

  test('that was refused stays refused: a redelivery tries nothing and tells nothing', async () => {
    const ship = command(shipOrderCommand, STAFF);
    await deliver(ship);
    await fixture.database.query("update orders set status = 'PAID'");
    await deliver(ship, 2);
    expect(await status()).toBe('PAID');
    expect(await news()).toMatchObject([{ commandId: ship.id, succeeded: false, error: { code: 'ORDER_STATUS_CONFLICT' } }]);
  });

  test('is refused for another version of the order than the sender saw', async () => {
    const { data, ...rest } = command(cancelOrderCommand, ADA);
    await deliver({ ...rest, data: { ...data, expectedVersion: 7 } });
    expect(await news()).toMatchObject([{ succeeded: false, error: { code: 'VERSION_MISMATCH' } }]);
    expect(await status()).toBe('PENDING');
    await deliver({ ...rest, id: randomUUID(), data: { ...data, expectedVersion: 1 } });
    expect(await status()).toBe('CANCELLED');
  });
});

describe('a key', () => {
  const withKey = (envelope: Envelope, requestHash = 'h1'): Envelope => ({
    ...envelope,
    data: { ...envelope.data, idempotency: { key: 'k1', requestHash } },
  });
  /** As the door for requests does it. */
  const cancelNow = (requestHash = 'h1') =>
    orderHandlers({
      read: undefined as never,
      idempotently: createIdempotently(fixture.database),
      now: () => new Date(),
      newId: randomUUID,
    }).CancelOrder(
      { number: 'W1', idempotency: { key: 'k1', requestHash } },
      { identity: { caller: ADA, scopes: [], claims: {} }, signal: new AbortController().signal, deadline: Date.now() + 5_000 },
    );
  const types = async (): Promise<string[]> => (await published()).map(({ type }) => type);

  test('of a request that was answered already stands for that: the command succeeds and does nothing', async () => {
    await cancelNow();
    const cancel = withKey(command(cancelOrderCommand, ADA));
    await deliver(cancel);
    expect(await types()).toEqual(['order.cancelled.v1', 'order.command-finished.v1']);
    expect((await news())[1]).toEqual(finished(cancel.id, null));
  });

  test('of a command that was carried out gives the same request its answer', async () => {
    await deliver(withKey(command(cancelOrderCommand, ADA)));
    expect(await cancelNow()).toMatchObject({ order: { number: 'W1', status: 'CANCELLED', version: 2 } });
    expect((await types()).filter((type) => type === 'order.cancelled.v1')).toHaveLength(1);
    await expect(cancelNow('h2')).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  test('of another request, or for another command, refuses the command', async () => {
    await cancelNow();
    for (const envelope of [withKey(command(cancelOrderCommand, ADA), 'h2'), withKey(command(payOrderCommand, ADA))]) {
      await deliver(envelope);
      expect((await news()).at(-1)).toMatchObject({ commandId: envelope.id, succeeded: false, error: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    }
  });

  test('of a command that was refused is free again', async () => {
    await fixture.database.query("update orders set status = 'SHIPPED'");
    await deliver(withKey(command(cancelOrderCommand, ADA)));
    expect(await fixture.database.query('select key from idempotency_keys')).toEqual([]);
  });
});

describe('trouble', () => {
  const busy = new DomainError('conflict', 'ORDER_BUSY', 'Somebody else is at it.');
  /** Fails as the work would, the first time it is called for a delivery. */
  const failingOnce = (error: unknown): Once => {
    let calls = 0;
    return async (id, work) => {
      if (++calls === 1) throw error;
      await once(id, work);
    };
  };

  test('that time can mend is tried again, and told of when the bus gives up', async () => {
    const cancel = command(cancelOrderCommand, ADA);
    await expect(deliver(cancel, MAX_ATTEMPTS - 1, failingOnce(busy))).rejects.toBe(busy);
    expect(await news()).toEqual([]);
    await deliver(cancel, MAX_ATTEMPTS, failingOnce(busy));
    expect(await news()).toEqual([finished(cancel.id, { code: 'ORDER_BUSY', message: 'Somebody else is at it.' })]);
  });

  test('that nobody foresaw is tried again, then ends the operation, masked, and is logged under the reference that is told', async () => {
    const bug = new TypeError('secret');
    const cancel = command(cancelOrderCommand, ADA);
    await expect(deliver(cancel, MAX_ATTEMPTS - 1, failingOnce(bug))).rejects.toBe(bug);
    expect([await news(), alerts]).toEqual([[], []]);
    await deliver(cancel, MAX_ATTEMPTS, failingOnce(bug));
    const [alerted] = alerts;
    expect(alerted).toMatchObject({ command: cancel.id, order: 'W1', err: bug, reference: expect.stringMatching(/^[\w-]{36}$/) });
    const message = `Something went wrong on our side. Quote the reference ${alerted?.reference}.`;
    expect(await news()).toEqual([finished(cancel.id, { code: 'INTERNAL_SERVER_ERROR', message })]);
    expect(await status()).toBe('PENDING');
  });

  test('with the command itself parks it', async () => {
    const { data: _, ...rest } = command(payOrderCommand, ADA);
    await expect(deliver({ ...rest, data: { number: 'W1', actor: { role: 'service' } } })).rejects.toBeInstanceOf(ParkMessage);
    expect(await news()).toEqual([]);
  });
});
