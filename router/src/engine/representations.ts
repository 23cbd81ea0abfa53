import type { QueryPlanFieldNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import { type Data, isData, own, setOwn } from './merge.ts';
import { isOfType } from './rewrites.ts';

const select = (schema: GraphQLSchema, source: unknown, selections: readonly QueryPlanSelectionNode[]): unknown => {
  if (Array.isArray(source)) return source.map((item) => select(schema, item, selections));
  if (!isData(source)) return null;
  const selected: Data = {};
  return addSelected(schema, source, selections, selected) ? selected : null;
};

const addField = (schema: GraphQLSchema, source: Data, field: QueryPlanFieldNode, selected: Data): boolean => {
  const name = field.alias ?? field.name;
  const value = own(source, name);
  if (value === undefined) return false;
  setOwn(selected, name, field.selections === undefined ? value : select(schema, value, field.selections));
  return true;
};

/** Fragments may select the same object, each other fields of it: a composite key beside another one. */
const combine = (into: Data, part: Data): void => {
  for (const [name, value] of Object.entries(part)) {
    const present = own(into, name);
    if (isData(present) && isData(value)) combine(present, value);
    else if (Array.isArray(present) && Array.isArray(value)) for (const [index, item] of present.entries()) combineItems(item, value[index]);
    else setOwn(into, name, value);
  }
};

const combineItems = (into: unknown, part: unknown): void => {
  if (isData(into) && isData(part)) combine(into, part);
  else if (Array.isArray(into) && Array.isArray(part)) for (const [index, item] of into.entries()) combineItems(item, part[index]);
};

/** @returns false when something required is not there. A fragment that lacks something adds nothing: another may be enough. */
const addSelected = (schema: GraphQLSchema, source: Data, selections: readonly QueryPlanSelectionNode[], selected: Data): boolean =>
  selections.every((selection) => {
    if (selection.kind === 'Field') return addField(schema, source, selection, selected);
    const { typeCondition } = selection;
    if (typeCondition === undefined || !isOfType(schema, own(source, '__typename'), typeCondition)) return true;
    const part: Data = {};
    if (addSelected(schema, source, selection.selections, part)) combine(selected, part);
    return true;
  });

/** What identifies an entity to a subgraph, or nothing when the data do not tell. */
export const representationOf = (schema: GraphQLSchema, entity: Data, requires: readonly QueryPlanSelectionNode[]): Data | undefined => {
  const selected = select(schema, entity, requires);
  return isData(selected) && typeof own(selected, '__typename') === 'string' ? selected : undefined;
};
