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

/**
 * A fresh, migrated database of its own for one test file: cloned from a template that is migrated once a run (about 50 ms).
 * @param room names the template, for instance `order`.
 * @param migrations the room's folder of SQL files.
 * @param seed data for the template; loaded once a run, however many files ask for it.
 */
export const createTestDatabase = async (room: string, migrations: URL, seed?: Seed): Promise<TestDatabase> => {
  // biome-ignore lint/style/noProcessEnv: the one channel from vitest's global setup to its workers
  const serverUrl = process.env[TEST_SERVER_VARIABLE];
  if (serverUrl === undefined) throw new Error(`${TEST_SERVER_VARIABLE} is not set: run tests with npm test, which starts a PostgreSQL for them`);
  const admin = new pg.Client({ connectionString: serverUrl });
  await admin.connect();
  const template = `template_${room}_${fingerprint(migrations)}${seed === undefined ? '' : `_${seed.name}`}`;
  const name = `test_${room}_${randomBytes(6).toString('hex')}`;
  try {
    await makeTemplate(admin, serverUrl, template, migrations, seed);
    await admin.query(`create database ${name} template ${template}`);
  } finally {
    await admin.end();
  }
  const url = withDatabase(serverUrl, name);
  const database = createDatabase({ url, applicationName: `test ${room}` });
  return {
    url,
    database,
    drop: async () => {
      await database.close();
      const client = new pg.Client({ connectionString: serverUrl });
      await client.connect();
      await client.query(`drop database if exists ${name} with (force)`).finally(() => client.end());
    },
  };
};
