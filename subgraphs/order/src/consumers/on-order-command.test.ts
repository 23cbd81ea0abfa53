import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import { DomainError } from '@supergraph/errors';
import { toEnvelope } from '@supergraph/events/contract';
import type { Envelope } from '@supergraph/events/envelope';
import { cancelOrderCommand, payOrderCommand, shipOrderCommand } from '@supergraph/events/order';
import { type Handler, MAX_ATTEMPTS, ParkMessage } from '@supergraph/message-bus/message-bus';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createOnce } from '../repositories/order-writer.postgres.ts';
import type { Once } from '../use-cases/ports.ts';
import { onOrderCommands } from './on-order-command.ts';

type Actor = { role: 'customer' | 'staff'; userId: string };

const ADA: Actor = { role: 'customer', userId: 'ada' };
const BOB: Actor = { role: 'customer', userId: 'bob' };
const STAFF: Actor = { role: 'staff', userId: 'eve' };

let fixture: TestDatabase;
let once: Once;

beforeAll(async () => {
  fixture = await createTestDatabase('order', new URL('../../migrations/', import.meta.url));
  once = createOnce(fixture.database);
});
afterAll(() => fixture.drop());
beforeEach(async () => {
  await fixture.database.query('truncate orders, payments, outbox, inbox');
  await fixture.database.query(
    `insert into orders (number, customer_id, status, placed_at, total_amount, total_currency) values ('W1', 'ada', 'PENDING', now(), 2034, 'GBP')`,
  );
});

const command = (contract: typeof payOrderCommand | typeof cancelOrderCommand | typeof shipOrderCommand, actor: Actor, number = 'W1'): Envelope =>
  toEnvelope(contract, { id: randomUUID(), subject: number, time: new Date(), data: { number, actor } });

const deliver = (envelope: Envelope, attempt = 1, doing = once): Promise<void> => {
  const handlers: Record<string, Handler> = onOrderCommands({ once: doing, now: () => new Date(), newId: randomUUID });
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

  test('that nobody foresaw is never told to the sender', async () => {
    const bug = new TypeError('secret');
    await expect(deliver(command(cancelOrderCommand, ADA), MAX_ATTEMPTS, failingOnce(bug))).rejects.toBe(bug);
    expect(await news()).toEqual([]);
  });

  test('with the command itself parks it', async () => {
    const { data: _, ...rest } = command(payOrderCommand, ADA);
    await expect(deliver({ ...rest, data: { number: 'W1', actor: { role: 'service' } } })).rejects.toBeInstanceOf(ParkMessage);
    expect(await news()).toEqual([]);
  });
});
