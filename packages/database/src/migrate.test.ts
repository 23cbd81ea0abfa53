import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDatabase, type Database, type DatabaseOptions } from './database.ts';
import { migrate } from './migrate.ts';
import { createTestDatabase, type TestDatabase } from './testing.ts';

let folder: string;
let fixture: TestDatabase;
const opened: Database[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'supergraph-migrations-'));
  fixture = await createTestDatabase('migrate', migrations());
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()));
  await fixture.drop();
  rmSync(folder, { recursive: true, force: true });
});

const migrations = (): URL => pathToFileURL(`${folder}/`);
const write = (files: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
};
const replica = (options: Partial<DatabaseOptions> = {}): Database => {
  const database = createDatabase({ url: fixture.url, applicationName: 'replica', ...options });
  opened.push(database);
  return database;
};
const tables = async (): Promise<unknown[]> =>
  (await fixture.database.query(`select tablename from pg_tables where schemaname = 'public' and tablename not like 'kysely%' order by 1`)).map(
    ({ tablename }) => tablename,
  );

describe('migrations', () => {
  test('are applied in the order of their names, each of them whole, and other files are left alone', async () => {
    write({
      '0002-price.sql': 'alter table lamps add column price integer; update lamps set price = 3;',
      '0001-lamps.sql': `create table lamps (sku text); insert into lamps values ('L1');`,
      'README.md': 'drop table lamps',
    });
    await migrate(fixture.database, migrations());
    expect(await fixture.database.query('select * from lamps')).toEqual([{ sku: 'L1', price: 3 }]);
  });

  test('are applied once: later starts apply what is new only', async () => {
    write({ '0001-lamps.sql': 'create table lamps (sku text)' });
    await migrate(fixture.database, migrations());
    await migrate(fixture.database, migrations());
    write({ '0002-cups.sql': 'create table cups (sku text)' });
    await migrate(fixture.database, migrations());
    expect(await tables()).toEqual(['cups', 'lamps']);
  });

  test('are applied once by replicas that start at the same moment', async () => {
    write({ '0001-lamps.sql': 'create table lamps (sku text); select pg_sleep(0.2);', '0002-lamp.sql': `insert into lamps values ('L1')` });
    await Promise.all(Array.from({ length: 6 }, () => migrate(replica(), migrations())));
    expect(await fixture.database.query('select sku from lamps')).toEqual([{ sku: 'L1' }]);
  });

  test('that fail name their file and change nothing, files before it included', async () => {
    write({ '0001-lamps.sql': 'create table lamps (sku text)', '0002-cups.sql': 'create table cups (sku text); insert into nothing values (1);' });
    const error = await migrate(fixture.database, migrations()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: 'migration 0002-cups: relation "nothing" does not exist', cause: { code: '42P01' } });
    expect(await tables()).toEqual([]);

    write({ '0002-cups.sql': 'create table cups (sku text)' });
    await migrate(fixture.database, migrations());
    expect(await tables()).toEqual(['cups', 'lamps']);
  });

  test('may take longer than any statement of the room, and so may the wait for another replica', async () => {
    write({ '0001-lamps.sql': 'create table lamps (sku text); select pg_sleep(1.5);' });
    const impatient = { statementTimeoutMs: 100 };
    await Promise.all([migrate(replica(impatient), migrations()), migrate(replica(impatient), migrations())]);
    expect(await tables()).toEqual(['lamps']);
  });

  test('leave no connection and no setting behind', async () => {
    write({ '0001-lamps.sql': `create table lamps (sku text)` });
    const database = replica({ statementTimeoutMs: 1_234, maxConnections: 1 });
    await migrate(database, migrations());
    expect(await database.query('show statement_timeout')).toEqual([{ statement_timeout: '1234ms' }]);
    expect(await fixture.database.query(`select count(*)::int from pg_stat_activity where application_name = 'replica'`)).toEqual([{ count: 1 }]);
  });
});
