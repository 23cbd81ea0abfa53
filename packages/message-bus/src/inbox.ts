import type { Sql } from '@supergraph/database/database';

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
  const added = await sql.query('insert into inbox (consumer, event_id) values ($1, $2) on conflict do nothing returning 1', [consumer, eventId]);
  return added.length === 1;
};

/** Forgets what was handled more than a week ago, a bounded number at a time. @returns how many. */
export const pruneInbox = async (sql: Sql): Promise<number> => {
  const pruned = await sql.query(
    `delete from inbox where ctid = any (array(select ctid from inbox where handled_at < now() - interval '${REMEMBERED}' limit ${PRUNED_AT_A_TIME})) returning 1`,
  );
  return pruned.length;
};
