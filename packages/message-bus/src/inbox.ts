import type { PreparedStatement, Sql } from '@supergraph/database/database';

/** How long a handled event is remembered. A broker that delivers one again after that would make it happen twice. */
const REMEMBERED = '7 days';
const PRUNED_AT_A_TIME = 1_000;

/**
 * Makes a consumer's effect happen once: call it first in the transaction of the effect, and go on only when it answers
 * true. A second delivery waits for the first to commit or roll back. Needs the table `inbox (consumer, event_id, handled_at)`
 * in the room's database.
 * @param consumer whose effect it is; each consumer of an event handles it once.
 */
export const isFirstDelivery = async (sql: Sql, consumer: string, eventId: string): Promise<boolean> => {
  const added = await sql.query(
    'insert into inbox (consumer, event_id) values ($1, $2) on conflict do nothing returning 1',
    [consumer, eventId],
    'is first delivery',
  );
  return added.length === 1;
};

/**
 * The same where the whole effect is one statement: one round trip instead of four.
 * @param change has to take its rows `from first_delivery`, a table of one row the first time and of none afterwards, and has
 * no `returning` of its own.
 * @returns false when it had been handled before.
 */
export const changeOnce = async (sql: Sql, consumer: string, eventId: string, { name, text, values }: PreparedStatement): Promise<boolean> => {
  const [consumerAt, eventAt] = [`$${values.length + 1}`, `$${values.length + 2}`];
  const noted = `insert into inbox (consumer, event_id) values (${consumerAt}, ${eventAt}) on conflict do nothing returning 1`;
  const first = await sql.query(
    `with first_delivery as (${noted}), change as (${text}) select from first_delivery`,
    [...values, consumer, eventId],
    name,
  );
  return first.length === 1;
};

/** Forgets what was handled more than a week ago, a bounded number at a time. @returns how many. */
export const pruneInbox = async (sql: Sql): Promise<number> => {
  const pruned = await sql.query(
    `delete from inbox where ctid = any (array(select ctid from inbox where handled_at < now() - interval '${REMEMBERED}' limit ${PRUNED_AT_A_TIME})) returning 1`,
  );
  return pruned.length;
};
