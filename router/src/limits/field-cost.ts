import {
  type FieldNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
} from 'graphql';
import type { CoercedVariables } from './coerce-variables.ts';
import type { CostModel, ListSize } from './cost-model.ts';
import { limitExceeded } from './limit-error.ts';
import { SIZE_ARGUMENTS } from './list-size-limit.ts';

/** What costs a field of a type, before it is known what is selected below it. */
export interface FieldCost {
  /** Of one value. */
  weight: number;
  /** Lists inside each other in its type; 0 for a single value. */
  listLevels: number;
  /** Cost of its arguments; absent when none of them has one. */
  inputs?: (variables: CoercedVariables) => number;
  /** Items its list, or the list in its `sizedFields`, has at most; undefined when nothing tells. @throws GraphQLError SLICING_ARGUMENT_REQUIRED */
  size: (variables: CoercedVariables) => number | undefined;
  sizedFields: readonly string[];
}

/** What a Relay connection calls its list. https://relay.dev/graphql/connections.htm */
const CONNECTION_LISTS = ['edges', 'nodes'];

type Field = GraphQLField<unknown, unknown>;
type Weights = CostModel['weights'];

const listLevels = (type: GraphQLOutputType): number => {
  if (isNonNullType(type)) return listLevels(type.ofType);
  return isListType(type) ? 1 + listLevels(type.ofType) : 0;
};

/** The largest that any of the types has behind an abstract one: which it will be is not known before execution. */
const weightOfType = ({ weights }: CostModel, schema: GraphQLSchema, type: GraphQLNamedType): number => {
  if (isAbstractType(type)) return Math.max(1, ...schema.getPossibleTypes(type).map(({ name }) => weights.get(name) ?? 1));
  return weights.get(type.name) ?? (isObjectType(type) ? 1 : 0);
};

const coordinatesOf = (schema: GraphQLSchema, parent: GraphQLNamedType, field: string): string[] => {
  const types = isInterfaceType(parent) ? [parent, ...schema.getPossibleTypes(parent)] : [parent];
  return types.map(({ name }) => `${name}.${field}`);
};

const weightOfField = (model: CostModel, schema: GraphQLSchema, parent: GraphQLNamedType, field: Field): number => {
  const own = coordinatesOf(schema, parent, field.name).flatMap((coordinate) => model.weights.get(coordinate) ?? []);
  return own.length > 0 ? Math.max(...own) : weightOfType(model, schema, getNamedType(field.type));
};

/** What a slicing argument says: in the operation, or by its default. */
type SlicingValue = (variables: CoercedVariables) => { given?: unknown; byDefault?: unknown };

const slicingValue = (argument: GraphQLArgument, node: FieldNode): SlicingValue => {
  const value = node.arguments?.find(({ name }) => name.value === argument.name)?.value;
  const byDefault = argument.defaultValue;
  if (value === undefined) return () => ({ byDefault });
  if (value.kind === Kind.INT) return () => ({ given: Number(value.value) });
  if (value.kind !== Kind.VARIABLE) return () => ({});
  const { value: name } = value.name;
  return (variables) => (variables[name] === undefined ? { byDefault } : { given: variables[name] });
};

const numbers = (values: readonly unknown[]): number[] => values.filter((value) => typeof value === 'number');

/** An argument's default counts only where none is given. */
const requireOne = (coordinate: string, names: readonly string[], given: readonly number[], byDefault: readonly number[]): void => {
  const { length: value } = given.length > 0 ? given : byDefault;
  if (value === 1) return;
  const message = `${coordinate} needs exactly one of its arguments ${names.join(', ')}; here are ${value}.`;
  throw limitExceeded('SLICING_ARGUMENT_REQUIRED', message, { coordinate, value });
};

const sizeOf = (declared: ListSize | undefined, coordinate: string, field: Field, node: FieldNode): FieldCost['size'] => {
  const slicing = declared === undefined || declared.slicingArguments.length === 0 ? undefined : declared.slicingArguments;
  const names = slicing ?? SIZE_ARGUMENTS;
  const values = field.args.filter(({ name }) => names.includes(name)).map((argument) => slicingValue(argument, node));
  if (values.length === 0) return () => declared?.assumedSize;
  return (variables) => {
    const slices = values.map((value) => value(variables));
    const given = numbers(slices.map((slice) => slice.given));
    const byDefault = numbers(slices.map((slice) => slice.byDefault));
    if (declared?.requireOneSlicingArgument && slicing !== undefined) requireOne(coordinate, slicing, given, byDefault);
    return given.length + byDefault.length > 0 ? Math.max(0, ...given, ...byDefault) : declared?.assumedSize;
  };
};

const sizedFieldsOf = (declared: ListSize | undefined, field: Field): readonly string[] => {
  if (declared !== undefined && declared.sizedFields.length > 0) return declared.sizedFields;
  const type = getNamedType(field.type);
  if (listLevels(field.type) > 0 || !(isObjectType(type) || isInterfaceType(type))) return [];
  const fields = type.getFields();
  return CONNECTION_LISTS.filter((name) => fields[name] !== undefined && listLevels(fields[name].type) > 0);
};

const costOfInput = (weights: Weights, coordinate: string, type: GraphQLInputType, value: unknown): number => {
  const named = getNamedType(type);
  const weight = weights.get(coordinate) ?? weights.get(named.name) ?? 0;
  const items = [value].flat(Number.POSITIVE_INFINITY).filter((item) => item !== null && item !== undefined);
  if (!isInputObjectType(named)) return items.length * weight;
  const fields = Object.values(named.getFields());
  const costOfItem = (item: Record<string, unknown>): number =>
    fields.reduce((cost, field) => cost + costOfInput(weights, `${named.name}.${field.name}`, field.type, item[field.name]), weight);
  return items.reduce<number>((cost, item) => cost + costOfItem(item as Record<string, unknown>), 0);
};

/** Whether a weight is written on an argument of the field, or anywhere below its type. */
const hasWeight = (weights: Weights, coordinate: string, type: GraphQLInputType, seen: Set<string> = new Set()): boolean => {
  const named = getNamedType(type);
  if (weights.has(coordinate) || weights.has(named.name)) return true;
  if (!isInputObjectType(named) || seen.has(named.name)) return false;
  seen.add(named.name);
  return Object.values(named.getFields()).some((field) => hasWeight(weights, `${named.name}.${field.name}`, field.type, seen));
};

/** Reads what is known of one field of an operation without its variables. */
export const readFieldCost = (model: CostModel, schema: GraphQLSchema, parent: GraphQLNamedType, field: Field, node: FieldNode): FieldCost => {
  const coordinates = coordinatesOf(schema, parent, field.name);
  const declared = coordinates.map((coordinate) => model.listSizes.get(coordinate)).find((size) => size !== undefined);
  const cost: FieldCost = {
    weight: weightOfField(model, schema, parent, field),
    listLevels: listLevels(field.type),
    size: sizeOf(declared, `${parent.name}.${field.name}`, field, node),
    sizedFields: sizedFieldsOf(declared, field),
  };
  const [coordinate] = coordinates;
  const weighted = field.args.filter(({ name, type }) => hasWeight(model.weights, `${coordinate}(${name}:)`, type));
  if (weighted.length === 0) return cost;
  const inputs = (variables: CoercedVariables): number => {
    const values = getArgumentValues(field, node, variables);
    return weighted.reduce((sum, { name, type }) => sum + costOfInput(model.weights, `${coordinate}(${name}:)`, type, values[name]), 0);
  };
  return { ...cost, inputs };
};
