import { type ASTNode, type DocumentNode, GraphQLError, type GraphQLSchema, isLeafType, Kind, validate } from 'graphql';
import { type OperationUsage, type Use, usageOf } from './operation-usage.ts';
import { isResponseCompatible } from './output-types.ts';
import type { SchemaChange } from './schema-changes.ts';

/** `breaks`: the request is refused, or the response has what the client cannot read. `risky`: it is answered, but may be surprising. */
export type EffectKind = 'breaks' | 'risky';

/** What one change does to one operation. */
export interface Effect {
  kind: EffectKind;
  /** Undefined when the schema as a whole refuses the operation and no single change explains it. */
  change: SchemaChange | undefined;
  message: string;
  /** The operation's file, or that of a fragment it needs. */
  file: string;
  line: number;
  column: number;
}

interface Sides {
  base: GraphQLSchema;
  head: GraphQLSchema;
  usage: OperationUsage;
  /** Why the new schema refuses the operation. */
  errors: readonly GraphQLError[];
}

type Found = { kind: EffectKind; uses: readonly Use[]; message?: string };
type Judge = (coordinate: string, sides: Sides) => Found[];

const typeOf = (coordinate: string): string => coordinate.replace(/[./].*$/, '');
const fieldOf = (coordinate: string): string => coordinate.replace(/\(.*$/, '');

/** The part of a node that is its own: of a field not what is selected below it. */
const ownEnd = (node: ASTNode): number => {
  const end = node.loc?.end ?? 0;
  if (node.kind === Kind.FIELD || node.kind === Kind.INLINE_FRAGMENT) return node.selectionSet?.loc?.start ?? end;
  return end;
};

const isAt = ({ nodes }: GraphQLError, { node }: Use): boolean =>
  (nodes ?? []).some(({ loc }) => {
    const own = node.loc;
    return loc !== undefined && own !== undefined && loc.source === own.source && loc.start >= own.start && loc.start < ownEnd(node);
  });

const refused = (uses: readonly Use[] = [], { errors }: Sides): Found[] =>
  uses.flatMap((use) => {
    const error = errors.find((candidate) => isAt(candidate, use));
    return error === undefined ? [] : [{ kind: 'breaks' as const, uses: [use], message: error.message }];
  });

const found = (kind: EffectKind, uses: readonly Use[] = [], message?: string): Found[] =>
  uses.length === 0 ? [] : [{ kind, uses, ...(message === undefined ? {} : { message }) }];

const field: Judge = (coordinate, { usage }) => found('breaks', usage.fields.get(coordinate));

const fieldType: Judge = (coordinate, sides) => {
  const uses = sides.usage.fields.get(coordinate);
  const [type, name] = coordinate.split('.') as [string, string];
  return isResponseCompatible(sides.base, sides.head, type, name) ? refusedBelow(uses, sides) : found('breaks', uses);
};

const refusedBelow = (uses: readonly Use[] = [], { errors }: Sides): Found[] => (errors.length > 0 ? found('breaks', uses) : []);

const ofField: Judge = (coordinate, { usage }) => found('breaks', usage.fields.get(fieldOf(coordinate)));
const argumentRemoved: Judge = (coordinate, sides) => refused(sides.usage.fields.get(fieldOf(coordinate)), sides);
const argumentType: Judge = (coordinate, sides) => refused(sides.usage.fields.get(fieldOf(coordinate)), sides);

const argumentDefault =
  (kind: EffectKind): Judge =>
  (coordinate, { usage }) => {
    const given = new Set((usage.arguments.get(coordinate) ?? []).map(({ node }) => node));
    const uses = (usage.concreteFields.get(fieldOf(coordinate)) ?? []).filter(
      ({ node }) => node.kind !== Kind.FIELD || !(node.arguments ?? []).some((argument) => given.has(argument)),
    );
    return found(kind, uses, kind === 'risky' ? 'the operation leaves the argument to its default' : 'the operation does not give the argument');
  };

const inVariable = (kind: EffectKind, type: string, { usage }: Sides): Found[] =>
  found(kind, usage.variableTypes.get(type), `requests may send it in a variable`);

const inputRemoved: Judge = (coordinate, sides) => [
  ...found('breaks', sides.usage.literals.get(coordinate)),
  ...inVariable('breaks', typeOf(coordinate), sides),
];

/** Input objects in the document that leave a field out. */
const without = (coordinate: string, { usage }: Sides): Use[] => {
  const [type = '', name] = coordinate.split('.');
  return (usage.inputObjects.get(type) ?? []).filter(({ node }) => node.kind === Kind.OBJECT && !node.fields.some((one) => one.name.value === name));
};

const inputRequired: Judge = (coordinate, sides) => [
  ...found('breaks', without(coordinate, sides), 'the operation does not give the field'),
  ...found('breaks', sides.usage.variableTypes.get(typeOf(coordinate)), 'requests that leave it out of a variable are refused'),
];

const inputType: Judge = (coordinate, sides) => [
  ...refused(sides.usage.literals.get(coordinate), sides),
  ...refused(without(coordinate, sides), sides),
  ...inVariable('breaks', typeOf(coordinate), sides),
];

const inputDefault: Judge = (coordinate, sides) => [
  ...found('risky', without(coordinate, sides), 'the operation leaves the field to its default'),
  ...found('risky', sides.usage.variableTypes.get(typeOf(coordinate)), 'requests may leave the field to its default'),
];

const mayReturn =
  (typeIn: (coordinate: string) => string): Judge =>
  (coordinate, { usage }) =>
    found('risky', usage.outputTypes.get(typeIn(coordinate)), 'the response may hold it');

const interfaceOf = (coordinate: string): string => coordinate.split('/')[1] ?? '';

const condition: Judge = (coordinate, sides) => {
  const [a = '', b = ''] = coordinate.split('/');
  return refused([...(sides.usage.conditions.get(`${a}/${b}`) ?? []), ...(sides.usage.conditions.get(`${b}/${a}`) ?? [])], sides);
};

const typeRemoved: Judge = (type, { usage }) => [...found('breaks', usage.conditions.get(type)), ...found('breaks', usage.variableTypes.get(type))];

const usesOfType = (type: string, { usage }: Sides): Use[] => [
  ...(usage.outputTypes.get(type) ?? []),
  ...(usage.conditions.get(type) ?? []),
  ...(usage.variableTypes.get(type) ?? []),
];

const typeKind: Judge = (type, sides) => {
  const uses = usesOfType(type, sides);
  if (sides.errors.length > 0) return found('breaks', uses);
  if (isLeafType(sides.base.getType(type))) return found('breaks', sides.usage.outputTypes.get(type));
  return found('risky', sides.usage.typenames.get(type), '`__typename` may be another');
};

const rootType: Judge = (_type, { errors, usage }) =>
  errors.length === 0 ? [] : found('breaks', [...usage.fields.values()].flat().slice(0, 1), errors[0]?.message);

const directive: Judge = (coordinate, sides) => refused(sides.usage.directives.get(coordinate.replace(/\..*$/, '')), sides);

const JUDGES: Readonly<Record<string, Judge>> = {
  TYPE_REMOVED: typeRemoved,
  TYPE_KIND_CHANGED: typeKind,
  FIELD_REMOVED: field,
  FIELD_TYPE_CHANGED: fieldType,
  ARGUMENT_REMOVED: argumentRemoved,
  REQUIRED_ARGUMENT_ADDED: ofField,
  ARGUMENT_TYPE_CHANGED: argumentType,
  ARGUMENT_DEFAULT_CHANGED: argumentDefault('risky'),
  ARGUMENT_DEFAULT_REMOVED_REQUIRED: argumentDefault('breaks'),
  INPUT_FIELD_REMOVED: inputRemoved,
  REQUIRED_INPUT_FIELD_ADDED: inputRequired,
  INPUT_FIELD_TYPE_CHANGED: inputType,
  INPUT_FIELD_DEFAULT_CHANGED: inputDefault,
  INPUT_FIELD_DEFAULT_REMOVED_REQUIRED: inputRequired,
  ENUM_VALUE_REMOVED: inputRemoved,
  ENUM_VALUE_ADDED: mayReturn(typeOf),
  UNION_MEMBER_REMOVED: condition,
  UNION_MEMBER_ADDED: mayReturn(typeOf),
  INTERFACE_REMOVED: condition,
  INTERFACE_ADDED: mayReturn(interfaceOf),
  ROOT_TYPE_REMOVED: rootType,
  DIRECTIVE_REMOVED: directive,
  DIRECTIVE_CHANGED: directive,
};

const effectsOf = (change: SchemaChange, sides: Sides): Effect[] =>
  (JUDGES[change.rule]?.(change.coordinate, sides) ?? []).flatMap(({ kind, uses, message }) =>
    uses.slice(0, 1).map(({ file, line, column }) => ({ kind, change, message: message ?? change.message, file, line, column })),
  );

const unexplained = ({ message, locations, source }: GraphQLError): Effect => {
  const [{ line, column } = { line: 1, column: 1 }] = locations ?? [];
  return { kind: 'breaks', change: undefined, message, file: source?.name ?? '', line, column };
};

const validationErrors = (schema: GraphQLSchema, document: DocumentNode): readonly GraphQLError[] => {
  const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  if (operation !== undefined && schema.getRootType(operation.operation) == null)
    return [new GraphQLError(`The schema has no type for a ${operation.operation}.`, { nodes: operation })];
  try {
    return validate(schema, document);
  } catch (error) {
    return [error instanceof GraphQLError ? error : new GraphQLError((error as Error).message)];
  }
};

/** Whether a schema accepts an operation. */
export const isValid = (schema: GraphQLSchema, document: DocumentNode): boolean => validationErrors(schema, document).length === 0;

/**
 * What the changes between two API schemas do to an operation that was valid before: one effect, the worst, for each change that touches it.
 */
export const judgeOperation = (
  document: DocumentNode,
  { base, head, changes }: { base: GraphQLSchema; head: GraphQLSchema; changes: readonly SchemaChange[] },
): Effect[] => {
  const sides: Sides = { base, head, usage: usageOf(base, document), errors: validationErrors(head, document) };
  const effects = changes.flatMap((change) => {
    const candidates = effectsOf(change, sides);
    const worst = candidates.find(({ kind }) => kind === 'breaks') ?? candidates[0];
    return worst === undefined ? [] : [worst];
  });
  const [error] = sides.errors;
  if (error === undefined || effects.some(({ kind }) => kind === 'breaks')) return effects;
  return [...effects, unexplained(error)];
};
