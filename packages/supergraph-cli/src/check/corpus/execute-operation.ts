import {
  type DocumentNode,
  execute,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLFieldResolver,
  type GraphQLInputType,
  type GraphQLLeafType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/** What executing an operation before and after came to. */
export type Executed = 'works' | 'risky' | 'breaks';

/** What the resolvers of one run answer: the n-th enum value and possible type; null at one field, or in its list. */
interface Answers {
  choice: number;
  nullAt: string | undefined;
}

interface Watch {
  /** What a client that knows the base expects of each field of the document. */
  expected: ReadonlyMap<FieldNode, GraphQLOutputType>;
  base: GraphQLSchema;
  seen: Set<Executed>;
  /** Coordinates that may be null, and the choice at which they answered. */
  visited: Map<string, number>;
  /** Arguments by response path, as resolvers got them. */
  received: Map<string, unknown>;
}

const SCALARS: Readonly<Record<string, unknown>> = { Int: 7, Float: 1.5, String: 'text', ID: 'id', Boolean: true };

const answer = (schema: GraphQLSchema, type: GraphQLOutputType, answers: Answers, coordinate: string): unknown => {
  if (isNonNullType(type)) return present(schema, type.ofType, answers, coordinate);
  if (answers.nullAt === coordinate) return null;
  return present(schema, type, answers, coordinate);
};

const present = (schema: GraphQLSchema, type: GraphQLOutputType, answers: Answers, coordinate: string): unknown => {
  if (isNonNullType(type)) return present(schema, type.ofType, answers, coordinate);
  if (isListType(type)) return [answer(schema, type.ofType, answers, `${coordinate}[]`)];
  if (isEnumType(type)) return type.getValues()[answers.choice % type.getValues().length]?.name;
  if (isAbstractType(type)) {
    const possible = schema.getPossibleTypes(type);
    return { __typename: possible[answers.choice % possible.length]?.name };
  }
  if (isCompositeType(type)) return { __typename: type.name };
  return SCALARS[type.name] ?? { scalar: type.name };
};

const isScalarOf = (name: string, value: unknown): boolean => {
  if (name === 'Float') return typeof value === 'number';
  if (name === 'Int') return Number.isInteger(value);
  if (name in SCALARS) return typeof value === typeof SCALARS[name];
  return (value as { scalar?: string }).scalar === name;
};

const readLeaf = (type: GraphQLLeafType, value: unknown): Executed => {
  if (isEnumType(type)) return typeof value === 'string' ? (type.getValue(value) ? 'works' : 'risky') : 'breaks';
  return isScalarOf(type.name, value) ? 'works' : 'breaks';
};

const readObject = ({ base }: Watch, type: GraphQLCompositeType, typename: string | undefined, node: FieldNode): Executed => {
  if (typename === undefined) return 'breaks';
  if (isAbstractType(type)) return base.getPossibleTypes(type).some(({ name }) => name === typename) ? 'works' : 'risky';
  const asksName = node.selectionSet?.selections.some((selection) => selection.kind === Kind.FIELD && selection.name.value === '__typename');
  return typename === type.name || !asksName ? 'works' : 'risky';
};

/** What a value of the head is to a client that expects a type of the base. */
const read = (watch: Watch, type: GraphQLOutputType, value: unknown, node: FieldNode): Executed => {
  if (isNonNullType(type)) return value === null ? 'breaks' : read(watch, type.ofType, value, node);
  if (value === null) return 'works';
  if (isListType(type)) return Array.isArray(value) ? read(watch, type.ofType, value[0], node) : 'breaks';
  if (Array.isArray(value)) return 'breaks';
  return isLeafType(type) ? readLeaf(type, value) : readObject(watch, type, (value as { __typename?: string }).__typename, node);
};

const holdsNullableItems = (type: GraphQLOutputType): boolean => {
  const list = isNonNullType(type) ? type.ofType : type;
  return isListType(list) && !isNonNullType(list.ofType);
};

const resolverOf =
  (watch: Watch, answers: Answers): GraphQLFieldResolver<unknown, unknown> =>
  (_source, args, _context, info) => {
    const [node] = info.fieldNodes;
    const coordinate = `${info.parentType.name}.${info.fieldName}`;
    if (!isNonNullType(info.returnType)) watch.visited.set(coordinate, answers.choice);
    if (holdsNullableItems(info.returnType)) watch.visited.set(`${coordinate}[]`, answers.choice);
    watch.received.set(`${JSON.stringify(info.path)}`, args);
    const value = answer(info.schema, info.returnType, answers, coordinate);
    const expected = node === undefined ? undefined : watch.expected.get(node);
    if (node !== undefined && expected !== undefined) watch.seen.add(read(watch, expected, value, node));
    return value;
  };

const expectations = (base: GraphQLSchema, document: DocumentNode): Map<FieldNode, GraphQLOutputType> => {
  const expected = new Map<FieldNode, GraphQLOutputType>();
  const info = new TypeInfo(base);
  visit(
    document,
    visitWithTypeInfo(info, {
      Field: (node) => {
        const type = info.getType();
        if (type) expected.set(node, type);
      },
    }),
  );
  return expected;
};

type Inputs = Readonly<Record<string, { type: GraphQLInputType }>>;

const fieldsOf = (type: GraphQLInputType | undefined): Inputs => {
  const named = type === undefined ? undefined : getNamedType(type);
  return isInputObjectType(named) ? named.getFields() : {};
};

/** A received value, without what only one of the schemas knows: a new argument is no change of an old one. */
const known = (value: unknown, before: Inputs, after: Inputs): unknown => {
  if (Array.isArray(value)) return value.map((item) => known(item, before, after));
  if (value === null || typeof value !== 'object') return String(value);
  return Object.entries(value)
    .filter(([name]) => name in before && name in after)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, item]) => [name, known(item, fieldsOf(before[name]?.type), fieldsOf(after[name]?.type))]);
};

