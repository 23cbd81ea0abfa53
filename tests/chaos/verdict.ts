import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '@supergraph/database/database';
import type { House } from './house.ts';
import type { LoadLog } from './load.ts';

/** What a run came to. All but the first two must be nought. */
export interface Figures {
  acknowledged: number;
  events: number;
  /** Orders that were acknowledged and are not there. */
  ordersLost: number;
  /** Orders that are there without the effect of their event. */
  eventsLost: number;
  /** Effects beyond the first of an order. */
  duplicateEffects: number;
  /** Effects without an order. */
  invented: number;
  /** Requests that were answered with an error nothing excuses, or, where nothing excuses that, not answered. */
  failed: number;
  /** Processes that ended without having been killed. */
  died: number;
}

export const NO_FIGURES: Figures = {
  acknowledged: 0,
  events: 0,
  ordersLost: 0,
  eventsLost: 0,
  duplicateEffects: 0,
  invented: 0,
  failed: 0,
  died: 0,
};

/** What the fault of a scenario excuses. */
export interface Excuses {
  isUnansweredExcused: boolean;
  refusals: readonly string[];
}

/** Nothing has happened for so long: nothing more will. */
export interface Patience {
  quietMs: number;
  deadlineMs: number;
}

const POLL_MS = 250;

const countEffects = async (effects: Database): Promise<number> => {
  const [row] = await effects.query<{ count: string }>('select count(*) from effects');
  return Number(row?.count ?? 0);
};

/** Waits until the consumer's database has been quiet for a while; that it is complete is for the figures to say. @returns when the last effect came. */
export const untilQuiet = async ({ effects }: House, { quietMs, deadlineMs }: Patience): Promise<number> => {
  const deadline = performance.now() + deadlineMs;
  let count = -1;
  let changedAt = performance.now();
  while (performance.now() < Math.min(deadline, changedAt + quietMs)) {
    const current = await countEffects(effects);
    if (current !== count) changedAt = performance.now();
    count = current;
    await sleep(POLL_MS);
  }
  return changedAt;
};

const failures = ({ refused, unanswered }: LoadLog, { isUnansweredExcused, refusals }: Excuses): number => {
  const unexcused = [...refused].filter(([code]) => !refusals.includes(code)).reduce((sum, [, count]) => sum + count, 0);
  return unexcused + (isUnansweredExcused ? 0 : unanswered);
};

export const countFailures = ({ refused, unanswered }: LoadLog): number => [...refused.values()].reduce((sum, count) => sum + count, unanswered);

/** What the clients were refused, for a person. */
export const describeFailures = ({ refused, unanswered }: LoadLog): string[] => [
  ...[...refused].map(([code, count]) => `${count} requests were answered ${code}`),
  ...(unanswered > 0 ? [`${unanswered} requests had no answer`] : []),
];

/** Compares what the clients were told with what is in the two databases. */
export const readFigures = async ({ orders, effects, order, consumer }: House, log: LoadLog, excuses: Excuses): Promise<Figures> => {
  const placed = await orders.query<{ id: string; number: string }>('select id, number from orders');
  const counts = await effects.query<{ number: string; count: string }>('select order_number as number, count(*) from effects group by 1');
  const ids = new Set(placed.map(({ id }) => id));
  const numbers = new Set(placed.map(({ number }) => number));
  const effectsOf = new Map(counts.map(({ number, count }) => [number, Number(count)]));
  return {
    acknowledged: log.acknowledged.length,
    events: placed.length,
    ordersLost: log.acknowledged.filter(({ id }) => !ids.has(id)).length,
    eventsLost: placed.filter(({ number }) => !effectsOf.has(number)).length,
    duplicateEffects: [...effectsOf.values()].reduce((sum, count) => sum + count - 1, 0),
    invented: [...effectsOf.keys()].filter((number) => !numbers.has(number)).length,
    failed: failures(log, excuses),
    died: order.deaths().length + consumer.deaths().length,
  };
};
