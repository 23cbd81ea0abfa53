import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '@supergraph/errors';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDatabase, type Database, type DatabaseOptions, isUniqueViolation, uuidsIn } from './database.ts';
import { createTestDatabase, type TestDatabase } from './testing.ts';

const NO_MIGRATIONS = new URL('./', import.meta.url);
const UNAVAILABLE = expect.objectContaining({ code: 'DATABASE_UNAVAILABLE', kind: 'unavailable' });

let fixture: TestDatabase;
let database: Database;
const opened: Database[] = [];

beforeAll(async () => {
  fixture = await createTestDatabase('database', NO_MIGRATIONS);
});
afterAll(() => fixture.drop());
beforeEach(async () => {
  await fixture.database.query('drop table if exists lamps; ');
  await fixture.database.query('create table lamps (sku text constraint lamps_sku_unique unique, watts integer)');
  database = connect();
});
afterEach(() => Promise.all(opened.splice(0).map((each) => each.close())));

const connect = (options: Partial<DatabaseOptions> = {}): Database => {
  const made = createDatabase({ url: fixture.url, applicationName: 'under test', ...options });
  opened.push(made);
  return made;
};
const lamps = (): Promise<Record<string, unknown>[]> => fixture.database.query('select sku, watts from lamps order by sku');
/** Ends the connections under test whose last statement is like this one, as a server that shuts down or fails over does. */
const terminate = (statement = '%'): Promise<void> =>
  expect
    .poll(
      () =>
        fixture.database.query(
          `select pg_terminate_backend(pid, 2000) as ended from pg_stat_activity
            where application_name = 'under test' and backend_type = 'client backend' and query like $1`,
          [statement],
        ),
      { timeout: 10_000, interval: 10 },
    )
    .toContainEqual({ ended: true });
const reasonOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'resolved',
    (reason: unknown) => reason,
  );

