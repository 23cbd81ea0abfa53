import type { SmallGraphAnswer } from './small-graph.ts';

/** An argument of a field in a subgraph's schema that takes its value from a context. */
export const argument = (selection: string, type = 'String', name = 'from'): string => `${name}: ${type} @fromContext(field: "${selection}")`;

/** What the argument `from` was, told by the field that takes it. */
export const told = ({ id }: { id: string }, { from }: { from?: unknown }): string => `${id} ${JSON.stringify(from)}`;

export const reference = { __resolveReference: (entity: object) => entity };

/** The contextual values that subgraphs got, in the order of the requests. */
export const given = ({ asked }: SmallGraphAnswer): unknown[] =>
  asked.flatMap(({ variables }) => Object.keys(variables).flatMap((name) => (name.startsWith('contextualArgument') ? [variables[name]] : [])));
