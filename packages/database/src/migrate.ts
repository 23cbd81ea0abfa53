import { readdir, readFile } from 'node:fs/promises';
import { Kysely, type Migration, Migrator, PostgresDialect, sql } from 'kysely';
import type { Database } from './database.ts';

const asMigration = (text: string): Migration => ({
  up: (db) =>
    sql
      .raw(`set local statement_timeout = 0;\n${text}`)
      .execute(db)
      .then(() => undefined),
});

/**
 * Brings the database up to the newest of the plain SQL files in `folder` (`0001-orders.sql`, forward only, applied in
 * the order of their names). All pending files run in one transaction, under a lock, so replicas may start together.
 * @throws the database's error, with the name of the file that failed in front.
 */
export const migrate = async (database: Database, folder: URL): Promise<void> => {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const migrations: Record<string, Migration> = {};
  for (const file of files) migrations[file.replace(/\.sql$/, '')] = asMigration(await readFile(new URL(file, folder), 'utf8'));
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: database.pool }) });
  const { error, results } = await new Migrator({ db, provider: { getMigrations: async () => migrations } }).migrateToLatest();
  if (error === undefined) return;
  const failed = results?.find((result) => result.status === 'Error')?.migrationName;
  const reason = error instanceof Error ? error.message : String(error);
  throw new Error(failed === undefined ? reason : `migration ${failed}: ${reason}`, { cause: error });
};
