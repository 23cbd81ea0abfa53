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

/** @returns false when something required is not there: there is no such representation then. */
const addSelected = (schema: GraphQLSchema, source: Data, selections: readonly QueryPlanSelectionNode[], selected: Data): boolean =>
  selections.every((selection) => {
    if (selection.kind === 'Field') return addField(schema, source, selection, selected);
    const { typeCondition } = selection;
    if (typeCondition === undefined || !isOfType(schema, own(source, '__typename'), typeCondition)) return true;
    return addSelected(schema, source, selection.selections, selected);
  });

/** What identifies an entity to a subgraph, or nothing when the data do not tell. */
export const representationOf = (schema: GraphQLSchema, entity: Data, requires: readonly QueryPlanSelectionNode[]): Data | undefined => {
  const selected = select(schema, entity, requires);
  return isData(selected) && typeof own(selected, '__typename') === 'string' ? selected : undefined;
};
