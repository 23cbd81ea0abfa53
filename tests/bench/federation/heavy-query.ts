import { readFileSync } from 'node:fs';
import { type DocumentNode, type FragmentDefinitionNode, Kind, parse, type SelectionSetNode } from 'graphql';
import type { Operation } from './load.ts';

/** The benchmark's operation; it reads each product and user of six users' reviews four levels deep. */
export const HEAVY: Operation = {
  query: readFileSync(new URL('heavy-query.graphql', import.meta.url), 'utf8'),
  check: (data) => {
    const lists = [data['users'], data['topProducts']].map((list) => (Array.isArray(list) ? list.length : 0));
    if (lists.join() !== '6,5') throw new Error(`expected 6 users and 5 products, got ${lists}`);
  },
};

/** How many fields an operation selects when every fragment is put where it is spread. */
export const countExpandedFields = (document: DocumentNode): number => {
  const fragments = new Map(
    document.definitions
      .filter((definition): definition is FragmentDefinitionNode => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment.selectionSet]),
  );
  const count = (set: SelectionSetNode | undefined): number =>
    set?.selections.reduce((sum, selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return sum + count(fragments.get(selection.name.value));
      return sum + (selection.kind === Kind.FIELD ? 1 : 0) + count(selection.selectionSet);
    }, 0) ?? 0;
  return document.definitions.reduce(
    (sum, definition) => sum + (definition.kind === Kind.OPERATION_DEFINITION ? count(definition.selectionSet) : 0),
    0,
  );
};

export const heavyFields = (): number => countExpandedFields(parse(HEAVY.query));
