import type { Database } from '@supergraph/database/database';
import type { Envelope } from '@supergraph/events/envelope';
import type { DeadLetter } from '../message-bus.ts';

/** An event, as it is published. */
export interface QueuedMessage {
  /** Who wants it; may be nobody. */
  groups: readonly string[];
  subject: string;
  json: string;
}

/** A message that is ours until its lease ends. */
export interface TakenMessage {
  id: string;
  envelope: Envelope;
  attempt: number;
}

/** The tables of one namespace, and every statement on them. */
export interface PostgresQueue {
  /** NOTIFY channel on which publishers tell of new messages. */
  channel: string;
  /** What a session runs to be told of every event from then on, as notifications. */
  listen: string;
  /** Makes the tables; safe to run by many processes at once. */
  prepare(): Promise<void>;
  add(messages: readonly QueuedMessage[]): Promise<void>;
  /** Acknowledges `done` and leases at most `limit` messages, of each subject the oldest, and only if none of that subject is out. */
  take(done: readonly string[], group: string, limit: number, leaseMs: number): Promise<TakenMessage[]>;
  extend(ids: readonly string[], leaseMs: number): Promise<void>;
  finish(ids: readonly string[]): Promise<void>;
  retry(id: string, afterMs: number): Promise<void>;
  park(id: string, reason: string): Promise<void>;
  /** Gives back what was not begun, as if it had never been taken. */
  giveBack(ids: readonly string[]): Promise<void>;
  deadLetters(group: string, limit: number): Promise<DeadLetter[]>;
}

/** A notification is shorter than 8,000 bytes: so many characters of four bytes, and a head that tells parts that are alike apart. */
const PART_CHARACTERS = 1_980;

const schemaOf = (namespace: string): string => `bus_${namespace.replaceAll('-', '_')}`;

const tables = (schema: string): string => `
  create schema if not exists ${schema};
  create table if not exists ${schema}.messages (
    id bigint generated always as identity primary key,
    consumer_group text not null,
    subject text not null,
    envelope text not null,
    attempt integer not null default 0,
    due_at timestamptz not null default now(),
    leased_until timestamptz
  ) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
  create index if not exists messages_due on ${schema}.messages (consumer_group, due_at, id);
  create index if not exists messages_by_subject on ${schema}.messages (consumer_group, subject, id);
  create table if not exists ${schema}.dead_letters (
    id bigint primary key,
    consumer_group text not null,
    envelope text not null,
    attempts integer not null,
    reason text not null,
    parked_at timestamptz not null default now()
  );
  create index if not exists dead_letters_by_group on ${schema}.dead_letters (consumer_group, id);
`;

/** `publisher` waits for the disk, `taker` need not. */
export const createPostgresQueue = (publisher: Database, taker: Database, namespace: string): PostgresQueue => {
  const schema = schemaOf(namespace);
  const broadcast = `${schema}_events`;
  // Who listens holds it shared: only where nobody does can a publisher have it for itself. Two publishers at once take each
  // other for a listener, and notify nobody.
  const listened = `hashtextextended('${broadcast}', 0)`;
  const add = `
    with added as (
      insert into ${schema}.messages (consumer_group, subject, envelope)
      select * from unnest($1::text[], $2::text[], $3::text[]) as message (consumer_group) where consumer_group is not null
    ), told as (
      select pg_notify('${broadcast}', position || '/' || last - part || ' ' || substr(envelope, part * ${PART_CHARACTERS} + 1, ${PART_CHARACTERS}))
        from unnest($3::text[], $4::boolean[]) with ordinality as event (envelope, is_first, position)
       cross join lateral (select (length(envelope) - 1) / ${PART_CHARACTERS} as last) as size
       cross join lateral generate_series(0, last) as part
       where is_first and (select case when pg_try_advisory_lock(${listened}) then not pg_advisory_unlock(${listened}) else true end)
    )
    select pg_notify('${schema}', ''), (select count(*) from told)`;
  return {
    channel: schema,
    listen: `select pg_advisory_lock_shared(${listened}); listen ${broadcast}`,
    prepare: () =>
      publisher.transact(async (sql) => {
        await sql.query('select pg_advisory_xact_lock(hashtext($1))', [schema]);
        const [present] = await sql.query('select 1 from pg_tables where schemaname = $1 and tablename = $2', [schema, 'dead_letters']);
        if (present === undefined) await sql.query(tables(schema));
      }),
    add: async (messages) => {
      const rows = messages.flatMap(({ groups, subject, json }) =>
        (groups.length === 0 ? [null] : groups).map((group, index) => ({ group, subject, json, isFirst: index === 0 })),
      );
      await publisher.query(
        add,
        [rows.map(({ group }) => group), rows.map(({ subject }) => subject), rows.map(({ json }) => json), rows.map(({ isFirst }) => isFirst)],
        `publish to ${schema}`,
      );
    },
    take: async (done, group, limit, leaseMs) => {
      // A statement does not see what it deletes itself, hence the looks at `done`. `offset 0` keeps the planner from a join, which
      // reads the whole backlog when the statistics say that there is none.
      const rows = await taker.query<{ id: string; envelope: string; attempt: number }>(
        `with acknowledged as (delete from ${schema}.messages where id = any($4::bigint[]))
         update ${schema}.messages set attempt = attempt + 1, leased_until = now() + $3 * interval '1 millisecond'
          where id = any (array(
            select id from ${schema}.messages candidate
             where consumer_group = $1 and due_at <= now() and (leased_until is null or leased_until < now()) and id <> all($4)
               and not exists (
                 select from ${schema}.messages earlier
                  where earlier.consumer_group = $1 and earlier.subject = candidate.subject and earlier.id < candidate.id and earlier.id <> all($4)
                 offset 0
               )
             order by due_at, id limit $2 for update skip locked
          ))
         returning id, envelope, attempt`,
        [group, limit, leaseMs, done],
        `take from ${schema}`,
      );
      return rows.map(({ id, envelope, attempt }) => ({ id, attempt, envelope: JSON.parse(envelope) as Envelope }));
    },
    extend: async (ids, leaseMs) => {
      await taker.query(`update ${schema}.messages set leased_until = now() + $2 * interval '1 millisecond' where id = any($1)`, [ids, leaseMs]);
    },
    finish: async (ids) => void (await taker.query(`delete from ${schema}.messages where id = any($1)`, [ids])),
    retry: async (id, afterMs) => {
      await taker.query(`update ${schema}.messages set leased_until = null, due_at = now() + $2 * interval '1 millisecond' where id = $1`, [
        id,
        afterMs,
      ]);
    },
    park: async (id, reason) => {
      await publisher.query(
        `with parked as (delete from ${schema}.messages where id = $1 returning id, consumer_group, envelope, attempt)
         insert into ${schema}.dead_letters (id, consumer_group, envelope, attempts, reason)
         select id, consumer_group, envelope, attempt, $2 from parked`,
        [id, reason],
      );
    },
    giveBack: async (ids) =>
      void (await taker.query(`update ${schema}.messages set leased_until = null, attempt = attempt - 1 where id = any($1)`, [ids])),
    deadLetters: async (group, limit) => {
      const rows = await taker.query<{ envelope: string; attempts: number; reason: string }>(
        `select envelope, attempts, reason from ${schema}.dead_letters where consumer_group = $1 order by id limit $2`,
        [group, limit],
      );
      return rows.map(({ envelope, attempts, reason }) => ({ envelope: JSON.parse(envelope) as Envelope, attempts, reason }));
    },
  };
};
