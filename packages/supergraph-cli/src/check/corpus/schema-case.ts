import type { composeDocuments } from '../../compose.ts';
import { CATALOGUE, ORDERS, USERS } from './graph.ts';

export type SubgraphName = 'catalogue' | 'orders' | 'users';

/** A change of the corpus's graph, and how it must be judged. Operations that are not named must go on as before. */
export interface SchemaCase {
  name: string;
  /** Subgraph, a text of its schema, and what replaces it. */
  edits: readonly (readonly [SubgraphName, string, string])[];
  /** Every change by rule: `breaking RULE coordinate`, with ` (mobile)` behind it when it shows only in that contract. */
  changes: readonly string[];
  /** Operations that break. */
  breaks?: readonly string[];
  /** Operations that are answered, with what may surprise the client. */
  risky?: readonly string[];
  /** Tags that the contract hides after the change, when that is what changes. */
  exclude?: readonly string[];
}

type Source = Parameters<typeof composeDocuments>[0][number];

/** The graph's subgraphs with a case's edits. @throws Error when a text that a case replaces is not there. */
export const sourcesOf = ({ name, edits }: Pick<SchemaCase, 'name' | 'edits'>): Source[] => {
  const texts = { catalogue: CATALOGUE, orders: ORDERS, users: USERS };
  for (const [subgraph, from, to] of edits) {
    if (!texts[subgraph].includes(from)) throw new Error(`${name}: ${subgraph} has no '${from}'`);
    texts[subgraph] = texts[subgraph].replace(from, to);
  }
  return Object.entries(texts).map(([subgraph, text]) => ({
    name: subgraph,
    routingUrl: `http://${subgraph}.test/graphql`,
    shownFile: `${subgraph}.graphql`,
    text,
  }));
};
