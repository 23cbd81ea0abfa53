import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DomainError } from '@supergraph/errors';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** A statement that is prepared under its name, once a connection. */
export interface PreparedStatement {
  name: string;
  text: string;
  values: readonly unknown[];
}

/** Runs SQL. Values go as bind parameters (`$1`), never into the text. */
export interface Sql {
  /**
   * @param name prepares the statement, once a connection, under this name. It then keeps its plan, so only for what runs often
   * and whose best plan never depends on how much there is, for instance an insert. One name, one text.
   * @returns the rows, typed by the caller, who wrote the `select` list.
   */
  query<Row extends object = Record<string, unknown>>(text: string, values?: readonly unknown[], name?: string): Promise<Row[]>;
}

/** What only bulk loading needs: PostgreSQL's COPY, in the text format (https://www.postgresql.org/docs/18/sql-copy.html). */
export interface BulkSql extends Sql {
  /** `target` is a table with its columns, for instance `orders (number, status)`. */
  copy(target: string, rows: Readable): Promise<void>;
}

export interface Database extends Sql {
  /** Commits when `work` resolves, rolls back when it rejects. `work` must use the `sql` it is given. */
  transact<Result>(work: (sql: BulkSql) => Promise<Result>): Promise<Result>;
  /** Answers what is wrong with the connection, or nothing. */
  readiness(): Promise<string | undefined>;
  close(): Promise<void>;
  /** The pool under it, for the migrator. */
  pool: pg.Pool;
}

export interface DatabaseOptions {
  url: string;
  /** Shown in `pg_stat_activity`. */
  applicationName: string;
  maxConnections?: number;
  /** A statement that runs longer is cancelled by the server. 0 means no limit. */
  statementTimeoutMs?: number;
  /** Settings of PostgreSQL for these connections, for instance `synchronous_commit: 'off'`; they win over those in the URL. */
  settings?: Readonly<Record<string, string>>;
}

/** The database does not answer, or ends the connection. The same call may succeed later. */
export const databaseUnavailable = (cause: unknown): DomainError =>
  new DomainError('unavailable', 'DATABASE_UNAVAILABLE', 'The data cannot be reached at the moment. Try again shortly.', {}, cause);

/** PostgreSQL's text cannot hold the null character; no stored text contains one, so this is always a bad input. */
export const textInvalid = (): DomainError => new DomainError('invalid', 'TEXT_INVALID', 'Text must not contain the null character (U+0000).');

const CONNECT_DEADLINE_MS = 3_000;
// Class 08: connection exceptions; 57P: the server shuts down; 53300: too many connections; 57014: statement timeout.
const UNAVAILABLE_SQLSTATE = /^(08|57P|53300|57014)/;

const UNAVAILABLE_MESSAGE = /Connection terminated|is not queryable|Query read timeout|timeout exceeded when trying to connect/;

const isUnavailable = (error: unknown): boolean => {
  if (error instanceof DomainError) return false;
  const { code, message } = error as { code?: string; message?: string };
  if (code !== undefined && /^E[A-Z]+$/.test(code)) return true;
  return UNAVAILABLE_SQLSTATE.test(code ?? '') || UNAVAILABLE_MESSAGE.test(message ?? '');
};

const translated = (error: unknown): unknown => {
  if (isUnavailable(error)) return databaseUnavailable(error);
  return (error as { code?: string }).code === '22021' ? textInvalid() : error;
};

/** True when `error` is PostgreSQL's unique_violation (23505) of this constraint or index. */
export const isUniqueViolation = (error: unknown, constraint: string): boolean => {
  const { code, constraint: violated } = error as { code?: string; constraint?: string };
  return code === '23505' && violated === constraint;
};

const toQuery = (text: string, values?: readonly unknown[], name?: string): pg.QueryConfig => ({
  text,
  ...(values && { values: values as unknown[] }),
  ...(name && { name }),
});

const sqlOn = (client: pg.PoolClient): BulkSql => ({
  query: async (text, values, name) => (await client.query(toQuery(text, values, name))).rows,
  copy: async (target, rows) => pipeline(rows, client.query(copyFrom(`copy ${target} from stdin`))),
});

/** As the server takes them at connect. (https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNECT-OPTIONS) */
const withSettings = (url: string, settings: Readonly<Record<string, string>>): string => {
  if (Object.keys(settings).length === 0) return url;
  const changed = new URL(url);
  const given = changed.searchParams.get('options');
  const flags = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  changed.searchParams.set('options', [...(given === null ? [] : [given]), ...flags].join(' '));
  return changed.toString();
};

/**
 * A connection pool. Connections are opened on first use. Losing the server is an error of the statement that runs,
 * `DATABASE_UNAVAILABLE`, never of the process.
 */
export const createDatabase = ({
  url,
  applicationName,
  maxConnections = 10,
  statementTimeoutMs = 5_000,
  settings = {},
}: DatabaseOptions): Database => {
  const pool = new pg.Pool({
    connectionString: withSettings(url, settings),
    application_name: applicationName,
    max: maxConnections,
    connectionTimeoutMillis: CONNECT_DEADLINE_MS,
    idleTimeoutMillis: 30_000,
    statement_timeout: statementTimeoutMs,
    // A frozen server never sends its own timeout.
    ...(statementTimeoutMs === 0 ? {} : { query_timeout: statementTimeoutMs + 1_000 }),
    // The pool's own listener covers idle connections only; a checked-out one without a listener ends the process.
    onConnect: (client) => void client.on('error', () => undefined),
  });
  pool.on('error', () => undefined);
  const query: Sql['query'] = async (text, values, name) => {
    try {
      return (await pool.query(toQuery(text, values, name))).rows;
    } catch (error) {
      throw translated(error);
    }
  };
  return {
    pool,
    query,
    transact: async (work) => {
      const client = await pool.connect().catch((error: unknown) => {
        throw translated(error);
      });
      try {
        await client.query('begin');
        const result = await work(sqlOn(client));
        await client.query('commit');
        client.release();
        return result;
      } catch (error) {
        const rolledBack =
          !isUnavailable(error) &&
          (await client.query('rollback').then(
            () => true,
            () => false,
          ));
        client.release(!rolledBack);
        throw translated(error);
      }
    },
    readiness: () =>
      query('select 1').then(
        () => undefined,
        (error: Error) => {
          // Node gives no message to a connection that is refused at each of several addresses, only a code.
          const { message, code } = (error.cause ?? error) as NodeJS.ErrnoException;
          return `database: ${message || code}`;
        },
      ),
    close: () => pool.end(),
  };
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The values that can be compared with a `uuid` column; a client's made-up id is absent, not an error. */
export const uuidsIn = (values: readonly string[]): string[] => values.filter((value) => UUID.test(value));
