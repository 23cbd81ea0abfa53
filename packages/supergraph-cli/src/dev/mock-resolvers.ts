import {
  type GraphQLFieldResolver,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { mockScalar, numberOf } from './mock-values.ts';

/** An object as the mock hands it on: its type, the number that all its values follow from, and what is fixed. */
interface MockObject {
  __typename: string;
  [NUMBER]: number;
  [field: string]: unknown;
}

const NUMBER = Symbol('number');
const LIST_LENGTH = 3;
const MAX_LIST_LENGTH = 100;

const isConnection = (type: GraphQLNamedType): boolean =>
  isObjectType(type) && type.name.endsWith('Connection') && type.getFields()['pageInfo'] !== undefined;

const object = (type: string, number: number, fixed: Record<string, unknown> = {}): MockObject => ({ ...fixed, __typename: type, [NUMBER]: number });

/** What identifies an object in arguments: its id, number, slug … when such a field of the type is asked for by that name. */
const fixedBy = (type: GraphQLNamedType, args: Record<string, unknown>): Record<string, unknown> => {
  if (!isObjectType(type)) return {};
  const fields = type.getFields();
  return Object.fromEntries(
    Object.entries(args).filter(([name, value]) => fields[name] !== undefined && ['string', 'number'].includes(typeof value)),
  );
};

const numberOfValues = (values: Record<string, unknown>, otherwise: number): number => {
  const [first] = Object.values(values);
  return first === undefined ? otherwise : numberOf(String(first));
};

const lengthOf = ({ first }: Record<string, unknown>): number =>
  typeof first === 'number' ? Math.min(Math.max(first, 0), MAX_LIST_LENGTH, LIST_LENGTH) : LIST_LENGTH;

const mockNamed = (
  type: GraphQLNamedType,
  schema: GraphQLSchema,
  field: string,
  of: string,
  number: number,
  args: Record<string, unknown>,
): unknown => {
  if (isEnumType(type)) return type.getValues()[number % type.getValues().length]?.name;
  if (isAbstractType(type)) {
    const possible = schema.getPossibleTypes(type);
    return object(possible[number % possible.length]?.name ?? '', number);
  }
  if (!isObjectType(type)) return mockScalar(type.name, field, of, number);
  if (isConnection(type)) return object(type.name, number, { length: lengthOf(args) });
  const fixed = fixedBy(type, args);
  return object(type.name, numberOfValues(fixed, number), fixed);
};

const mockOutput = (type: GraphQLOutputType, info: GraphQLResolveInfo, parent: MockObject, args: Record<string, unknown>): unknown => {
  if (isNonNullType(type)) return mockOutput(type.ofType, info, parent, args);
  const { schema, fieldName } = info;
  const named = getNamedType(type);
  if (!isListType(type)) return mockNamed(named, schema, fieldName, parent.__typename, parent[NUMBER], args);
  const length = typeof parent['length'] === 'number' ? parent['length'] : lengthOf(args);
  // The same numbers under `nodes` and `edges`.
  return Array.from({ length }, (_, index) => mockNamed(named, schema, fieldName, parent.__typename, parent[NUMBER] + index + 1, {}));
};

const PAGE_INFO: Readonly<Record<string, unknown>> = { hasNextPage: false, hasPreviousPage: false };

const mockField: GraphQLFieldResolver<unknown, unknown> = (source, args, _context, info) => {
  const type = info.parentType.name;
  const given = (source ?? {}) as Record<string | symbol, unknown>;
  const fixed = given[info.fieldName];
  if (fixed !== undefined) return fixed;
  if (type === 'PageInfo' && info.fieldName in PAGE_INFO) return PAGE_INFO[info.fieldName];
  const known = given[NUMBER];
  const number = typeof known === 'number' ? known : numberOf(`${type}.${info.fieldName}`) % 1_000;
  return mockOutput(info.returnType, info, { ...given, __typename: type, [NUMBER]: number }, args);
};

/**
 * Resolvers that answer every field of a schema with plausible data: the same question gets the same answer, in every run. An entity has
 * the same values under each of its keys as long as these end in its number (`user-17`), and whoever references it.
 */
export const mockResolvers = (schema: GraphQLSchema): Record<string, Record<string, unknown>> => {
  const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !type.name.startsWith('_'));
  return Object.fromEntries(
    types.flatMap((type) => {
      if (!isObjectType(type)) return [];
      const fields = Object.keys(type.getFields())
        .filter((field) => !field.startsWith('_'))
        .map((field) => [field, mockField]);
      const resolveReference = ({ __typename: _, ...keys }: Record<string, unknown>) => object(type.name, numberOfValues(keys, 0), keys);
      return [[type.name, { ...Object.fromEntries(fields), __resolveReference: resolveReference }]];
    }),
  );
};
