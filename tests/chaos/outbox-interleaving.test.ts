import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Sql } from '@supergraph/database/database';
import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import type { Envelope } from '@supergraph/events/envelope';
import { appendToOutbox, relayOnce } from '@supergraph/message-bus/outbox';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const MIGRATIONS = new URL('../../subgraphs/order/migrations/', import.meta.url);

let room: TestDatabase;
beforeEach(async () => {
  room = await createTestDatabase('order', MIGRATIONS);
});
afterEach(() => room.drop());

const event = (subject: string): Envelope => ({
  specversion: '1.0',
  id: randomUUID(),
  source: 'order',
  type: 'order.placed.v1',
  subject,
  time: new Date().toISOString(),
  datacontenttype: 'application/json',
  data: {},
});

const append = (subject: string): Promise<void> => room.database.transact((sql) => appendToOutbox(sql, [event(subject)]));

/** Appends in a transaction that commits only when it is told to. Resolves when the row has its id. */
const appendAndHold = async (subject: string): Promise<{ commit: () => Promise<void> }> => {
  const held = Promise.withResolvers<void>();
  const appended = Promise.withResolvers<void>();
  const committed = room.database.transact(async (sql) => {
    await appendToOutbox(sql, [event(subject)]);
    appended.resolve();
    await held.promise;
  });
  await appended.promise;
  return {
    commit: () => {
      held.resolve();
      return committed;
    },
  };
};

const waiting = async (sql: Sql): Promise<number> => (await sql.query('select from outbox')).length;

/** A bus that only remembers, in the order in which it was told. */
const createPublished = () => {
  const subjects: string[] = [];
  return { subjects, publish: async (envelopes: readonly Envelope[]) => void subjects.push(...envelopes.map(({ subject }) => subject)) };
};

type Relay = (database: Database, publish: (envelopes: readonly Envelope[]) => Promise<void>) => Promise<unknown>;

/** The classic mistake: it remembers how far it came, and what commits late lies behind that. */
const createCursorRelay = (): Relay => {
  let last = '0';
  return async (database, publish) => {
    const rows = await database.query<{ id: string; envelope: string }>('select id, envelope from outbox where id > $1 order by id', [last]);
    await publish(rows.map(({ envelope }) => JSON.parse(envelope) as Envelope));
    last = rows.at(-1)?.id ?? last;
  };
};

/** The first transaction gets its id before the second, and commits after the second was published. */
const interleave = async (relay: Relay): Promise<string[]> => {
  const { subjects, publish } = createPublished();
  const first = await appendAndHold('first');
  await append('second');
  await relay(room.database, publish);
  await first.commit();
  await relay(room.database, publish);
  return subjects;
};

describe('an event whose transaction commits after one with a later id', () => {
  test('is published', async () => {
    expect(await interleave(relayOnce)).toEqual(['second', 'first']);
    expect(await waiting(room.database)).toBe(0);
  });

  test('is lost by a relay that keeps a cursor: these steps can see the mistake', async () => {
    expect(await interleave(createCursorRelay())).toEqual(['second']);
  });

  test('does not make the relay wait meanwhile', async () => {
    const { subjects, publish } = createPublished();
    const first = await appendAndHold('first');
    for (const subject of ['second', 'third']) {
      await append(subject);
      expect(await relayOnce(room.database, publish)).toBe(1);
    }
    expect(subjects).toEqual(['second', 'third']);
    await first.commit();
  });
});

describe('the relay', () => {
  test('publishes in the order of the ids', async () => {
    const { subjects, publish } = createPublished();
    const expected = Array.from({ length: 450 }, (_, index) => `order-${index}`);
    await room.database.transact((sql) => appendToOutbox(sql, expected.map(event)));
    while ((await relayOnce(room.database, publish)) > 0);
    expect(subjects).toEqual(expected);
  });

  test('leaves everything where it is when publishing fails, and publishes it the next time', async () => {
    await append('one');
    await append('two');
    const refuse = async (): Promise<void> => {
      throw new Error('the broker is away');
    };
    await expect(relayOnce(room.database, refuse)).rejects.toThrow('the broker is away');
    expect(await waiting(room.database)).toBe(2);
    const { subjects, publish } = createPublished();
    expect(await relayOnce(room.database, publish)).toBe(2);
    expect(subjects).toEqual(['one', 'two']);
    expect(await waiting(room.database)).toBe(0);
  });

  test('publishes nothing of a transaction that was rolled back', async () => {
    const { subjects, publish } = createPublished();
    const change = room.database.transact(async (sql) => {
      await appendToOutbox(sql, [event('undone')]);
      throw new Error('the change failed');
    });
    await expect(change).rejects.toThrow('the change failed');
    await append('done');
    await relayOnce(room.database, publish);
    expect(subjects).toEqual(['done']);
  });

  test('stands by while another one publishes', async () => {
    const publishing = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    await append('one');
    const busy = relayOnce(room.database, () => {
      publishing.resolve();
      return finish.promise;
    });
    await publishing.promise;
    await append('two');
    const { subjects, publish } = createPublished();
    expect(await relayOnce(room.database, publish)).toBe(0);
    expect(subjects).toEqual([]);
    finish.resolve();
    expect(await busy).toBe(1);
    await relayOnce(room.database, publish);
    expect(subjects).toEqual(['two']);
  });

  test('skips an event that somebody holds, and comes back to it', async () => {
    const { subjects, publish } = createPublished();
    for (const subject of ['held', 'free']) await append(subject);
    await room.database.transact(async (sql) => {
      await sql.query('select from outbox order by id limit 1 for update');
      expect(await relayOnce(room.database, publish)).toBe(1);
    });
    expect(await relayOnce(room.database, publish)).toBe(1);
    expect(subjects).toEqual(['free', 'held']);
  });

  test('never publishes out of order or twice beside a second one, however slow either is', async () => {
    const expected = Array.from({ length: 120 }, (_, index) => `change-${index}`);
    const { subjects, publish } = createPublished();
    const slowly = async (envelopes: readonly Envelope[]): Promise<void> => {
      await sleep(Math.random() * 8);
      await publish(envelopes);
    };
    const relay = async (): Promise<void> => {
      while (subjects.length < expected.length) await relayOnce(room.database, slowly);
    };
    const relays = [relay(), relay()];
    for (const subject of expected) await append(subject);
    await Promise.all(relays);
    expect(subjects).toEqual(expected);
  });
});
