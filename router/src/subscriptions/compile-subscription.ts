import { compilePlan, type FetchStep, type Step } from '../engine/compiled-plan.ts';
import { passContextsTogether } from '../engine/context-groups.ts';
import { planSubscription } from '../engine/plan-subscription.ts';
import type { CachedPlan } from '../gateway/plan-cache.ts';
import type { EventField } from './event-fields.ts';

/** A subscription's plan made ready to run for any number of events. */
export interface CompiledSubscription {
  /** The name of the root field in the data that are fetched. */
  responseName: string;
  first: Step;
  rest: Step | undefined;
  /** What the owning subgraph is subscribed with. */
  source: FetchStep;
  /** From an event of the source on. */
  whole: Step;
}

const compiled = new WeakMap<CachedPlan, CompiledSubscription>();

const compileParts = ({ plan }: CachedPlan, field: EventField | undefined): CompiledSubscription => {
  const { primary, responseName, first, rest } = planSubscription(plan, field);
  const [source, step] = [compilePlan({ kind: 'QueryPlan', node: primary }), compilePlan(first)];
  if (source?.kind !== 'fetch' || step === undefined) throw new Error('the plan subscribes to nothing');
  const then = rest && compilePlan(rest);
  // What `rest` passes on may have come with either of the first.
  for (const start of [source, step]) passContextsTogether(then === undefined ? [start] : [start, then]);
  return { responseName, first: step, rest: then, source, whole: then === undefined ? source : { kind: 'sequence', steps: [source, then] } };
};

/** @param field the same for a plan each time: whether its root field comes from events is a matter of its supergraph. */
export const compileSubscription = (plan: CachedPlan, field: EventField | undefined): CompiledSubscription => {
  const known = compiled.get(plan) ?? compileParts(plan, field);
  compiled.set(plan, known);
  return known;
};
