import type { Sql } from '@supergraph/database/database';

/** How long the log of deliveries goes back, and how long a paused endpoint's deliveries wait. */
const KEPT = '30 days';
const PRUNED_AT_A_TIME = 1_000;
const MAX_ROUNDS = 100;

/** Forgets deliveries with their attempts after 30 days, a bounded number at a time. @returns how many. */
export const pruneDeliveries = async (sql: Sql): Promise<number> => {
  let pruned = 0;
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const rows = await sql.query(
      `delete from deliveries where id = any (array(
         select id from deliveries where created_at < now() - interval '${KEPT}'
            and (status <> 'pending' or next_attempt_at < now() - interval '${KEPT}') order by created_at limit ${PRUNED_AT_A_TIME}
       )) returning 1`,
    );
    pruned += rows.length;
    if (rows.length < PRUNED_AT_A_TIME) break;
  }
  return pruned;
};
