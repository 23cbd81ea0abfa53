import { performance } from 'node:perf_hooks';
import type { Logger } from '@supergraph/service/logging';
import { parse, print } from 'graphql';
import { compilePlan } from '../engine/compiled-plan.ts';
import { type CachedPlan, type createPlanCache, type PlanSource, planKey } from './plan-cache.ts';
import type { Planner } from './planner.ts';

export type Plans = ReturnType<typeof createPlanCache<CachedPlan>>;

/** Plans an operation and makes the plan ready to run. */
export const planOperation = async (planner: Planner, source: PlanSource): Promise<CachedPlan> => {
  const { plan, bytes } = await planner.plan(source.query, source.operationName, source.overrideLabels);
  // A subscription's plan runs in parts: `compileSubscription`.
  const step = plan.node?.kind === 'Subscription' ? undefined : compilePlan(plan);
  return { plan, step, bytes: bytes + 2 * source.query.length, source };
};

const MOST_OPERATIONS = 100;
const DEADLINE_MS = 3_000;

export interface WarmUpOptions {
  /** Plans of the supergraph that is served. */
  from: Plans;
  /** Those of the one that will be. */
  into: Plans;
  planner: Planner;
  /** Of the manifests, the most important first. */
  persisted?: readonly PersistedOperation[];
  logger: Logger;
  deadlineMs?: number;
}

/** An operation of a manifest that a contract serves. */
export interface PersistedOperation {
  contract: string;
  /** SHA-256 of the text. */
  hash: string;
  text: string;
}

const MOST_PERSISTED = 200;

type Wanted = ReturnType<Plans['mostUsed']>[number];

/** As it is planned when its client sends its id alone. */
const wantedOf = ({ contract, hash, text }: PersistedOperation): Wanted => ({
  key: planKey({ queryHash: hash, operationName: undefined, authorization: 'allowed', overrideLabels: [], contract }),
  source: { query: print(parse(text, { noLocation: true })), operationName: undefined, overrideLabels: [], isWhole: true },
});

const wantedOnes = (from: Plans, persisted: readonly PersistedOperation[]): Wanted[] => {
  const byKey = new Map(from.mostUsed(MOST_OPERATIONS).map((wanted) => [wanted.key, wanted]));
  for (const operation of persisted.slice(0, MOST_PERSISTED)) {
    const wanted = wantedOf(operation);
    if (!byKey.has(wanted.key)) byKey.set(wanted.key, wanted);
  }
  return [...byKey.values()];
};

/**
 * Plans the operations that are used most, then those of the manifests, for a supergraph before it is served, so that nobody has to wait for that afterwards. What it
 * does not know any more is left out. Ends at the deadline at the latest, with what is planned until then.
 */
export const warmUp = async ({ from, into, planner, persisted = [], logger, deadlineMs = DEADLINE_MS }: WarmUpOptions): Promise<void> => {
  const begun = performance.now();
  const sources = wantedOnes(from, persisted);
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
