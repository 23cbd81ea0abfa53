import type { QueryPlan } from '@apollo/query-planner';
import type { PlanPart, Step } from '../engine/compiled-plan.ts';

/** Everything a plan depends on; two requests may share a plan only when all of it is equal. */
export interface PlanDependencies {
  /** Hash of the document's text. */
  queryHash: string;
  operationName: string | undefined;
  /** What authorisation cut from the document. */
  authorization: string;
  /** Labels of `@override` that hold for this request, sorted. */
  overrideLabels: readonly string[];
  /** The contract through which the schema is seen. */
  contract: string;
  /** Which of its fragments are deferred; a plan of the whole at once has none of it. */
  deferred?: string | undefined;
}

/** JSON keeps the parts apart whatever stands in them. */
export const planKey = ({ queryHash, operationName, authorization, overrideLabels, contract, deferred }: PlanDependencies): string =>
  JSON.stringify([queryHash, operationName ?? null, authorization, overrideLabels, contract, ...(deferred === undefined ? [] : [deferred])]);

/** The same with the last key of each document remembered, for most requests are like the one before. */
export const createPlanKeys = (): ((document: object, dependencies: PlanDependencies) => string) => {
  const known = new WeakMap<object, PlanDependencies & { key: string }>();
  return (document, dependencies) => {
    const { queryHash, operationName, authorization, overrideLabels, contract, deferred } = dependencies;
    // Labels are drawn anew for each request.
    if (overrideLabels.length > 0 || deferred !== undefined) return planKey(dependencies);
    const last = known.get(document);
    const isSame =
      last?.queryHash === queryHash && last.operationName === operationName && last.authorization === authorization && last.contract === contract;
    if (isSame) return last.key;
    const key = planKey(dependencies);
    known.set(document, { ...dependencies, key });
    return key;
  };
};

/** What a plan is made from. */
export interface PlanSource {
  query: string;
  operationName: string | undefined;
  overrideLabels: readonly string[];
  /** What authorisation cut from the document is another thing in another supergraph. */
  isWhole: boolean;
}

export interface CachedPlan {
  plan: QueryPlan;
  source: PlanSource;
  /** The plan made ready to run. */
  step: Step | undefined;
  /** The same of a plan with parts that come later, which has no `step`. */
  parts?: PlanPart;
  bytes: number;
}

const MAX_BYTES = 64 * 1024 * 1024;

/** Plans by key, the least recently used given up when they take more than `maxBytes`. Those who ask at once share the work. */
export const createPlanCache = <Plan extends { bytes: number; source?: PlanSource }>(maxBytes = MAX_BYTES) => {
  const plans = new Map<string, Promise<Plan>>();
  const sizes = new Map<string, number>();
  /** By key, of plans that are made. */
  const uses = new Map<string, { count: number; source: PlanSource | undefined }>();
  let total = 0;

  const drop = (key: string): void => {
    total -= sizes.get(key) ?? 0;
    sizes.delete(key);
    uses.delete(key);
    plans.delete(key);
  };
  const keep = (key: string, { bytes, source }: Plan): void => {
    if (!plans.has(key)) return;
    uses.set(key, { count: 1, source });
    sizes.set(key, bytes);
    total += bytes;
    for (const oldest of plans.keys()) {
      if (total <= maxBytes) return;
      // One that is still being made has no size yet.
      if (sizes.has(oldest)) drop(oldest);
    }
  };

  return {
    get: (key: string, make: () => Promise<Plan>): Promise<Plan> => {
      const known = plans.get(key);
      if (known !== undefined) {
        plans.delete(key);
        plans.set(key, known);
        const used = uses.get(key);
        if (used !== undefined) used.count += 1;
        return known;
      }
      const made = make();
      plans.set(key, made);
      made.then(
        (plan) => keep(key, plan),
        () => drop(key),
      );
      return made;
    },
    /** What the whole operations among the plans are made from, those first that were used most. */
    mostUsed: (most: number): { key: string; source: PlanSource }[] =>
      [...uses]
        .sort(([, one], [, other]) => other.count - one.count)
        .flatMap(([key, { source }]) => (source?.isWhole ? [{ key, source }] : []))
        .slice(0, most),
    bytes: (): number => total,
    size: (): number => plans.size,
  };
};