describe('a transaction', () => {
  test('is kept when its work resolves, with the result of the work', async () => {
    const result = await database.transact(async (sql) => {
      await sql.query(`insert into lamps values ('L1', 40)`);
      expect(await lamps()).toEqual([]);
      return 'done';
    });
    expect(result).toBe('done');
    expect(await lamps()).toEqual([{ sku: 'L1', watts: 40 }]);
  });

  test('is undone when its work rejects, and the error comes out as it is', async () => {
    const error = new Error('changed my mind');
    const work = database.transact(async (sql) => {
      await sql.query(`insert into lamps values ('L1', 40)`);
      throw error;
    });
    expect(await reasonOf(work)).toBe(error);
    expect(await lamps()).toEqual([]);
  });

  test('is undone when a statement fails, and the connection is as good as new', async () => {
    const single = connect({ maxConnections: 1 });
    const work = single.transact(async (sql) => {
      await sql.query(`insert into lamps values ('L1', 40)`);
      await sql.query('select 1 / 0');
    });
    await expect(work).rejects.toThrow('division by zero');
    expect(await lamps()).toEqual([]);
    expect(await single.query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('that fails tells a unique violation by its constraint', async () => {
    await database.query(`insert into lamps values ('L1', 40)`);
    const error = await reasonOf(database.query(`insert into lamps values ('L1', 60)`));
    expect(isUniqueViolation(error, 'lamps_sku_unique')).toBe(true);
    expect(isUniqueViolation(error, 'another')).toBe(false);
    expect(isUniqueViolation(new Error('duplicate key'), 'lamps_sku_unique')).toBe(false);
  });

  test('loads rows in bulk, and undoes them when a row is bad', async () => {
    await database.transact((sql) => sql.copy('lamps (sku, watts)', Readable.from(['L1\t40\n', 'L2\t\\N\n'])));
    const both = [
      { sku: 'L1', watts: 40 },
      { sku: 'L2', watts: null },
    ];
    expect(await lamps()).toEqual(both);
    await expect(database.transact((sql) => sql.copy('lamps (sku, watts)', Readable.from(['L3\t40\n', 'L4\tmany\n'])))).rejects.toThrow(
      'invalid input',
    );
    await expect(
      database.transact((sql) =>
        sql.copy(
          'lamps (sku, watts)',
          Readable.from(
            (function* () {
              yield 'L5\t40\n';
              throw new Error('the file ends here');
            })(),
          ),
        ),
      ),
    ).rejects.toThrow('the file ends here');
    expect(await lamps()).toEqual(both);
  });
});

describe('losing the server', () => {
  test('before anything is begun is DATABASE_UNAVAILABLE, of queries and transactions', async () => {
    const nowhere = connect({ url: 'postgres://nobody@127.0.0.1:1/none' });
    await expect(nowhere.query('select 1')).rejects.toThrow(UNAVAILABLE);
    await expect(nowhere.transact(async () => undefined)).rejects.toThrow(UNAVAILABLE);
    expect(await nowhere.readiness()).toMatch(/^database: .*ECONNREFUSED/);
  });

  test('at each of several addresses, as localhost may have, is told with a reason', async () => {
    const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    Object.assign(database.pool, { query: () => Promise.reject(refused) });
    expect(await database.readiness()).toBe('database: ECONNREFUSED');
  });

  test('while a statement runs is an error of that statement', async () => {
    const running = reasonOf(database.query('select pg_sleep(20)'));
    await terminate('select pg_sleep%');
    expect(await running).toEqual(UNAVAILABLE);
    expect(await running).toMatchObject({ cause: { code: '57P01' } });
  });

  test('while a connection waits in the pool is no error at all: the next query gets a new one', async () => {
    await database.query('select 1');
    await terminate();
    await sleep(50);
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('while a statement of a transaction runs is an error of the transaction', async () => {
    const work = reasonOf(
      database.transact(async (sql) => {
        await sql.query(`insert into lamps values ('L1', 40)`);
        await sql.query('select pg_sleep(20)');
      }),
    );
    await terminate('select pg_sleep%');
    expect(await work).toEqual(UNAVAILABLE);
    expect(await lamps()).toEqual([]);
  });

  test('between two statements of a transaction is an error of the next one, or of the commit', async () => {
    const next = database.transact(async (sql) => {
      await sql.query(`insert into lamps values ('L1', 40)`);
      await terminate();
      await sleep(50);
      await sql.query('select 1');
    });
    expect(await reasonOf(next)).toEqual(UNAVAILABLE);
    const commit = database.transact(async (sql) => {
      await sql.query(`insert into lamps values ('L1', 40)`);
      await terminate();
      await sleep(50);
    });
    expect(await reasonOf(commit)).toEqual(UNAVAILABLE);
    expect(await lamps()).toEqual([]);
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('while rows are loaded is an error of the transaction', async () => {
    const slow = Readable.from(
      (async function* () {
        for (let row = 0; row < 200; row++) {
          yield `L${row}\t40\n`;
          await sleep(10);
        }
      })(),
    );
    const work = reasonOf(database.transact((sql) => sql.copy('lamps (sku, watts)', slow)));
    await terminate('copy%');
    expect(await work).toEqual(UNAVAILABLE);
    expect(await lamps()).toEqual([]);
  });

  test('does not end the process, not even with connections waiting and checked out', async () => {
    const script = `
      import { createDatabase } from ${JSON.stringify(new URL('./database.ts', import.meta.url).href)};
      const database = createDatabase({ url: ${JSON.stringify(fixture.url)}, applicationName: 'under test' });
      await Promise.all([database.query('select 1'), database.query('select 1')]);
      await database.transact(async (sql) => {
        console.log('ready');
        await new Promise((resolve) => process.stdin.once('data', resolve));
      }).catch((error) => console.log(error.code));
      console.log(JSON.stringify(await database.query('select 1 as one')));
      await database.close();
    `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'pipe', cwd: new URL('.', import.meta.url) });
    let printed = '';
    for (const output of [child.stdout, child.stderr]) output.on('data', (chunk) => (printed += chunk));
    const closed = once(child, 'close');
    await expect.poll(() => printed, { timeout: 10_000 }).toBe('ready\n');
    await terminate();
    await sleep(50);
    child.stdin.end('go on');
    expect((await closed)[0]).toBe(0);
    expect(printed).toBe('ready\nDATABASE_UNAVAILABLE\n[{"one":1}]\n');
  });
});

describe('a statement', () => {
  test('that runs too long is cancelled by the server, and is worth trying again', async () => {
    const impatient = connect({ statementTimeoutMs: 100, maxConnections: 1 });
    const error = await reasonOf(impatient.query('select pg_sleep(5)'));
    expect(error).toEqual(UNAVAILABLE);
    expect(error).toMatchObject({ cause: { code: '57014' } });
    expect(await reasonOf(impatient.transact((sql) => sql.query('select pg_sleep(5)')))).toEqual(UNAVAILABLE);
    expect(await impatient.query('select 1 as one')).toEqual([{ one: 1 }]);
    const running = await fixture.database.query(
      `select 1 from pg_stat_activity where query like '%pg_sleep(5)%' and state = 'active' and pid <> pg_backend_pid()`,
    );
    expect(running).toEqual([]);
  });

  test('of a process that asked for no limit may take its time', async () => {
    expect(await connect({ statementTimeoutMs: 0 }).query('show statement_timeout')).toEqual([{ statement_timeout: '0' }]);
  });

  test('with a null character in its text is bad input, inside a transaction too', async () => {
    const refused = expect.objectContaining({ code: 'TEXT_INVALID', kind: 'invalid' });
    await expect(database.query('select $1::text', ['a\0b'])).rejects.toThrow(refused);
    await expect(database.query('select $1::text[]', [['fine', '\0']])).rejects.toThrow(refused);
    await expect(database.transact((sql) => sql.query('select sku from lamps where sku = $1', ['\0']))).rejects.toThrow(refused);
  });

  test('that waits for a connection too long is DATABASE_UNAVAILABLE, and no rule of the domain is taken for that', async () => {
    const single = connect({ maxConnections: 1 });
    const held = single.transact(() => sleep(3_400));
    expect(await reasonOf(single.query('select 1'))).toEqual(UNAVAILABLE);
    await held;
    const rule = new DomainError('conflict', 'EXPIRED', 'Too late.');
    expect(await reasonOf(single.transact(() => Promise.reject(rule)))).toBe(rule);
  });
});

describe('a pool', () => {
  test('opens its connections on first use and says ready when the server answers', async () => {
    expect(await database.readiness()).toBeUndefined();
  });

  test('has a name that the server shows', async () => {
    expect(await database.query('select application_name as name from pg_stat_activity where pid = pg_backend_pid()')).toEqual([
      { name: 'under test' },
    ]);
  });
});

describe('ids of clients', () => {
  test('that are no UUIDs are left out, so that a made-up one finds nothing instead of failing', async () => {
    const good = 'C0FFEE00-0000-4000-8000-000000000001';
    expect(uuidsIn([good, 'x', '', `${good} `, `{${good}}`, `${good}\n`, good.replaceAll('-', '')])).toEqual([good]);
    expect(await database.query('select 1 as one where $1::uuid = any($2::uuid[])', [good, uuidsIn([good, 'x'])])).toEqual([{ one: 1 }]);
  });
});

test('settings hold on its own connections, and win over those in the URL', async () => {
  const url = new URL(fixture.url);
  url.searchParams.set('options', '-c synchronous_commit=local -c work_mem=7MB');
  const relaxed = connect({ url: url.toString(), settings: { synchronous_commit: 'off' } });
  const shown = async (sql: Database, name: string): Promise<unknown> =>
    (await sql.query(`select current_setting('${name}') as value`))[0]?.['value'];
  expect([await shown(relaxed, 'synchronous_commit'), await shown(relaxed, 'work_mem')]).toEqual(['off', '7MB']);
  expect(await shown(database, 'synchronous_commit')).toBe('on');
});
