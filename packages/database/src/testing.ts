import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { createDatabase, type Database } from './database.ts';
import { migrate } from './migrate.ts';

/** Holds the URL of the server tests may make databases on; set by the test run's global setup (`tests/postgres.ts`). */
export const TEST_SERVER_VARIABLE = 'TEST_POSTGRES_URL';

export interface TestDatabase {
  url: string;
  database: Database;
  /** Closes the connections and removes the database. */
  drop(): Promise<void>;
}

/** Data that a template holds beside its tables. */
export interface Seed {
  /** Names the template: lower-case letters, digits and underscores. */
  name: string;
  /** Called once a run, on the empty, migrated database. */
  fill(url: string): Promise<void>;
}

const TEMPLATE_LOCK = 4_711;

const withDatabase = (serverUrl: string, name: string): string => {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.toString();
};

const fingerprint = (folder: URL): string => {
  const hash = createHash('sha256');
  for (const file of readdirSync(folder).sort()) hash.update(file).update(readFileSync(new URL(file, folder)));
  return hash.digest('hex').slice(0, 12);
};

const makeTemplate = async (admin: pg.Client, serverUrl: string, name: string, migrations: URL, seed: Seed | undefined): Promise<void> => {
  await admin.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    const { rowCount } = await admin.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 1) return;
    await admin.query(`drop database if exists ${name}_unfinished`);
    await admin.query(`create database ${name}_unfinished`);
    const url = withDatabase(serverUrl, `${name}_unfinished`);
    const database = createDatabase({ url, applicationName: 'template' });
    await migrate(database, migrations).finally(database.close);
    await seed?.fill(url);
    await admin.query(`alter database ${name}_unfinished rename to ${name}`);
  } finally {
    await admin.query('select pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
};

const serverUrlOf = (): string => {
  // biome-ignore lint/style/noProcessEnv: the one channel from vitest's global setup to its workers
  const url = process.env[TEST_SERVER_VARIABLE];
  if (url === undefined) throw new Error(`${TEST_SERVER_VARIABLE} is not set: run tests with npm test, which starts a PostgreSQL for them`);
  return url;
};

const asAdmin = async (serverUrl: string, work: (admin: pg.Client) => Promise<unknown>): Promise<void> => {
  const admin = new pg.Client({ connectionString: serverUrl });
  await admin.connect();
  await work(admin).finally(() => admin.end());
};

const create = async (room: string, prepare: (admin: pg.Client, serverUrl: string) => Promise<string>): Promise<TestDatabase> => {
  const serverUrl = serverUrlOf();
  const name = `test_${room}_${randomBytes(6).toString('hex')}`;
  await asAdmin(serverUrl, async (admin) => admin.query(`create database ${name} ${await prepare(admin, serverUrl)}`));
  const url = withDatabase(serverUrl, name);
  const database = createDatabase({ url, applicationName: `test ${room}` });
  return {
    url,
    database,
    drop: async () => {
      await database.close();
      await asAdmin(serverUrl, (admin) => admin.query(`drop database if exists ${name} with (force)`));
    },
  };
};

/** A fresh database without tables, for instance for a message bus. */
export const createEmptyDatabase = (name: string): Promise<TestDatabase> => create(name, async () => '');

/**
 * A fresh, migrated database of its own for one test file: cloned from a template that is migrated once a run (about 50 ms).
 * @param room names the template, for instance `order`.
 * @param migrations the room's folder of SQL files.
 * @param seed data for the template; loaded once a run, however many files ask for it.
 */
export const createTestDatabase = (room: string, migrations: URL, seed?: Seed): Promise<TestDatabase> =>
  create(room, async (admin, serverUrl) => {
    const template = `template_${room}_${fingerprint(migrations)}${seed === undefined ? '' : `_${seed.name}`}`;
    await makeTemplate(admin, serverUrl, template, migrations, seed);
    return `template ${template}`;
  });
