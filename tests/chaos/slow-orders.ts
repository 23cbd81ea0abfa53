import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '@supergraph/database/database';
import { createTransactOrders } from '../../subgraphs/order/src/repositories/order-writer.postgres.ts';
import { placeOrder } from '../../subgraphs/order/src/use-cases/place-order.ts';
import { CUSTOMER_ID, type Load, type LoadLog, type Target } from './load.ts';
import type { Random } from './random.ts';

const SHORTEST_MS = 100;
const LONGEST_MS = 1_000;
const AFTER_FAILURE_MS = 100;

/** Holds every transaction open for a while between its last statement and its commit. */
const holding = (database: Database, holdMs: () => number): Database => ({
  ...database,
  transact: (work) =>
    database.transact(async (sql) => {
      const result = await work(sql);
      await sleep(holdMs());
      return result;
    }),
});

/**
 * One order after the other whose event has its id long before it is visible, as behind a slow disk or a stalled process.
 * Events with later ids are published meanwhile.
 */
export const startSlowOrders = (database: Database, { skus }: Target, log: LoadLog, random: Random): Load => {
  const transact = createTransactOrders(holding(database, () => random.between(SHORTEST_MS, LONGEST_MS)));
  const place = placeOrder({ transact, now: () => new Date(), newId: randomUUID });
  let isStopped = false;
  const placing = (async () => {
    while (!isStopped)
      try {
        const { id, number } = await place(
          { role: 'customer', userId: CUSTOMER_ID },
          skus.map((sku) => ({ sku, quantity: 1 })),
        );
        log.acknowledged.push({ id, number });
      } catch {
        log.unanswered++;
        await sleep(AFTER_FAILURE_MS);
      }
  })();
  return {
    stop: async () => {
      isStopped = true;
      await placing;
    },
  };
};
