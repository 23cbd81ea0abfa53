import {
  type ASTNode,
  type DocumentNode,
  Kind,
  type NameNode,
  type OperationDefinitionNode,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
} from 'graphql';
import { type Ask, type FetchStep, operationAsks } from './compiled-plan.ts';

/** How the answer of each merged fetch, and the variables that are its own, are called. */
export const aliasOf = (index: number | string): string => `_entities_${index}`;
export const representationsOf = (index: number | string): string => `representations_${index}`;
export const contextVariableOf = (variable: string, index: number | string): string => `${variable}_${index}`;

const RESERVED = /^(?:representations_\d+|contextualArgument_\d+_\d+_\d+)$/;

/** What one fetch adds to an operation, with a mark where its index belongs. */
interface Part {
  mark: string;
  start: string;
  /** By name. */
  variables: readonly (readonly [string, string])[];
  selection: string;
  fragments: string;
}

const named = (value: string): NameNode => ({ kind: Kind.NAME, value });

const textOf = (node: ASTNode): string => stripIgnoredCharacters(print(node));

const operationIn = (document: DocumentNode): OperationDefinitionNode | undefined =>
  document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);

const markFor = (operation: string): string => {
  let mark = '__INDEX__';
  while (operation.includes(mark)) mark += '_';
  return mark;
};

const ownNames = ({ contexts }: FetchStep, mark: string): ReadonlyMap<string, string> =>
  new Map([
    ['representations', representationsOf(mark)],
    ...contexts.map(({ variable }): [string, string] => [variable, contextVariableOf(variable, mark)]),
  ]);

/** Undefined when the fetch is not plainly `{ _entities(representations:) {...} }`. */
const readPart = (fetch: FetchStep): Part | undefined => {
  const document = parse(fetch.operation, { noLocation: true });
  const root = operationIn(document);
  const [field, ...more] = root?.selectionSet.selections ?? [];
  const isPlain = field?.kind === Kind.FIELD && field.name.value === '_entities' && field.alias === undefined && !field.directives?.length;
  if (!isPlain || more.length > 0 || root?.directives?.length || fetch.variables.some((name) => RESERVED.test(name))) return undefined;
  const mark = markFor(fetch.operation);
  const own = ownNames(fetch, mark);
  const renamed: DocumentNode = visit(document, {
    Variable: (node) => {
      const name = own.get(node.name.value);
      return name === undefined ? undefined : { ...node, name: named(name) };
    },
    FragmentSpread: (node) => ({ ...node, name: named(`${node.name.value}__${mark}`) }),
    FragmentDefinition: (node) => ({ ...node, name: named(`${node.name.value}__${mark}`) }),
    Field: (node) => (node === field ? { ...node, alias: named(aliasOf(mark)) } : undefined),
  });
  const [selection] = operationIn(renamed)?.selectionSet.selections ?? [];
  if (root === undefined || selection === undefined) return undefined;
  const definitions = operationIn(renamed)?.variableDefinitions ?? [];
  return {
    mark,
    start: root.name === undefined ? root.operation : `${root.operation} ${root.name.value}`,
    variables: definitions.map((node) => [node.variable.name.value, textOf(node)]),
    selection: textOf(selection),
    fragments: renamed.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? textOf(node) : [])).join(''),
  };
};

const parts = new WeakMap<FetchStep, { part: Part | undefined }>();

const partOf = (fetch: FetchStep): Part | undefined => {
  const known = parts.get(fetch) ?? { part: readPart(fetch) };
  parts.set(fetch, known);
  return known.part;
};

const withIndex = ({ mark, variables, selection, fragments }: Part, index: number) => {
  const put = (text: string): string => text.replaceAll(mark, String(index));
  return { variables: variables.map(([name, text]) => [put(name), put(text)] as const), selection: put(selection), fragments: put(fragments) };
};

/** One operation that asks for what several fetches of entities ask for; undefined when one of them cannot be merged. */
export const mergeOperations = (fetches: readonly FetchStep[]): Ask | undefined => {
  const [first] = fetches;
  const found = fetches.flatMap((fetch) => partOf(fetch) ?? []);
  const [root] = found;
  if (first === undefined || root === undefined || found.length < fetches.length) return undefined;
  const indexed = found.map(withIndex);
  // A variable of the client is the same one in each of them.
  const variables = new Map(indexed.flatMap((part) => part.variables));
  const selections = indexed.map(({ selection }) => selection).join(' ');
  const fragments = indexed.map((part) => part.fragments).join('');
  const operation = `${root.start}(${[...variables.values()].join('')}){${selections}}${fragments}`;
  const { service, operationName, operationKind } = first;
  return { service, operation, operationName, operationKind, asks: operationAsks(service, operation, operationName) };
};
