import type { Identity } from '@supergraph/identity/identity';
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLFieldResolver,
  getNamedType,
  type InlineFragmentNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { DEMANDS, MEMBERS, schema } from './protected-graph.ts';
import type { Thing } from './random-operation.ts';

const mayHave = (name: string, identity: Identity): boolean => DEMANDS[name]?.(identity) ?? true;

const returnedBy = (type: string, field: string): string | undefined => {
  const named = schema.getType(type);
  const definition = named !== undefined && 'getFields' in named ? named.getFields()[field] : undefined;
  return definition === undefined ? undefined : getNamedType(definition.type).name;
};

/** Whether this very object type's field is protected from this identity, whatever way it is asked for. */
export const isProtected = (type: string, field: string, identity: Identity): boolean => {
  const returned = returnedBy(type, field);
  return returned !== undefined && ![type, `${type}.${field}`, returned].every((name) => mayHave(name, identity));
};

const fragmentIn = (document: DocumentNode, name: string): FragmentDefinitionNode => {
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name) return definition;
  throw new Error(`no fragment ${name}`);
};

const copyOf = (node: SelectionNode, document: DocumentNode): FieldNode | InlineFragmentNode => {
  const copied = ({ selections }: SelectionSetNode): SelectionSetNode => ({
    kind: Kind.SELECTION_SET,
    selections: selections.map((selection) => copyOf(selection, document)),
  });
  if (node.kind === Kind.FIELD) return node.selectionSet === undefined ? { ...node } : { ...node, selectionSet: copied(node.selectionSet) };
  if (node.kind === Kind.INLINE_FRAGMENT) return { ...node, selectionSet: copied(node.selectionSet) };
  const { typeCondition, selectionSet } = fragmentIn(document, node.name.value);
  return { kind: Kind.INLINE_FRAGMENT, typeCondition, directives: node.directives ?? [], selectionSet: copied(selectionSet) };
};

/** The operation with every fragment copied to where it is spread: each field node then stands at one place only. */
const expanded = (document: DocumentNode): OperationDefinitionNode => {
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) throw new Error('no operation');
  const selections = operation.selectionSet.selections.map((node) => copyOf(node, document));
  return { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections } };
};

/** What `@skip` and `@include` say, with the variables' defaults. */
const isAsked = (node: SelectionNode, operation: OperationDefinitionNode, variables: Record<string, unknown>): boolean =>
  (node.directives ?? []).every((directive) => {
    const value = directive.arguments?.[0]?.value;
    const name = value?.kind === Kind.VARIABLE ? value.name.value : '';
    const byDefault = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name)?.defaultValue;
    const constant = value?.kind === Kind.BOOLEAN ? value : byDefault;
    const says = variables[name] ?? (constant?.kind === Kind.BOOLEAN && constant.value);
    return says === (directive.name.value === 'include');
  });

/** The object types that are all of these at once. */
const objectsThatAre = (types: readonly string[]): string[] =>
  Object.keys(MEMBERS).filter((name) => MEMBERS[name]?.[0] === name && types.every((type) => MEMBERS[type]?.includes(name)));

export interface Verdict {
  operation: DocumentNode;
  denied: ReadonlySet<FieldNode>;
  /** Which of the expanded operation's fields are denied, outermost only. */
  positions: readonly number[];
  isAskedForDenied: boolean;
}

interface Place {
  /** The field's type and every type condition inside it, down to here. */
  conditions: readonly string[];
  /** Whether a field around it is denied already. */
  isInside: boolean;
  /** Whether no directive around it takes it out. */
  isWanted: boolean;
}

/**
 * The rule, word by word: a field is denied where it, its type, or the type it stands on is denied, or any of the same for
 * any object type that satisfies every type condition around it.
 */
export const judge = (document: DocumentNode, identity: Identity, variables: Record<string, unknown>): Verdict => {
  const operation = expanded(document);
  const denied = new Set<FieldNode>();
  const positions: number[] = [];
  let position = 0;
  let isAskedForDenied = false;

  const deny = (node: FieldNode, isInside: boolean, isWanted: boolean): void => {
    denied.add(node);
    if (!isInside) positions.push(position);
    if (isWanted) isAskedForDenied = true;
  };

  const look = (node: FieldNode, { conditions, isInside, isWanted }: Place): void => {
    const standsOn = conditions.at(-1) ?? '';
    const isDenied = [standsOn, ...objectsThatAre(conditions)].some((type) => isProtected(type, node.name.value, identity));
    if (isDenied) deny(node, isInside, isWanted);
    const returned = returnedBy(standsOn, node.name.value);
    if (node.selectionSet !== undefined && returned !== undefined)
      walk(node.selectionSet, { conditions: [returned], isInside: isInside || isDenied, isWanted });
  };

  const walk = (set: SelectionSetNode, place: Place): void => {
    for (const node of set.selections) {
      position += 1;
      const isWanted = place.isWanted && isAsked(node, operation, variables);
      if (node.kind === Kind.FIELD) look(node, { ...place, isWanted });
      if (node.kind !== Kind.INLINE_FRAGMENT) continue;
      const condition = node.typeCondition?.name.value ?? place.conditions.at(-1) ?? '';
      walk(node.selectionSet, { ...place, conditions: [...place.conditions, condition], isWanted });
    }
  };

  const root = operation.operation === 'query' ? 'Query' : 'Mutation';
  walk(operation.selectionSet, { conditions: [root], isInside: false, isWanted: true });
  return { operation: { kind: Kind.DOCUMENT, definitions: [operation] }, denied, positions, isAskedForDenied };
};

/** Runs a document over the data, all at once and in order; `before` sees every field first and may throw. */
export const run = (
  document: DocumentNode,
  variables: Record<string, unknown>,
  data: { Query: Thing; Mutation: Thing },
  before: GraphQLFieldResolver<Thing, unknown>,
): ExecutionResult => {
  const isMutation = document.definitions.some((definition) => definition.kind === Kind.OPERATION_DEFINITION && definition.operation === 'mutation');
  return execute({
    schema,
    document,
    variableValues: variables,
    rootValue: isMutation ? data.Mutation : data.Query,
    fieldResolver: (source, parameters, context, info) => {
      before(source, parameters, context, info);
      const value = source[info.fieldName];
      return info.fieldName === 'label' && parameters['upper'] === true && typeof value === 'string' ? value.toUpperCase() : value;
    },
    typeResolver: ({ __typename }: Thing) => __typename,
  }) as ExecutionResult;
};

/** Executes the whole operation with resolvers that refuse what is denied. */
export const refuseWhileExecuting = (
  verdict: Verdict,
  variables: Record<string, unknown>,
  data: { Query: Thing; Mutation: Thing },
): ExecutionResult =>
  run(verdict.operation, variables, data, (_source, _parameters, _context, { fieldNodes }) => {
    if (fieldNodes.some((node) => verdict.denied.has(node))) throw new GraphQLError('denied');
  });
