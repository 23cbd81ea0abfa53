import { performance } from 'node:perf_hooks';
import type { Logger } from '@supergraph/service/logging';
import { compilePlan } from '../engine/compiled-plan.ts';
import type { CachedPlan, createPlanCache, PlanSource } from './plan-cache.ts';
import type { Planner } from './planner.ts';

export type Plans = ReturnType<typeof createPlanCache<CachedPlan>>;

/** Plans an operation and makes the plan ready to run. */
export const planOperation = async (planner: Planner, source: PlanSource): Promise<CachedPlan> => {
  const { plan, bytes } = await planner.plan(source.query, source.operationName, source.overrideLabels);
  return { plan, step: compilePlan(plan), bytes: bytes + 2 * source.query.length, source };
};

const MOST_OPERATIONS = 100;
const DEADLINE_MS = 3_000;

export interface WarmUpOptions {
  /** Plans of the supergraph that is served. */
  from: Plans;
  /** Those of the one that will be. */
  into: Plans;
  planner: Planner;
  logger: Logger;
  deadlineMs?: number;
}

/**
 * Plans the operations that are used most for a supergraph before it is served, so that nobody has to wait for that afterwards. What it
 * does not know any more is left out. Ends at the deadline at the latest, with what is planned until then.
 */
export const warmUp = async ({ from, into, planner, logger, deadlineMs = DEADLINE_MS }: WarmUpOptions): Promise<void> => {
  const begun = performance.now();
  const sources = from.mostUsed(MOST_OPERATIONS);
  const { promise: isLate, resolve } = Promise.withResolvers<'late'>();
  const timer = setTimeout(resolve, deadlineMs, 'late');
  let planned = 0;
  try {
    for (const { key, source } of sources) {
      // One after the other: what is not begun at the deadline does not stand in the way of requests.
      const made = into
        .get(key, () => planOperation(planner, source))
        .then(
          () => 'planned',
          () => 'unknown',
        );
      const end = await Promise.race([made, isLate]);
      if (end === 'late') break;
      if (end === 'planned') planned += 1;
    }
  } finally {
    clearTimeout(timer);
  }
  if (sources.length > 0) logger.info({ planned, of: sources.length, durationMs: Math.round(performance.now() - begun) }, 'supergraph warmed up');
};
