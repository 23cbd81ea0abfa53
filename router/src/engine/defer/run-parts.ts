import type { GraphQLError } from 'graphql';
import { type PlanPart, type Step, stepsBelow } from '../compiled-plan.ts';
import type { PlanResult } from '../execute-plan.ts';

/** Fetches what a step of the plan asks for, into the data that all parts have in common. */
export type FetchPart = (step: Step, onFetched: (id: string) => void) => Promise<Pick<PlanResult, 'errors'>>;

export interface PartRun {
  /** Settles when everything that the part itself asks for is there. */
  done: Promise<void>;
  isDone: boolean;
  isSkipped: boolean;
  /** Why it could not be fetched at all. */
  failure?: Error;
  errors: readonly GraphQLError[];
}

export interface RunPartsOptions {
  plan: PlanPart;
  fetch: FetchPart;
  /** Whether nothing that comes later may be asked for before all is there that comes first: it writes. */
  inOrder: boolean;
  /** Whether anybody waits for a part: nobody does when null took away all objects that it is about. */
  isWanted: (part: PlanPart, parent: PlanPart) => boolean;
}

const idsIn = (step: Step): string[] => {
  if (step.kind !== 'fetch') return stepsBelow(step).flatMap(idsIn);
  return step.id === undefined ? [] : [step.id];
};

const idsOf = ({ step }: PlanPart): string[] => (step === undefined ? [] : idsIn(step));

const allIdsOf = (part: PlanPart): string[] => [...idsOf(part), ...part.later.flatMap(allIdsOf)];

/** Starts every part of a plan as soon as what it needs is there. @returns the runs by label; the part that comes first has none. */
export const runParts = ({ plan, fetch, inOrder, isWanted }: RunPartsOptions): ReadonlyMap<string | undefined, PartRun> => {
  const runs = new Map<string | undefined, PartRun>();
  const fetched = new Map(allIdsOf(plan).map((id) => [id, Promise.withResolvers<void>()]));
  const onFetched = (id: string): void => fetched.get(id)?.resolve();

  const before = async ({ depends, isAtRoot }: PlanPart, parent: PartRun, first: PartRun): Promise<void> => {
    if (inOrder) await first.done;
    // What the planner names no fetch for stands in what the part above brings.
    if (depends.length === 0 && !isAtRoot) await parent.done;
    // The planner also names fetches that it then leaves out.
    await Promise.all(depends.map((id) => fetched.get(id)?.promise));
  };

  const fetchPart = async (part: PlanPart, run: PartRun, parent?: { part: PlanPart; run: PartRun; first: PartRun }): Promise<void> => {
    if (parent !== undefined) {
      await before(part, parent.run, parent.first);
      run.isSkipped = parent.run.isSkipped || !isWanted(part, parent.part);
    }
    if (part.step !== undefined && !run.isSkipped) run.errors = (await fetch(part.step, onFetched)).errors;
  };

  const runPart = async (part: PlanPart, run: PartRun, parent?: { part: PlanPart; run: PartRun; first: PartRun }): Promise<void> => {
    try {
      await fetchPart(part, run, parent);
    } catch (error) {
      run.failure = error instanceof Error ? error : new Error('a part was not fetched', { cause: error });
      throw run.failure;
    } finally {
      run.isDone = true;
      // A fetch whose condition does not hold never runs.
      for (const id of idsOf(part)) onFetched(id);
    }
  };

  const start = (part: PlanPart, parent?: { part: PlanPart; run: PartRun; first: PartRun }): PartRun => {
    const run: PartRun = { done: Promise.resolve(), isDone: false, isSkipped: false, errors: [] };
    runs.set(part.label, run);
    run.done = runPart(part, run, parent);
    // Whoever still waits for the part is told.
    run.done.catch(() => undefined);
    for (const later of part.later) start(later, { part, run, first: parent?.first ?? run });
    return run;
  };

  start(plan);
  return runs;
};
