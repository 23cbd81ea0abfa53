import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  type GraphQLError,
  GraphQLInt,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  getOperationAST,
  type InlineFragmentNode,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from '../fragments.ts';
import { limitExceeded } from './limit-error.ts';

/** Largest page of a list; `Infinity` lets every size pass. */
export const DEFAULT_MAX_LIST_SIZE = 100;

/** Arguments that say how many items a list may have, whatever the field. */
export const SIZE_ARGUMENTS: readonly string[] = ['first', 'last', 'limit'];

/** A place where an operation says how long a list may be. */
interface SizeArgument {
  /** As in `Query.orders(first:)`. */
  coordinate: string;
  value: ArgumentNode['value'];
}

interface Pending {
  set: SelectionSetNode;
  parent: GraphQLNamedType | undefined;
}

interface Walk {
  schema: GraphQLSchema;
  found: SizeArgument[];
  pending: Pending[];
  /** Each fragment is looked at once: its type is its own, wherever it is spread. */
  fragments: Map<string, FragmentDefinitionNode>;
}

const visitField = ({ found, pending }: Walk, node: FieldNode, parent: GraphQLNamedType | undefined): void => {
  const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
  if (field === undefined) return;
  for (const { name, value } of node.arguments ?? []) {
    const type = field.args.find((argument) => argument.name === name.value)?.type;
    if (!SIZE_ARGUMENTS.includes(name.value) || type === undefined || getNullableType(type) !== GraphQLInt) continue;
    found.push({ coordinate: `${parent?.name}.${node.name.value}(${name.value}:)`, value });
  }
  if (node.selectionSet !== undefined) pending.push({ set: node.selectionSet, parent: getNamedType(field.type) });
};

/** What a fragment's selections are selections of. */
const fragmentSet = (walk: Walk, selection: FragmentSpreadNode | InlineFragmentNode, parent: GraphQLNamedType | undefined): Pending | undefined => {
  if (selection.kind === Kind.INLINE_FRAGMENT) {
    const { typeCondition, selectionSet: set } = selection;
    return { set, parent: typeCondition === undefined ? parent : walk.schema.getType(typeCondition.name.value) };
  }
  const fragment = walk.fragments.get(selection.name.value);
  walk.fragments.delete(selection.name.value);
  return fragment && { set: fragment.selectionSet, parent: walk.schema.getType(fragment.typeCondition.name.value) };
};

const visitSelection = (walk: Walk, selection: SelectionNode, parent: GraphQLNamedType | undefined): void => {
  if (selection.kind === Kind.FIELD) {
    visitField(walk, selection, parent);
    return;
  }
  const inner = fragmentSet(walk, selection, parent);
  if (inner !== undefined) walk.pending.push(inner);
};

const findSizeArguments = (schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): SizeArgument[] => {
  const fragments = fragmentsOf(document);
  const root = schema.getRootType(operation.operation) ?? undefined;
  const walk: Walk = { schema, fragments, found: [], pending: [{ set: operation.selectionSet, parent: root }] };
  for (let next = walk.pending.pop(); next !== undefined; next = walk.pending.pop()) {
    for (const selection of next.set.selections) visitSelection(walk, selection, next.parent);
  }
  return walk.found;
};

const sizeOf = ({ value }: SizeArgument, variables: Readonly<Record<string, unknown>>): number | undefined => {
  if (value.kind === Kind.INT) return Number(value.value);
  const size = value.kind === Kind.VARIABLE ? variables[value.name.value] : undefined;
  return typeof size === 'number' ? size : undefined;
};

/** Tells the first list an operation wants to be longer than allowed. Takes the variables as `coerceVariables` leaves them. */
export type ListSizeLimit = (
  document: DocumentNode,
  operationName: string | undefined,
  variables: Readonly<Record<string, unknown>>,
) => GraphQLError | undefined;

/** For operations that are valid in `schema`; what there is to check in a document is found once. */
export const createListSizeLimit = (schema: GraphQLSchema, maxSize: number = DEFAULT_MAX_LIST_SIZE): ListSizeLimit => {
  const known = new WeakMap<DocumentNode, Map<OperationDefinitionNode, SizeArgument[]>>();
  const sizeArgumentsOf = (document: DocumentNode, operationName: string | undefined): SizeArgument[] => {
    const operation = getOperationAST(document, operationName) ?? undefined;
    if (operation === undefined) return [];
    const ofDocument = known.get(document) ?? new Map<OperationDefinitionNode, SizeArgument[]>();
    known.set(document, ofDocument);
    const found = ofDocument.get(operation) ?? findSizeArguments(schema, document, operation);
    ofDocument.set(operation, found);
    return found;
  };
  return (document, operationName, variables) => {
    if (maxSize === Number.POSITIVE_INFINITY) return undefined;
    for (const argument of sizeArgumentsOf(document, operationName)) {
      const value = sizeOf(argument, variables);
      if (value === undefined || (value >= 0 && value <= maxSize)) continue;
      const { coordinate } = argument;
      const message = `${coordinate} may be 0 to ${maxSize}; here it is ${value}.`;
      return limitExceeded('MAX_LIST_SIZE_LIMIT', message, { coordinate, limit: maxSize, value });
    }
    return undefined;
  };
};
