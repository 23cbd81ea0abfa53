import { type DocumentNode, type FieldNode, Kind, parse, print, type SelectionSetNode, stripIgnoredCharacters, visit } from 'graphql';
import { type FetchStep, operationAsks, selectionTree } from './compiled-plan.ts';

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

const variablesIn = (node: DocumentNode | FieldNode): Set<string> => {
  const names = new Set<string>();
  visit(node, {
    VariableDefinition: (definition) => (definition.directives?.length ? undefined : false),
    Variable: ({ name }) => void names.add(name.value),
  });
  return names;
};

const orTypename = (node: SelectionSetNode): SelectionSetNode => (node.selections.length === 0 ? { ...node, selections: [TYPENAME] } : node);

const cut = (document: DocumentNode, isUnknown: (name: string) => boolean): DocumentNode => {
  const without = visit(document, {
    Field: (field) => {
      const own = variablesIn({ kind: Kind.FIELD, name: field.name, arguments: field.arguments ?? [] });
      return [...own].some(isUnknown) ? null : undefined;
    },
    SelectionSet: { leave: orTypename },
  });
  const used = variablesIn(without);
  return visit(without, { VariableDefinition: ({ variable }) => (used.has(variable.name.value) ? undefined : null) });
};

const build = (fetch: FetchStep, variables: readonly string[]): FetchStep | undefined => {
  const document = cut(parse(fetch.operation, { noLocation: true }), (name) => variables.includes(name));
  const used = variablesIn(document);
  const operation = stripIgnoredCharacters(print(document));
  const selects = selectionTree(operation, true, fetch.outputRewrites);
  if ([...selects.keys()].every((name) => name === '__typename')) return undefined;
  return {
    ...fetch,
    operation,
    asks: operationAsks(fetch.service, operation, fetch.operationName),
    variables: fetch.variables.filter((name) => used.has(name)),
    contexts: fetch.contexts.filter(({ variable }) => used.has(variable)),
    selects,
  };
};

const known = new WeakMap<FetchStep, Map<string, FetchStep | undefined>>();

/** A fetch without the fields that take any of the variables; undefined when nothing is left to ask for. */
export const withoutVariables = (fetch: FetchStep, variables: readonly string[]): FetchStep | undefined => {
  const variants = known.get(fetch) ?? new Map<string, FetchStep | undefined>();
  known.set(fetch, variants);
  const key = variables.join();
  if (!variants.has(key)) variants.set(key, build(fetch, variables));
  return variants.get(key);
};
