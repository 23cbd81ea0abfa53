import type { Database } from '@supergraph/database/database';
import { createEmptyDatabase } from '@supergraph/database/testing';
import type { Envelope } from '@supergraph/events/envelope';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { changeOnce } from './inbox.ts';
import { changeWithEvents } from './outbox.ts';

let database: Database;
let drop: () => Promise<void>;

beforeAll(async () => {
  ({ database, drop } = await createEmptyDatabase('one_statement'));
  await database.query('create table lamps (id integer primary key, watts integer not null)');
  await database.query('create table outbox (id bigint generated always as identity primary key, envelope text not null)');
  await database.query(
    'create table inbox (consumer text, event_id text, handled_at timestamptz not null default now(), primary key (consumer, event_id))',
  );
});
afterAll(() => drop());
beforeEach(() => database.query('truncate lamps, outbox, inbox'));

const event = (data: Envelope['data'] = {}): Envelope => ({
  specversion: '1.0',
  id: 'e-1',
  source: 'test',
  type: 'lamp.lit.v1',
  subject: 'lamp',
  time: '2026-01-01T00:00:00.000Z',
  datacontenttype: 'application/json',
  data,
});
const addLamp = (id: number) => ({ name: 'add lamp', text: 'insert into lamps values ($1, $2)', values: [id, 40] });
const lightLamp = (id: number) => ({
  name: 'light lamp',
  text: 'insert into lamps select $1::integer, $2::integer from first_delivery',
  values: [id, 60],
});
const count = async (table: string): Promise<number> => (await database.query(`select from ${table}`)).length;

test('a change of one statement commits with its events', async () => {
  await changeWithEvents(database, addLamp(1), [event(), event()]);
  expect([await count('lamps'), await count('outbox')]).toEqual([1, 2]);
});

test('no event is left of a change that fails, and no change of an event that is too large', async () => {
  await changeWithEvents(database, addLamp(1), [event()]);
  await expect(changeWithEvents(database, addLamp(1), [event()])).rejects.toMatchObject({ code: '23505' });
  await expect(changeWithEvents(database, addLamp(2), [event({ text: 'x'.repeat(300_000) })])).rejects.toMatchObject({ code: 'EVENT_TOO_LARGE' });
  expect([await count('lamps'), await count('outbox')]).toEqual([1, 1]);
});

test('an effect of one statement happens once for each consumer, however often and at the same time it is delivered', async () => {
  const deliveries = await Promise.all(Array.from({ length: 20 }, () => changeOnce(database, 'lighter', 'e-1', lightLamp(1))));
  expect(deliveries.filter(Boolean)).toHaveLength(1);
  expect(await changeOnce(database, 'other', 'e-1', lightLamp(2))).toBe(true);
  expect([await count('lamps'), await count('inbox')]).toEqual([2, 2]);
});

test('an effect that fails is not remembered as handled', async () => {
  await changeOnce(database, 'lighter', 'e-1', lightLamp(1));
  await expect(changeOnce(database, 'lighter', 'e-2', lightLamp(1))).rejects.toMatchObject({ code: '23505' });
  expect(await count('inbox')).toBe(1);
});
