import { type Change, diff } from '@graphql-inspector/core';
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';
import { ruleOf, type Verdict } from './verdicts.ts';

/** One difference between two schemas that clients see. */
export interface SchemaChange {
  /** A key of the table in verdicts.ts. */
  rule: string;
  /** `Type`, `Type.field`, `Type.field(argument:)`, `Enum.VALUE`, `Union/Member`, `Type/Interface`, `@directive`. */
  coordinate: string;
  message: string;
  verdict: Verdict;
  source: string;
}

type Fielded = { getFields(): Record<string, GraphQLField<unknown, unknown>> };

const fieldAt = (schema: GraphQLSchema, path: readonly string[]): GraphQLField<unknown, unknown> | undefined => {
  const type = schema.getType(path[0] ?? '');
  return isObjectType(type) || isInterfaceType(type) ? (type as Fielded).getFields()[path[1] ?? ''] : undefined;
};

const argumentAt = (schema: GraphQLSchema, path: readonly string[]): GraphQLArgument | undefined =>
  fieldAt(schema, path)?.args.find(({ name }) => name === path[2]);

const inputFieldAt = (schema: GraphQLSchema, path: readonly string[]): GraphQLInputField | undefined => {
  const type = schema.getType(path[0] ?? '');
  return isInputObjectType(type) ? type.getFields()[path[1] ?? ''] : undefined;
};

const reachesEnum = (type: GraphQLInputType, wanted: GraphQLNamedType): boolean => getNamedType(type) === wanted;

/** True when no field returns the enum: nobody can be surprised by a new value. */
const isInputOnly = (schema: GraphQLSchema, name: string): boolean => {
  const wanted = schema.getType(name);
  if (!isEnumType(wanted)) return false;
  return !Object.values(schema.getTypeMap()).some(
    (type) =>
      (isObjectType(type) || isInterfaceType(type)) &&
      Object.values((type as Fielded).getFields()).some((field) => reachesEnum(field.type as GraphQLInputType, wanted)),
  );
};

type Naming = (change: Change, base: GraphQLSchema, head: GraphQLSchema, path: readonly string[]) => string | undefined;

const isSafe = ({ criticality }: Change): boolean => criticality.level === ('NON_BREAKING' as typeof criticality.level);
const always =
  (rule: string): Naming =>
  () =>
    rule;
const ignored: Naming = () => undefined;
/** Only the names `null` and a type's name are told by Inspector, in the change's meta data. */
const rootChanged: Naming = (change) => (isSafe(change) ? 'ROOT_TYPE_ADDED' : 'ROOT_TYPE_REMOVED');
const directiveChanged: Naming = (change) => (isSafe(change) ? undefined : 'DIRECTIVE_CHANGED');

/** Our rule for each of Inspector's; those that are not named here change nothing a client can notice (descriptions, directives in SDL). */
const NAMES: Readonly<Record<string, Naming>> = {
  TYPE_REMOVED: always('TYPE_REMOVED'),
  TYPE_ADDED: always('TYPE_ADDED'),
  TYPE_KIND_CHANGED: always('TYPE_KIND_CHANGED'),
  FIELD_REMOVED: always('FIELD_REMOVED'),
  FIELD_ADDED: always('FIELD_ADDED'),
  FIELD_TYPE_CHANGED: (change) => (isSafe(change) ? 'FIELD_TYPE_NARROWED' : 'FIELD_TYPE_CHANGED'),
  FIELD_DEPRECATION_ADDED: always('FIELD_DEPRECATION_ADDED'),
  FIELD_DEPRECATION_REMOVED: always('FIELD_DEPRECATION_REMOVED'),
  FIELD_DEPRECATION_REASON_CHANGED: always('FIELD_DEPRECATION_REASON_CHANGED'),
  FIELD_ARGUMENT_REMOVED: always('ARGUMENT_REMOVED'),
  FIELD_ARGUMENT_ADDED: (_change, _base, head, path) => {
    const argument = argumentAt(head, path);
    return argument !== undefined && isRequiredArgument(argument) ? 'REQUIRED_ARGUMENT_ADDED' : 'OPTIONAL_ARGUMENT_ADDED';
  },
  FIELD_ARGUMENT_TYPE_CHANGED: (change) => (isSafe(change) ? 'ARGUMENT_TYPE_WIDENED' : 'ARGUMENT_TYPE_CHANGED'),
  FIELD_ARGUMENT_DEFAULT_CHANGED: (_change, base, head, path) => {
    const [old, now] = [argumentAt(base, path), argumentAt(head, path)];
    if (old === undefined || now === undefined) return undefined;
    return isRequiredArgument(now) && !isRequiredArgument(old) ? 'ARGUMENT_DEFAULT_REMOVED_REQUIRED' : 'ARGUMENT_DEFAULT_CHANGED';
  },
  INPUT_FIELD_REMOVED: always('INPUT_FIELD_REMOVED'),
  INPUT_FIELD_ADDED: (_change, _base, head, path) => {
    const field = inputFieldAt(head, path);
    return field !== undefined && isRequiredInputField(field) ? 'REQUIRED_INPUT_FIELD_ADDED' : 'OPTIONAL_INPUT_FIELD_ADDED';
  },
  INPUT_FIELD_TYPE_CHANGED: (change) => (isSafe(change) ? 'INPUT_FIELD_TYPE_WIDENED' : 'INPUT_FIELD_TYPE_CHANGED'),
  INPUT_FIELD_DEFAULT_VALUE_CHANGED: (_change, base, head, path) => {
    const [old, now] = [inputFieldAt(base, path), inputFieldAt(head, path)];
    if (old === undefined || now === undefined) return undefined;
    return isRequiredInputField(now) && !isRequiredInputField(old) ? 'INPUT_FIELD_DEFAULT_REMOVED_REQUIRED' : 'INPUT_FIELD_DEFAULT_CHANGED';
  },
  ENUM_VALUE_REMOVED: always('ENUM_VALUE_REMOVED'),
  ENUM_VALUE_ADDED: (_change, _base, head, path) => (isInputOnly(head, path[0] ?? '') ? 'INPUT_ENUM_VALUE_ADDED' : 'ENUM_VALUE_ADDED'),
  ENUM_VALUE_DEPRECATION_REASON_ADDED: always('ENUM_VALUE_DEPRECATION_CHANGED'),
  ENUM_VALUE_DEPRECATION_REASON_REMOVED: always('ENUM_VALUE_DEPRECATION_CHANGED'),
  UNION_MEMBER_REMOVED: always('UNION_MEMBER_REMOVED'),
  UNION_MEMBER_ADDED: always('UNION_MEMBER_ADDED'),
  OBJECT_TYPE_INTERFACE_REMOVED: always('INTERFACE_REMOVED'),
  OBJECT_TYPE_INTERFACE_ADDED: always('INTERFACE_ADDED'),
  SCHEMA_QUERY_TYPE_CHANGED: rootChanged,
  SCHEMA_MUTATION_TYPE_CHANGED: rootChanged,
  SCHEMA_SUBSCRIPTION_TYPE_CHANGED: rootChanged,
  DIRECTIVE_REMOVED: always('DIRECTIVE_REMOVED'),
  DIRECTIVE_ADDED: always('DIRECTIVE_ADDED'),
  DIRECTIVE_LOCATION_REMOVED: directiveChanged,
  DIRECTIVE_ARGUMENT_ADDED: directiveChanged,
  DIRECTIVE_ARGUMENT_REMOVED: directiveChanged,
  DIRECTIVE_ARGUMENT_TYPE_CHANGED: directiveChanged,
};

