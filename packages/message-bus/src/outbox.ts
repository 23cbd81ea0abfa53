import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, PreparedStatement, Sql } from '@supergraph/database/database';
import { type Envelope, serialize } from '@supergraph/events/envelope';
import { createAlarm } from '@supergraph/service/alarm';
import { currentTraceparent } from '@supergraph/service/trace-context';
import type { MessageBus } from './message-bus.ts';
import { listenForMessages } from './postgres/postgres-listener.ts';

/** How many rows are published at a time. */
const BATCH = 200;
const IDLE_LOOK_MS = 1_000;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;
const CHANNEL = 'outbox';
/**
 * Held by a relay that looks often anyway. Writers tell it nothing then: a transaction with a NOTIFY lets no other with one
 * commit, in the whole server, until it is on the disk.
 */
const AWAKE = "hashtext('outbox relay is awake')";
/** Events that come so soon after others keep a relay awake. */
const AWAKE_MS = 50;
const FIRST_REST_MS = 5;

const TELL = `select pg_notify('${CHANNEL}', '') where case when pg_try_advisory_lock_shared(${AWAKE}) then pg_advisory_unlock_shared(${AWAKE}) end`;

const rowsOf = (envelopes: readonly Envelope[]): string[] => {
  const traceparent = currentTraceparent();
  return envelopes.map((envelope) => serialize(traceparent === undefined ? envelope : { traceparent, ...envelope }));
};

/**
 * Writes events in the transaction of the change they tell of: they exist if and only if the change does. Needs the table
 * `outbox (id, envelope)` in the room's database. Carries on the trace of what caused them.
 * @throws EVENT_TOO_LARGE, which undoes the change.
 */
export const appendToOutbox = async (sql: Sql, envelopes: readonly Envelope[]): Promise<void> => {
  await sql.query(`with added as (insert into outbox (envelope) select * from unnest($1::text[])) ${TELL}`, [rowsOf(envelopes)], 'append to outbox');
};

/**
 * The same where the whole change is one statement: it and its events commit together, in one round trip instead of four.
 * @throws EVENT_TOO_LARGE; nothing has changed then.
 */
export const changeWithEvents = async (sql: Sql, { name, text, values }: PreparedStatement, envelopes: readonly Envelope[]): Promise<void> => {
  const added = `insert into outbox (envelope) select * from unnest($${values.length + 1}::text[])`;
  await sql.query(`with change as (${text}), added as (${added}) ${TELL}`, [...values, rowsOf(envelopes)], name);
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
  const alarm = createAlarm();
  const listener = listenForMessages(database, CHANNEL, alarm.ring, onError);
  const closing = new AbortController();
  let isAwake = false;
  let lastFound = Number.NEGATIVE_INFINITY;
  let restMs = IDLE_LOOK_MS;

  const setAwake = async (awake: boolean): Promise<void> => {
    if (awake === isAwake) return;
    const done = await listener.ask<{ done: boolean }>(
      awake ? `select pg_try_advisory_lock(${AWAKE}) as done` : `select pg_advisory_unlock(${AWAKE}) as done`,
    );
    isAwake = awake && done?.done === true;
  };

  /**
   * How long to wait before the next look. Those who wrote while it was still awake may commit a little later, untold: it
   * falls asleep by degrees.
   */
  const restAfter = async (published: number, begun: number): Promise<number> => {
    const isBusy = begun - lastFound < AWAKE_MS;
    if (published > 0) lastFound = performance.now();
    await setAwake(isBusy);
    restMs = isBusy ? FIRST_REST_MS : Math.min(restMs * 2, IDLE_LOOK_MS);
    return published === BATCH ? 0 : restMs;
  };

  const relay = async (): Promise<void> => {
    let retryMs = FIRST_RETRY_MS;
    while (!closing.signal.aborted) {
      try {
        const begun = performance.now();
        const published = await relayOnce(database, publish);
        retryMs = FIRST_RETRY_MS;
        const untilNextMs = await restAfter(published, begun);
        if (untilNextMs > 0 && !closing.signal.aborted) await alarm.wait(untilNextMs);
      } catch (error) {
        onError(error, 'publishing events');
        await sleep(retryMs, undefined, { signal: closing.signal }).catch(() => undefined);
        retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
      }
    }
  };
  const relaying = relay();
  return {
    close: async () => {
      closing.abort();
      listener.close();
      alarm.ring();
      await relaying;
    },
  };
};
