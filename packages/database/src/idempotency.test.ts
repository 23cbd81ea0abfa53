import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type IdempotentRequest, runIdempotently } from './idempotency.ts';
import { createEmptyDatabase, type TestDatabase } from './testing.ts';

const REQUEST: IdempotentRequest = { callerId: 'ada', key: 'k1', operation: 'AddLamp', requestHash: 'h1' };

let fixture: TestDatabase;

beforeAll(async () => {
  fixture = await createEmptyDatabase('idempotency');
  await fixture.database.query('create table lamps (sku text)');
  await fixture.database.query(
    `create table idempotency_keys (caller_id text, key text, operation text, request_hash text, result jsonb,
       created_at timestamptz not null default now(), primary key (caller_id, key))`,
  );
});
afterAll(() => fixture.drop());
beforeEach(() => fixture.database.query('truncate lamps, idempotency_keys'));

let added = 0;

/** Adds a lamp with a name of its own, once for each key. */
const addLamp = (request: Partial<IdempotentRequest> = {}, before: () => Promise<void> = async () => undefined) =>
  fixture.database.transact((sql) =>
    runIdempotently(sql, { ...REQUEST, ...request }, async () => {
      added += 1;
      const sku = `L${added}`;
      await sql.query('insert into lamps values ($1)', [sku]);
      await before();
      return { sku, tags: ['new'] };
    }),
  );
const count = async (table: string): Promise<number> =>
  (await fixture.database.query<{ count: number }>(`select count(*)::integer as count from ${table}`))[0]?.count ?? -1;
const refused = (code: string, kind: string) => expect.objectContaining({ code, kind });

describe('a write with a key', () => {
  test('happens once; the same request again gets the same answer', async () => {
    const first = await addLamp();
    expect(await addLamp()).toEqual(first);
    expect(await count('lamps')).toBe(1);
  });

  test('is another one for another key or caller', async () => {
    const answers = [await addLamp(), await addLamp({ key: 'k2' }), await addLamp({ callerId: 'eve' })];
    expect(new Set(answers.map(({ sku }) => sku)).size).toBe(3);
  });

  test('is refused when the key stood for another request or operation', async () => {
    await addLamp();
    await expect(addLamp({ requestHash: 'h2' })).rejects.toThrow(refused('IDEMPOTENCY_KEY_REUSED', 'failed-precondition'));
    await expect(addLamp({ operation: 'AddCup' })).rejects.toThrow(refused('IDEMPOTENCY_KEY_REUSED', 'failed-precondition'));
    expect(await count('lamps')).toBe(1);
  });

  test('is refused while the first one runs, and answered when that has ended', async () => {
    const [started, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const first = addLamp({}, () => {
      started.resolve();
      return goOn.promise;
    });
    await started.promise;
    await expect(addLamp()).rejects.toThrow(refused('IDEMPOTENCY_KEY_IN_FLIGHT', 'conflict'));
    await expect(addLamp({ requestHash: 'h2' })).rejects.toThrow(refused('IDEMPOTENCY_KEY_IN_FLIGHT', 'conflict'));
    goOn.resolve();
    const answer = await first;
    expect(await addLamp()).toEqual(answer);
    expect(await count('lamps')).toBe(1);
  });

  test('happens once among many at the same moment', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => addLamp()));
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toEqual(refused('IDEMPOTENCY_KEY_IN_FLIGHT', 'conflict'));
    expect(await count('lamps')).toBe(1);
  });

  test('leaves nothing behind when it fails: the key is free', async () => {
    await expect(addLamp({}, () => Promise.reject(new Error('changed my mind')))).rejects.toThrow('changed my mind');
    expect([await count('lamps'), await count('idempotency_keys')]).toEqual([0, 0]);
    await addLamp({ requestHash: 'h2' });
    expect(await count('lamps')).toBe(1);
  });

  test('leaves nothing behind when its process is lost before the commit', async () => {
    const lost = addLamp({}, async () => {
      await fixture.database.query(
        `select pg_terminate_backend(pid, 2000) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`,
      );
    });
    await expect(lost).rejects.toThrow(refused('DATABASE_UNAVAILABLE', 'unavailable'));
    expect([await count('lamps'), await count('idempotency_keys')]).toEqual([0, 0]);
    await addLamp();
    expect(await count('lamps')).toBe(1);
  });
});

describe('a key', () => {
  test.each([
    ['', {}],
    ['a b', {}],
    ['schlüssel', {}],
    ['a\0b', {}],
    ['k'.repeat(256), {}],
    ['k'.repeat(15), { callerId: 'anonymous' }],
  ])('%j is refused', async (key, more) => {
    await expect(addLamp({ key, ...more })).rejects.toThrow(refused('IDEMPOTENCY_KEY_INVALID', 'invalid'));
  });

  test('of 255 characters is taken, and of 16 from somebody who has not signed in', async () => {
    await addLamp({ key: 'k'.repeat(255) });
    await addLamp({ key: 'k'.repeat(16), callerId: 'anonymous' });
    expect(await count('lamps')).toBe(2);
  });

  test('is forgotten after a day, a few with each write, and may then be used for anything', async () => {
    for (let number = 0; number < 12; number++) await addLamp({ key: `old${number}` });
    await addLamp({ key: 'young' });
    await fixture.database.query(`update idempotency_keys set created_at = now() - interval '25 hours' where key like 'old%'`);
    await addLamp({ key: 'old0', requestHash: 'h2' });
    expect(await count('idempotency_keys')).toBe(3);
    await addLamp({ key: 'old0', requestHash: 'h2' });
    await addLamp({ key: 'young' });
    expect(await count('idempotency_keys')).toBe(3);
    await addLamp({ key: 'next' });
    expect(await fixture.database.query('select key from idempotency_keys order by key')).toEqual([
      { key: 'next' },
      { key: 'old0' },
      { key: 'young' },
    ]);
  });
});