const argumentsOf = (schema: GraphQLSchema, path: string): Inputs => {
  const { key, typename } = JSON.parse(path) as { key: string; typename: string };
  const type = schema.getType(typename);
  const field = isObjectType(type) ? type.getFields()[key] : undefined;
  return Object.fromEntries((field?.args ?? []).map((argument) => [argument.name, argument]));
};

/** Whether resolvers of both sides were asked the same, as far as both understand it. */
const isAskedTheSame = (base: GraphQLSchema, head: GraphQLSchema, before: Received, after: Received): boolean =>
  [...before].every(([path, args]) => {
    const [old, now] = [argumentsOf(base, path), argumentsOf(head, path)];
    return !after.has(path) || JSON.stringify(known(args, old, now)) === JSON.stringify(known(after.get(path), old, now));
  });

type Received = ReadonlyMap<string, unknown>;
type Run = { failed: boolean; received: Received };

const run = (schema: GraphQLSchema, document: DocumentNode, variableValues: Record<string, unknown>, watch: Watch, answers: Answers): Run => {
  const received = new Map<string, unknown>();
  if (validate(schema, document).length > 0) return { failed: true, received };
  const resolve = resolverOf({ ...watch, received }, answers);
  try {
    const result = execute({
      schema,
      document,
      variableValues,
      fieldResolver: resolve,
      typeResolver: (value) => (value as { __typename: string }).__typename,
    });
    return { failed: !('errors' in result || 'data' in result) || ('errors' in result && (result.errors?.length ?? 0) > 0), received };
  } catch {
    return { failed: true, received }; // For instance no root type for the operation.
  }
};

const CHOICES = [1, 2, 3];

const watchOf = (base: GraphQLSchema, expected: Watch['expected']): Watch => ({
  expected,
  base,
  seen: new Set(),
  visited: new Map(),
  received: new Map(),
});

const executeRequest = (base: GraphQLSchema, head: GraphQLSchema, document: DocumentNode, variables: Record<string, unknown>): Executed => {
  const watch = watchOf(base, expectations(base, document));
  const first: Answers = { choice: 0, nullAt: undefined };
  const before = run(base, document, variables, watchOf(base, watch.expected), first);
  if (before.failed) throw new Error(`does not work on the base: ${JSON.stringify(variables)}`);
  const after = run(head, document, variables, watch, first);
  if (after.failed) return 'breaks';
  for (const choice of CHOICES) run(head, document, variables, watch, { choice, nullAt: undefined });
  for (const [nullAt, choice] of [...watch.visited]) run(head, document, variables, watch, { choice, nullAt });
  if (watch.seen.has('breaks')) return 'breaks';
  return watch.seen.has('risky') || !isAskedTheSame(base, head, before.received, after.received) ? 'risky' : 'works';
};

/**
 * Executes an operation on two API schemas with invented data and compares what a client gets: every enum value and possible type that the
 * head may answer, null wherever the head may answer null, and what its resolvers are asked.
 * @param requests the variables of each request that clients send.
 * @throws Error when the operation does not work on the base.
 */
export const executeOnBoth = (
  base: GraphQLSchema,
  head: GraphQLSchema,
  document: DocumentNode,
  requests: readonly Record<string, unknown>[],
): Executed => {
  const outcomes = requests.map((variables) => executeRequest(base, head, document, variables));
  return (['breaks', 'risky'] as const).find((outcome) => outcomes.includes(outcome)) ?? 'works';
};
