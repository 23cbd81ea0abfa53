import { createDatabase, type Database } from '@supergraph/database/database';

const CONNECTIONS = 10;

/**
 * The dispatcher's own connections. They do not wait for the disk: what a crash of the database server takes back is an attempt, and that
 * is made again, with the same `webhook-id`. (https://www.postgresql.org/docs/18/wal-async-commit.html)
 */
export const createDispatcherDatabase = (url: string): Database =>
  createDatabase({ url, applicationName: 'webhooks dispatcher', maxConnections: CONNECTIONS, settings: { synchronous_commit: 'off' } });
