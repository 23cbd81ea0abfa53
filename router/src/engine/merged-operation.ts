import { type DocumentNode, Kind, type NameNode, type OperationDefinitionNode, parse, print, stripIgnoredCharacters, visit } from 'graphql';
import type { Ask, FetchStep } from './compiled-plan.ts';

/** How the answer of each merged fetch, and the variable with its entities, is called. */
export const aliasOf = (index: number): string => `_entities_${index}`;
export const representationsOf = (index: number): string => `representations_${index}`;

const RESERVED = /^representations_\d+$/;

const named = (value: string): NameNode => ({ kind: Kind.NAME, value });

const operationIn = (document: DocumentNode): OperationDefinitionNode | undefined =>
  document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);

/** The document of one fetch with names that no other fetch has; undefined when it is not plainly `{ _entities(representations:) {...} }`. */
const renamed = ({ operation, variables }: FetchStep, index: number): DocumentNode | undefined => {
  const document = parse(operation, { noLocation: true });
  const root = operationIn(document);
  const [field, ...more] = root?.selectionSet.selections ?? [];
  const isPlain = field?.kind === Kind.FIELD && field.name.value === '_entities' && field.alias === undefined && !field.directives?.length;
  if (!isPlain || more.length > 0 || root?.directives?.length || variables.some((name) => RESERVED.test(name))) return undefined;
  return visit(document, {
    Variable: (node) => (node.name.value === 'representations' ? { ...node, name: named(representationsOf(index)) } : undefined),
    FragmentSpread: (node) => ({ ...node, name: named(`${node.name.value}__${index}`) }),
    FragmentDefinition: (node) => ({ ...node, name: named(`${node.name.value}__${index}`) }),
    Field: (node) => (node === field ? { ...node, alias: named(aliasOf(index)) } : undefined),
  });
};

/** One operation that asks for what several fetches of entities ask for; undefined when one of them cannot be merged. */
export const mergeOperations = (fetches: readonly FetchStep[]): Ask | undefined => {
  const [first] = fetches;
  const documents = fetches.flatMap((fetch, index) => renamed(fetch, index) ?? []);
  const operations = documents.flatMap((document) => operationIn(document) ?? []);
  const [root] = operations;
  if (first === undefined || root === undefined || operations.length < fetches.length) return undefined;
  // A variable of the client is the same one in each of them.
  const definitions = new Map(
    operations.flatMap(({ variableDefinitions = [] }) => variableDefinitions.map((node) => [node.variable.name.value, node])),
  );
  const merged: OperationDefinitionNode = {
    ...root,
    variableDefinitions: [...definitions.values()],
    selectionSet: { kind: Kind.SELECTION_SET, selections: operations.flatMap(({ selectionSet }) => selectionSet.selections) },
  };
  const fragments = documents.flatMap(({ definitions: all }) => all.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION));
  const operation = stripIgnoredCharacters(print({ kind: Kind.DOCUMENT, definitions: [merged, ...fragments] }));
  const { service, operationName, operationKind } = first;
  const asks = `${service} ${operationName === undefined ? operation : operation.replace(operationName, '')}`;
  return { service, operation, operationName, operationKind, asks };
};
