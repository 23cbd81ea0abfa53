import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  visit,
} from 'graphql';
import type { Analysis, FieldOccurrence, FragmentOccurrence, Occurrence } from './analyse-operation.ts';

/** What is left of an operation when some of its requirements do not hold. */
export interface Cut {
  analysis: Analysis;
  /** Undefined when nothing is left to ask for. */
  document: DocumentNode | undefined;
  /** The outermost unauthorised fields, in the order of the operation. */
  denied: ReadonlySet<FieldOccurrence>;
  /** Selections that have a denied field somewhere inside. */
  touched: ReadonlySet<Occurrence>;
}

const typename = (responseName: string): FieldNode => ({
  kind: Kind.FIELD,
  name: { kind: Kind.NAME, value: '__typename' },
  ...(responseName === '__typename' ? {} : { alias: { kind: Kind.NAME, value: responseName } }),
});

const namesUsed = (root: OperationDefinitionNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>) => {
  const spreads = new Set<string>();
  const variables = new Set<string>();
  const search = (node: OperationDefinitionNode | FragmentDefinitionNode): void => {
    visit(node, {
      VariableDefinition: () => false,
      Variable: ({ name }) => void variables.add(name.value),
      FragmentSpread: ({ name }) => {
        const fragment = fragments.get(name.value);
        if (fragment === undefined || spreads.has(name.value)) return;
        spreads.add(name.value);
        search(fragment);
      },
    });
  };
  search(root);
  return { spreads, variables };
};

/** The document of one operation, without the fragments and variables it no longer uses. */
const toDocument = (document: DocumentNode, operation: OperationDefinitionNode): DocumentNode => {
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  const { spreads, variables } = namesUsed(operation, new Map(fragments.map((fragment) => [fragment.name.value, fragment])));
  const variableDefinitions = (operation.variableDefinitions ?? []).filter(({ variable }) => variables.has(variable.name.value));
  return { kind: Kind.DOCUMENT, definitions: [{ ...operation, variableDefinitions }, ...fragments.filter(({ name }) => spreads.has(name.value))] };
};

/**
 * Takes the fields out whose requirement (an index of `analysis.requirements`) is in `failing`. A field with nothing left
 * to select keeps `__typename`: whether it is null, and how long a list is, decides where the client gets its errors.
 * Objects of several types keep it too, so that `applyDenials` knows which fragments apply. A fragment is written out
 * where it was cut, because the same fragment can be cut differently elsewhere.
 */
export const cutOperation = (analysis: Analysis, failing: ReadonlySet<number>): Cut => {
  const denied = new Set<FieldOccurrence>();
  const touched = new Set<Occurrence>();

  const cutField = (field: FieldOccurrence): SelectionNode | undefined => {
    if (field.requirement !== undefined && failing.has(field.requirement)) {
      denied.add(field);
      return undefined;
    }
    const { isTouched, nodes } = cutSelections(field.selections);
    if (!isTouched) return field.node;
    touched.add(field);
    const selections = field.isAbstract || nodes.length === 0 ? [typename(analysis.typenameAs), ...nodes] : nodes;
    return { ...field.node, selectionSet: { kind: Kind.SELECTION_SET, selections } };
  };

  const cutFragment = (fragment: FragmentOccurrence): SelectionNode | undefined => {
    const { isTouched, nodes } = cutSelections(fragment.selections);
    if (!isTouched) return fragment.node;
    touched.add(fragment);
    if (nodes.length === 0) return undefined;
    const { typeCondition, directives } = fragment;
    return {
      kind: Kind.INLINE_FRAGMENT,
      ...(typeCondition === undefined ? {} : { typeCondition }),
      directives,
      selectionSet: { kind: Kind.SELECTION_SET, selections: nodes },
    };
  };

  const cutSelections = (selections: readonly Occurrence[]) => {
    let isTouched = false;
    const nodes: SelectionNode[] = [];
    for (const selection of selections) {
      const node = selection.kind === 'field' ? cutField(selection) : cutFragment(selection);
      if (node !== selection.node) isTouched = true;
      if (node !== undefined) nodes.push(node);
    }
    return { isTouched, nodes };
  };

  const { nodes } = cutSelections(analysis.selections);
  const operation: OperationDefinitionNode = { ...analysis.operation, selectionSet: { kind: Kind.SELECTION_SET, selections: nodes } };
  return { analysis, document: nodes.length === 0 ? undefined : toDocument(analysis.document, operation), denied, touched };
};
