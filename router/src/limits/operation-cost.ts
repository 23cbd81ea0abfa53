import { type DocumentNode, type GraphQLSchema, getOperationAST, type OperationDefinitionNode, OperationTypeNode } from 'graphql';
import { isInherited } from '../engine/merge.ts';
import type { CoercedVariables } from './coerce-variables.ts';
import type { CostModel } from './cost-model.ts';
import { buildCostTree, type CostField, isActive, type Occurrence } from './cost-tree.ts';
import { SATURATED } from './measure-operation.ts';

/** Items a list is taken to have when nothing tells. https://www.apollographql.com/docs/graphos/routing/security/demand-control */
const ASSUMED_LIST_SIZE = 10;
const MUTATION_COST = 10;

/** What one request costs: 1 an object, 0 a scalar, 10 a mutation, unless `@cost` says otherwise. */
export interface OperationCost {
  /** Before execution: as many items as each list may have. */
  estimated: number;
  /** After execution, from the answer's `data`: as many items as there are. At most `estimated` while lists keep to their size. */
  actualOf(data: unknown): number;
}

/**
 * Takes a valid document, and the variables as `coerceVariables` leaves them.
 * @throws GraphQLError SLICING_ARGUMENT_REQUIRED, 400, where `@listSize` demands one argument and the operation gives none, or several.
 */
export type CostCalculator = (document: DocumentNode, operationName: string | undefined, variables: CoercedVariables) => OperationCost;

/** A field with the request's variables filled in. */
interface PricedField {
  key: string;
  /** Every object has something of that name; what counts is its own. */
  isInherited: boolean;
  isList: boolean;
  weight: number;
  inputs: number;
  estimated: number;
  children: readonly PricedField[];
}

interface Pricing {
  variables: CoercedVariables;
  assumedListSize: number;
}

const saturate = (cost: number): number => (Number.isNaN(cost) ? SATURATED : Math.min(SATURATED, Math.max(0, cost)));

const largest = (occurrences: readonly Occurrence[], of: (occurrence: Occurrence) => number): number => {
  let found = Number.NEGATIVE_INFINITY;
  for (const occurrence of occurrences) found = Math.max(found, of(occurrence));
  return found;
};

/** Items of one occurrence's list: what a connection above it says, else what it says itself. */
const itemsOf = (occurrence: Occurrence, above: readonly Occurrence[], { variables, assumedListSize }: Pricing): number => {
  let items = -1;
  for (const { sizedFields, size } of above) {
    if (sizedFields.includes(occurrence.fieldName)) items = Math.max(items, size(variables) ?? assumedListSize);
  }
  return items >= 0 ? items : (occurrence.size(variables) ?? assumedListSize);
};

const activeOf = ({ occurrences }: CostField, variables: CoercedVariables): readonly Occurrence[] =>
  occurrences.every((occurrence) => isActive(occurrence, variables))
    ? occurrences
    : occurrences.filter((occurrence) => isActive(occurrence, variables));

const price = (field: CostField, above: readonly Occurrence[], pricing: Pricing): PricedField | undefined => {
  const { variables, assumedListSize } = pricing;
  const active = activeOf(field, variables);
  if (active.length === 0) return undefined;
  const listLevels = largest(active, (occurrence) => occurrence.listLevels);
  const weight = largest(active, (occurrence) => occurrence.weight);
  const inputs = largest(active, (occurrence) => occurrence.inputs?.(variables) ?? 0);
  const items = listLevels === 0 ? 1 : largest(active, (occurrence) => itemsOf(occurrence, above, pricing)) * assumedListSize ** (listLevels - 1);
  const children = priceAll(field.children, active, pricing);
  const estimated = saturate(inputs + items * saturate(weight + sum(children)));
  return { key: field.key, isInherited: isInherited(field.key), isList: listLevels > 0, weight, inputs, estimated, children };
};

const priceAll = (fields: readonly CostField[], above: readonly Occurrence[], pricing: Pricing): PricedField[] => {
  const priced: PricedField[] = [];
  for (const field of fields) {
    const found = price(field, above, pricing);
    if (found !== undefined) priced.push(found);
  }
  return priced;
};

const sum = (fields: readonly PricedField[]): number => {
  let cost = 0;
  for (const { estimated } of fields) cost += estimated;
  return saturate(cost);
};

const actualOfItem = ({ weight, children }: PricedField, value: object): number =>
  children.length === 0 ? Math.max(0, weight) : Math.max(0, weight + actualOfObject(children, value));

const actualOfValue = (field: PricedField, value: unknown): number => {
  if (value === null || value === undefined) return 0;
  if (!field.isList || !Array.isArray(value)) return actualOfItem(field, value);
  let cost = 0;
  for (const item of value) cost += actualOfValue(field, item);
  return cost;
};

const actualOfObject = (fields: readonly PricedField[], value: object): number => {
  let cost = 0;
  for (const field of fields) {
    const child = field.isInherited && !Object.hasOwn(value, field.key) ? undefined : (value as Record<string, unknown>)[field.key];
    if (child !== undefined) cost += Math.max(0, field.inputs + actualOfValue(field, child));
  }
  return cost;
};

const costOf = (fields: readonly PricedField[], base: number): OperationCost => ({
  estimated: saturate(base + sum(fields)),
  actualOf: (data) => saturate(base + (typeof data === 'object' && data !== null ? actualOfObject(fields, data) : 0)),
});

const UNKNOWN: OperationCost = { estimated: SATURATED, actualOf: () => SATURATED };

/** An operation as far as it is known without its variables. */
interface KnownOperation {
  base: number;
  /** Undefined when it is too large to look at. */
  tree: readonly CostField[] | undefined;
  /** Of an operation without variables, which costs the same every time, once it was worked out. */
  cost: OperationCost | undefined;
}

/** Prices operations by a supergraph's cost model; what does not depend on variables is worked out once a document. */
export const createCostCalculator = (model: CostModel, schema: GraphQLSchema, assumedListSize: number = ASSUMED_LIST_SIZE): CostCalculator => {
  // By the document too: its fragments are part of what the operation costs.
  const known = new WeakMap<DocumentNode, Map<OperationDefinitionNode, KnownOperation>>();
  const knownOf = (document: DocumentNode, operation: OperationDefinitionNode): KnownOperation => {
    const ofDocument = known.get(document) ?? new Map<OperationDefinitionNode, KnownOperation>();
    known.set(document, ofDocument);
    const base = operation.operation === OperationTypeNode.MUTATION ? MUTATION_COST : 0;
    const found = ofDocument.get(operation) ?? { base, tree: buildCostTree(model, schema, document, operation), cost: undefined };
    ofDocument.set(operation, found);
    return found;
  };
  return (document, operationName, variables) => {
    const operation = getOperationAST(document, operationName);
    if (!operation) return costOf([], 0);
    const read = knownOf(document, operation);
    if (read.cost !== undefined) return read.cost;
    const cost = read.tree === undefined ? UNKNOWN : costOf(priceAll(read.tree, [], { variables, assumedListSize }), read.base);
    if (!operation.variableDefinitions?.length) read.cost = cost;
    return cost;
  };
};

/** What an operation may cost at most, before it is executed. `createCostCalculator` is the same with a memory. */
export const estimateCost = (
  model: CostModel,
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined,
  variables: CoercedVariables,
): number => createCostCalculator(model, schema)(document, operationName, variables).estimated;

/** What an operation did cost, by the answer's `data`. */
export const actualCost = (
  model: CostModel,
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined,
  variables: CoercedVariables,
  data: unknown,
): number => createCostCalculator(model, schema)(document, operationName, variables).actualOf(data);
