import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from '../fragments.ts';

/** Mutations that try a secret: each is a guess, whatever alias it hides behind. */
const SIGN_IN_FIELDS: readonly string[] = ['signIn', 'refreshSession'];

export interface RootFieldCounts {
  /** Root fields with fragments expanded, each alias one. */
  rootFields: number;
  /** Those of them that try to sign in. */
  signIns: number;
}

const add = (a: RootFieldCounts, b: RootFieldCounts): RootFieldCounts => ({
  rootFields: a.rootFields + b.rootFields,
  signIns: a.signIns + b.signIns,
});

const max = (a: RootFieldCounts, b: RootFieldCounts): RootFieldCounts => ({
  rootFields: Math.max(a.rootFields, b.rootFields),
  signIns: Math.max(a.signIns, b.signIns),
});

const NOTHING: RootFieldCounts = { rootFields: 0, signIns: 0 };

const createCounter = (fragments: ReadonlyMap<string, FragmentDefinitionNode>) => {
  const known = new Map<string, RootFieldCounts>();
  const countFragment = (name: string): RootFieldCounts => {
    const counted = known.get(name);
    if (counted !== undefined) return counted;
    // While it is being counted it counts as nothing: validation refuses circles later.
    known.set(name, NOTHING);
    const fragment = fragments.get(name);
    const counts = fragment === undefined ? NOTHING : countSelections(fragment.selectionSet);
    known.set(name, counts);
    return counts;
  };
  const countSelections = ({ selections }: SelectionSetNode): RootFieldCounts =>
    selections.reduce<RootFieldCounts>((sum, selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return add(sum, countFragment(selection.name.value));
      if (selection.kind === Kind.INLINE_FRAGMENT) return add(sum, countSelections(selection.selectionSet));
      return add(sum, { rootFields: 1, signIns: SIGN_IN_FIELDS.includes(selection.name.value) ? 1 : 0 });
    }, NOTHING);
  return ({ operation, selectionSet }: OperationDefinitionNode): RootFieldCounts => {
    const counts = countSelections(selectionSet);
    return operation === OperationTypeNode.MUTATION ? counts : { ...counts, signIns: 0 };
  };
};

/**
 * What an operation counts as. `@skip` and `@include` change nothing: what may run is counted. Without a name that
 * chooses one of several operations, the most that any of them would count.
 */
export const countRootFields = (document: DocumentNode, operationName?: string | null): RootFieldCounts => {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const named = operations.filter(({ name }) => name?.value === operationName);
  return (named.length > 0 ? named : operations).map(createCounter(fragmentsOf(document))).reduce(max, NOTHING);
};
