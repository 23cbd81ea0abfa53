import type { Database, Sql } from '@supergraph/database/database';
import { type Envelope, serialize } from '@supergraph/events/envelope';
import { currentTraceparent } from '@supergraph/service/trace-context';
import type { MessageBus } from './message-bus.ts';
import { listenForMessages } from './postgres-listener.ts';

/** How many rows are published at a time. */
const BATCH = 200;
const IDLE_LOOK_MS = 1_000;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;
const CHANNEL = 'outbox';

/**
 * Writes events in the transaction of the change they tell of: they exist if and only if the change does. Needs the table
 * `outbox (id, envelope)` in the room's database. Carries on the trace of what caused them.
 * @throws EVENT_TOO_LARGE, which undoes the change.
 */
export const appendToOutbox = async (sql: Sql, envelopes: readonly Envelope[]): Promise<void> => {
  const traceparent = currentTraceparent();
  const rows = envelopes.map((envelope) => serialize(traceparent === undefined ? envelope : { traceparent, ...envelope }));
  await sql.query(`with added as (insert into outbox (envelope) select * from unnest($1::text[])) select pg_notify('${CHANNEL}', '')`, [rows]);
};

export interface OutboxRelay {
  /** Publishes what is running now and stops. */
  close(): Promise<void>;
}

/**
 * Claims rows and hands them over: what is locked is skipped, never waited for, and what commits late is found by the next
 * look, because nothing remembers "the last id". One relay of a room works at a time, so that a subject's events keep their
 * order; the others stand by. @returns how many rows were published.
 */
export const relayOnce = (database: Database, publish: MessageBus['publish']): Promise<number> =>
  database.transact(async (sql) => {
    // Losing the deletion in a crash means publishing again, which consumers stand: not worth waiting for the disk.
    await sql.query('set local synchronous_commit = off');
    const [turn] = await sql.query<{ mine: boolean }>("select pg_try_advisory_xact_lock(hashtext('outbox')) as mine");
    if (turn?.mine !== true) return 0;
    const rows = await sql.query<{ id: string; envelope: string }>(
      `select id, envelope from outbox order by id limit ${BATCH} for update skip locked`,
    );
    if (rows.length === 0) return 0;
    await publish(rows.map(({ envelope }) => JSON.parse(envelope) as Envelope));
    await sql.query('delete from outbox where id = any($1)', [rows.map(({ id }) => id)]);
    return rows.length;
  });

/** Relays a room's outbox to the bus until it is closed; goes on trying, ever more slowly, while the bus or the database is away. */
export const startOutboxRelay = (
  database: Database,
  publish: MessageBus['publish'],
  onError: (error: unknown, what: string) => void,
): OutboxRelay => {
  let isClosed = false;
  let wakeUp: () => void = () => undefined;
  const wait = async (milliseconds: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    wakeUp = resolve;
    const timer = setTimeout(resolve, milliseconds);
    await promise;
    clearTimeout(timer);
  };
  const relay = async (): Promise<void> => {
    let retryMs = FIRST_RETRY_MS;
    while (!isClosed) {
      try {
        const published = await relayOnce(database, publish);
        retryMs = FIRST_RETRY_MS;
        if (published < BATCH && !isClosed) await wait(IDLE_LOOK_MS);
      } catch (error) {
        onError(error, 'publishing events');
        await wait(retryMs);
        retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
      }
    }
  };
  const listener = listenForMessages(database, CHANNEL, () => wakeUp(), onError);
  const relaying = relay();
  return {
    close: async () => {
      isClosed = true;
      listener.close();
      wakeUp();
      await relaying;
    },
  };
};
