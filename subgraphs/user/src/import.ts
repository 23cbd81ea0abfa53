import { type BulkSql, createDatabase } from '@supergraph/database/database';
import { migrate } from '@supergraph/database/migrate';
import { toCopyStream } from '@supergraph/dataset/copy-text';
import { readUsers, type UserRow } from '@supergraph/dataset/read-users';
import { type ImportCounter, runImport } from '@supergraph/dataset/run-import';
import { isProduction, readSettings, setting } from '@supergraph/service/config';
import { StartupError } from '@supergraph/service/startup-error';
import { z } from 'zod';
import { createPasswordHasher } from './repositories/password-hash.scrypt.ts';

const DEVELOPMENT_PASSWORD = 'supergraph';

/** Before the customers: a data set must not take their addresses. */
const addDevelopmentStaff = async (sql: BulkSql, passwordHash: string): Promise<void> => {
  await sql.query(
    `insert into users (id, email, name, country, role, password_hash, development, created_at) values
       ('admin', 'admin@example.com', 'Admin', 'United Kingdom', 'ADMIN', $1, true, now()),
       ('staff', 'staff@example.com', 'Staff', 'United Kingdom', 'STAFF', $1, true, now())
     on conflict do nothing`,
    [passwordHash],
  );
};

/** Without a password hash nobody can sign in as one of them. */
const importCustomers = async (sql: BulkSql, users: AsyncIterable<UserRow>, passwordHash: string | undefined): Promise<ImportCounter> => {
  await sql.query('create temporary table incoming_users (id text, email text, name text, country text) on commit drop');
  await sql.copy(
    'incoming_users (id, email, name, country)',
    toCopyStream(users, (user) => [user.id, user.email, user.name, user.country]),
  );
  const [counter] = await sql.query<ImportCounter>(
    `with added as (
      insert into users (id, email, name, country, role, password_hash, development, created_at)
      select id, email, name, country, 'CUSTOMER', $1::text, $1 is not null, now() from incoming_users
      on conflict do nothing returning 1
    )
    select (select count(*)::int from incoming_users) as accepted, (select count(*)::int from added) as added`,
    [passwordHash ?? null],
  );
  return counter as ImportCounter;
};

await runImport('user', async ({ folder, reject }) => {
  const url = readSettings('user', z.object({ USER_DATABASE_URL: setting.postgresUrl() }), process.env).USER_DATABASE_URL;
  const database = createDatabase({ url, applicationName: 'user import', statementTimeoutMs: 0 });
  try {
    const problem = await database.readiness();
    if (problem !== undefined)
      throw new StartupError(`user cannot import: ${problem}`, 'start that PostgreSQL, or set USER_DATABASE_URL to one that runs');
    await migrate(database, new URL('../migrations/', import.meta.url));
    const passwordHash = isProduction(process.env) ? undefined : await createPasswordHasher().hash(DEVELOPMENT_PASSWORD);
    const users = await database.transact(async (sql) => {
      if (passwordHash !== undefined) await addDevelopmentStaff(sql, passwordHash);
      return importCustomers(sql, readUsers(folder, reject), passwordHash);
    });
    await database.query('analyze users');
    return { users };
  } finally {
    await database.close();
  }
});