const ROOTS: Readonly<Record<string, string>> = {
  SCHEMA_QUERY_TYPE_CHANGED: 'Query',
  SCHEMA_MUTATION_TYPE_CHANGED: 'Mutation',
  SCHEMA_SUBSCRIPTION_TYPE_CHANGED: 'Subscription',
};

/** Inspector's dotted path as a schema coordinate. */
const coordinateOf = ({ type, meta }: Change, parts: readonly string[]): string => {
  const [first = '', second = '', third] = parts;
  const names = meta as Readonly<Record<string, string>>;
  if (type.startsWith('UNION_MEMBER')) return `${first}/${names['addedUnionMemberTypeName'] ?? names['removedUnionMemberTypeName']}`;
  if (type.startsWith('OBJECT_TYPE_INTERFACE')) return `${first}/${names['addedInterfaceName'] ?? names['removedInterfaceName']}`;
  if (type.startsWith('FIELD_ARGUMENT')) return `${first}.${second}(${third}:)`;
  return ROOTS[type] ?? parts.join('.');
};

const toChange = (change: Change, base: GraphQLSchema, head: GraphQLSchema): SchemaChange[] => {
  const parts = (change.path ?? '').replace(/\.@deprecated$/, '').split('.');
  const rule = (NAMES[change.type] ?? ignored)(change, base, head, parts);
  if (rule === undefined) return [];
  return [{ rule, coordinate: coordinateOf(change, parts), message: change.message, ...ruleOf(rule) }];
};

/** A part of something new is no change of its own; but a new type can be a member of an old union. */
const withoutPartsOfNew = (changes: readonly SchemaChange[]): SchemaChange[] => {
  const added = new Set(changes.flatMap(({ rule, coordinate }) => (rule === 'TYPE_ADDED' || rule === 'FIELD_ADDED' ? [coordinate] : [])));
  return changes.filter(({ rule, coordinate }) => {
    if (rule === 'TYPE_ADDED') return true;
    const [owner = '', newcomer = ''] = coordinate.split(/[./]/);
    if (added.has(owner)) return false;
    if (rule === 'INTERFACE_ADDED') return !added.has(newcomer);
    return rule === 'FIELD_ADDED' || !added.has(coordinate.replace(/\(.*$/, ''));
  });
};

const ORDER: readonly Verdict[] = ['breaking', 'dangerous', 'safe'];

/** What differs between two API schemas for a client, the worst first, each change judged by rule. */
export const diffSchemas = async (base: GraphQLSchema, head: GraphQLSchema): Promise<SchemaChange[]> => {
  if (base === head) return [];
  const changes = (await diff(base, head)).flatMap((change) => toChange(change, base, head));
  const unique = new Map(withoutPartsOfNew(changes).map((change) => [`${change.rule} ${change.coordinate}`, change]));
  return [...unique.values()].sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
};
