import type { FetchNode } from '@apollo/query-planner';

const UP = '..';

/** Where the value of a context argument may stand: so many objects above the entity (lists do not count), then along a path of names and type conditions. */
export interface ContextSource {
  up: number;
  path: readonly string[];
}

/** A variable of a fetch that is no client's: each entity brings its value from above itself (`@fromContext`). */
export interface ContextArgument {
  variable: string;
  /** The first whose type conditions hold counts. */
  sources: readonly ContextSource[];
}

/** What the planner's names for such variables look like, which a client's variables must not. */
export const CONTEXT_VARIABLE = /^contextualArgument_\d+_\d+$/;

const toSource = (path: readonly string[]): ContextSource => {
  const first = path.findIndex((element) => element !== UP);
  const up = first === -1 ? path.length : first;
  return { up, path: path.slice(up) };
};

/** @throws when it is not entities that have them: there is no place to start from. */
export const readContextArguments = ({ contextRewrites = [], requires }: FetchNode): readonly ContextArgument[] => {
  if (contextRewrites.length > 0 && requires === undefined) throw new Error('the plan passes context arguments to root fields');
  const byVariable = Map.groupBy(contextRewrites, ({ renameKeyTo }) => renameKeyTo);
  return [...byVariable].map(([variable, rewrites]) => ({
    variable,
    // Of several ancestors that set a context the nearest counts; sorting is stable.
    sources: rewrites.map(({ path }) => toSource(path)).toSorted((a, b) => a.up - b.up),
  }));
};
