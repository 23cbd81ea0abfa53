import { readdir, readFile } from 'node:fs/promises';
import { Kysely, type Migration, Migrator, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import type { Database } from './database.ts';

const asMigration = (text: string): Migration => ({ up: async (db) => void (await sql.raw(text).execute(db)) });

/** A connection without deadlines: a migration may take long, and a replica that starts meanwhile waits for it. */
const openPool = (database: Database): pg.Pool => {
  const pool = new pg.Pool({ ...database.pool.options, max: 1, statement_timeout: 0, query_timeout: 0 });
  pool.on('error', () => undefined);
  return pool;
};

/**
 * Brings the database up to the newest of the plain SQL files in `folder` (`0001-orders.sql`, forward only, applied in
 * the order of their names). All pending files run in one transaction, under a lock and without a time limit, so
 * replicas may start together.
 * @throws the database's error, with the name of the file that failed in front.
 */
export const migrate = async (database: Database, folder: URL): Promise<void> => {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const migrations: Record<string, Migration> = {};
  for (const file of files) migrations[file.replace(/\.sql$/, '')] = asMigration(await readFile(new URL(file, folder), 'utf8'));
  const pool = openPool(database);
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error, results } = await migrator.migrateToLatest().finally(() => pool.end());
  if (error === undefined) return;
  const failed = results?.find((result) => result.status === 'Error')?.migrationName;
  const reason = error instanceof Error ? error.message : String(error);
  throw new Error(failed === undefined ? reason : `migration ${failed}: ${reason}`, { cause: error });
};
