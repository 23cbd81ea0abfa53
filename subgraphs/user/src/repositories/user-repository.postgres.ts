import { isUniqueViolation, type Sql } from '@supergraph/database/database';
import { toPage } from '@supergraph/pagination';
import { userEmailTaken } from '../domain/errors.ts';
import type { Role, User } from '../domain/user.ts';
import type { AccountWriter, UserReader } from '../use-cases/ports.ts';

interface UserRow {
  id: string;
  email: string;
  name: string;
  country: string;
  role: Role;
  created_at: Date;
  development: boolean;
  version: number;
}

const COLUMNS = 'id, email, name, country, role, created_at, development, version';

const toUser = (row: UserRow): User => ({
  id: row.id,
  email: row.email,
  name: row.name,
  country: row.country,
  role: row.role,
  createdAt: row.created_at,
  development: row.development,
  version: row.version,
});

/** PostgreSQL's text cannot hold U+0000: such a value is nobody's, and the statement would fail on it. */
const storable = (values: readonly string[]): string[] => values.filter((value) => !value.includes('\0'));

export const createUserReader = (sql: Sql): UserReader => ({
  byIds: async (ids) => {
    const rows = await sql.query<UserRow>(`select ${COLUMNS} from users where id = any($1)`, [storable(ids)]);
    return new Map(rows.map((row) => [row.id, toUser(row)]));
  },
  byEmails: async (emails) => {
    const rows = await sql.query<UserRow>(`select ${COLUMNS} from users where email = any($1)`, [storable(emails)]);
    return new Map(rows.map((row) => [row.email, toUser(row)]));
  },
  list: async ({ after, limit }) => {
    const [name, id] = after ?? [null, null];
    const rows = await sql.query<UserRow>(`select ${COLUMNS} from users where $1::text is null or (name, id) > ($1, $2) order by name, id limit $3`, [
      name,
      id,
      limit + 1,
    ]);
    return toPage(rows.map(toUser), limit);
  },
  credentials: async (email) => {
    const [row] = await sql.query<UserRow & { password_hash: string | null }>(`select ${COLUMNS}, password_hash from users where email = any($1)`, [
      storable([email]),
    ]);
    return row && { user: toUser(row), passwordHash: row.password_hash ?? undefined };
  },
});

export const createUserWriter = (sql: Sql): AccountWriter['users'] => ({
  byIds: createUserReader(sql).byIds,
  lock: async (id) => {
    const [row] = await sql.query<UserRow>(`select ${COLUMNS} from users where id = any($1) for update`, [storable([id])]);
    return row && toUser(row);
  },
  add: async (user, passwordHash) => {
    await sql
      .query(`insert into users (${COLUMNS}, password_hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, [
        user.id,
        user.email,
        user.name,
        user.country,
        user.role,
        user.createdAt,
        user.development,
        user.version,
        passwordHash,
      ])
      .catch((error: unknown) => {
        throw isUniqueViolation(error, 'users_email_unique') ? userEmailTaken() : error;
      });
  },
  change: async ({ id, name, country }) => {
    const [row] = await sql.query<UserRow>(`update users set name = $2, country = $3, version = version + 1 where id = $1 returning ${COLUMNS}`, [
      id,
      name,
      country,
    ]);
    return toUser(row as UserRow);
  },
});
