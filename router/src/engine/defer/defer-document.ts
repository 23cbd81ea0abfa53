import {
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type InlineFragmentNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { fragmentsOf } from '../../fragments.ts';
import { isDefer } from './defer-directive.ts';

type Values = Readonly<Record<string, unknown>>;

/** An operation in which each fragment that is deferred stands once, under a label of its own. */
export interface DeferredDocument {
  document: DocumentNode;
  operation: OperationDefinitionNode;
  /** The client's labels by ours. */
  labels: ReadonlyMap<string, string | undefined>;
  /** Which of the fragments are deferred. */
  key: string;
}

/** The document as it is when nothing is deferred; the same one when nothing is anyway. */
export const withoutDefer = (document: DocumentNode): DocumentNode =>
  visit(document, { Directive: (directive) => (isDefer(directive) ? null : undefined) });

const MAX_DEFERRED = 64;
const MAX_SELECTIONS = 5_000;
const MAX_OUTCOMES = 64;

const conditionOf = (directive: DirectiveNode) => directive.arguments?.find(({ name }) => name.value === 'if')?.value;

/** One that is not given leaves the argument to its default. */
const isOnBy = (value: unknown): boolean => value === undefined || value === true;

const isOn = (directive: DirectiveNode, variables: Values): boolean => {
  const condition = conditionOf(directive);
  if (condition?.kind === Kind.BOOLEAN) return condition.value;
  return condition?.kind !== Kind.VARIABLE || isOnBy(variables[condition.name.value]);
};

const labelOf = (directive: DirectiveNode): string | undefined => {
  const value = directive.arguments?.find(({ name }) => name.value === 'label')?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
};

interface Labelling {
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Fragments with `@defer` in them, however deep: they are written out, so that each place has a label of its own. */
  deferring: ReadonlySet<string>;
  variables: Values;
  labels: Map<string, string | undefined>;
  selections: number;
}

const isTooLarge = ({ labels, selections }: Labelling): boolean => labels.size > MAX_DEFERRED || selections > MAX_SELECTIONS;

const ownDirective = (label: string): DirectiveNode => ({
  kind: Kind.DIRECTIVE,
  name: { kind: Kind.NAME, value: 'defer' },
  arguments: [{ kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'label' }, value: { kind: Kind.STRING, value: label } }],
});

const labelled = (labelling: Labelling, directives: readonly DirectiveNode[] = []): DirectiveNode[] => {
  const { labels, variables } = labelling;
  return directives.flatMap((directive) => {
    if (!isDefer(directive)) return directive;
    if (!isOn(directive, variables)) return [];
    const label = `defer${labels.size}`;
    labels.set(label, labelOf(directive));
    return ownDirective(label);
  });
};

const fragmentOf = (labelling: Labelling, node: Exclude<SelectionNode, { kind: Kind.FIELD }>): InlineFragmentNode | undefined => {
  if (node.kind === Kind.INLINE_FRAGMENT) return node;
  const fragment = labelling.fragments.get(node.name.value);
  const isWrittenOut = labelling.deferring.has(node.name.value) || node.directives?.some(isDefer);
  if (fragment === undefined || !isWrittenOut) return undefined;
  const { typeCondition, selectionSet } = fragment;
  return { kind: Kind.INLINE_FRAGMENT, typeCondition, directives: node.directives ?? [], selectionSet };
};

const labelSelection = (labelling: Labelling, node: SelectionNode): SelectionNode => {
  labelling.selections += 1;
  if (node.kind === Kind.FIELD) return node.selectionSet === undefined ? node : { ...node, selectionSet: labelSet(labelling, node.selectionSet) };
  const fragment = fragmentOf(labelling, node);
  if (fragment === undefined) return node;
  const directives = labelled(labelling, fragment.directives);
  return { ...fragment, directives, selectionSet: labelSet(labelling, fragment.selectionSet) };
};

const labelSet = (labelling: Labelling, set: SelectionSetNode): SelectionSetNode => ({
  ...set,
  selections: isTooLarge(labelling) ? set.selections : set.selections.map((node) => labelSelection(labelling, node)),
});

const readDeferring = (fragments: Labelling['fragments']): ReadonlySet<string> => {
  const deferring = new Set<string>();
  const spreadBy = new Map<string, string[]>();
  const waiting: string[] = [];
  for (const [name, fragment] of fragments)
    visit(fragment, {
      Directive: (directive) => void (isDefer(directive) && waiting.push(name)),
      FragmentSpread: ({ name: spread }) => void spreadBy.set(spread.value, [...(spreadBy.get(spread.value) ?? []), name]),
    });
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (deferring.has(name)) continue;
    deferring.add(name);
    waiting.push(...(spreadBy.get(name) ?? []));
  }
  return deferring;
};

interface Known {
  hasDefer: boolean;
  /** Of `@defer(if:)`. */
  variables: readonly string[];
  byOutcome: Map<string, DeferredDocument | undefined>;
}

const known = new WeakMap<OperationDefinitionNode, Known>();

const look = (document: DocumentNode): Known => {
  const variables = new Set<string>();
  let hasDefer = false;
  visit(document, {
    Directive: (directive) => {
      if (!isDefer(directive)) return;
      hasDefer = true;
      const condition = conditionOf(directive);
      if (condition?.kind === Kind.VARIABLE) variables.add(condition.name.value);
    },
  });
  return { hasDefer, variables: [...variables].sort(), byOutcome: new Map() };
};

const label = (document: DocumentNode, operation: OperationDefinitionNode, variables: Values, key: string): DeferredDocument | undefined => {
  const fragments = fragmentsOf(document);
  const deferring = readDeferring(fragments);
  const labelling: Labelling = { fragments, deferring, variables, labels: new Map(), selections: 0 };
  const rewritten = { ...operation, selectionSet: labelSet(labelling, operation.selectionSet) };
  if (labelling.labels.size === 0 || isTooLarge(labelling)) return undefined;
  const left = [...fragments.values()].filter(({ name }) => !deferring.has(name.value));
  return { document: { kind: Kind.DOCUMENT, definitions: [rewritten, ...left] }, operation: rewritten, labels: labelling.labels, key };
};

/**
 * What is deferred of an operation in a request, worked out once for each outcome of its conditions. Nothing when it is to be answered whole:
 * no `@defer` is on, it is a subscription, or there are too many of them.
 */
export const deferredDocument = (document: DocumentNode, operation: OperationDefinitionNode, variables: Values): DeferredDocument | undefined => {
  const seen = known.get(operation) ?? look(document);
  known.set(operation, seen);
  if (!seen.hasDefer || operation.operation === 'subscription') return undefined;
  const outcome = seen.variables.map((name) => (isOnBy(variables[name]) ? '1' : '0')).join('');
  if (seen.byOutcome.has(outcome)) return seen.byOutcome.get(outcome);
  const deferred = label(document, operation, variables, `defer ${outcome}`);
  if (seen.byOutcome.size < MAX_OUTCOMES) seen.byOutcome.set(outcome, deferred);
  return deferred;
};

/** What tells our label in a document of ours. */
export const deferLabelOf = ({ directives }: InlineFragmentNode): string | undefined => {
  const directive = directives?.find(isDefer);
  return directive && labelOf(directive);
};
