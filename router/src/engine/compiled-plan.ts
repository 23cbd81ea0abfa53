import type { FetchDataKeyRenamer, FetchDataRewrite, FetchNode, PlanNode, QueryPlan, QueryPlanSelectionNode } from '@apollo/query-planner';
import { type FieldNode, type FragmentDefinitionNode, Kind, type OperationTypeNode, parse, type SelectionSetNode } from 'graphql';
import { fragmentsOf } from '../fragments.ts';
import { type ContextArgument, readContextArguments } from './context-arguments.ts';

/** The names a fetch selects, and below each what is selected there; nothing below a leaf. */
export type SelectionTree = ReadonlyMap<string, SelectionTree | undefined>;

/** An operation for a subgraph. */
export interface Ask {
  service: string;
  operation: string;
  operationName: string | undefined;
  /** Service and operation without the name that the planner gave it: fetches that ask the same have the same. */
  asks: string;
  operationKind: OperationTypeNode;
}

export interface FetchStep extends Ask {
  kind: 'fetch';
  /** The planner's name for it, of those only that a deferred part waits for. */
  id?: string | undefined;
  /** Its place in the plan. */
  index: number;
  /** No other step of the plan waits for what it brings. */
  isLast: boolean;
  /** It brings leaves only, so that what it brought need not be copied for a second use. */
  isFlat: boolean;
  /** The client's variables that it uses. */
  variables: readonly string[];
  /** What entities bring from above themselves. */
  contexts: readonly ContextArgument[];
  /** What identifies the entities to fetch; undefined for root fields. */
  requires: readonly QueryPlanSelectionNode[] | undefined;
  inputRewrites: readonly FetchDataRewrite[];
  outputRewrites: readonly FetchDataRewrite[];
  /** What may be merged from the answer, an entity's or the root's. */
  selects: SelectionTree;
}

export type Step =
  | FetchStep
  | { kind: 'sequence' | 'parallel'; steps: readonly Step[] }
  | { kind: 'flatten'; path: readonly string[]; step: Step }
  | { kind: 'condition'; variable: string; ifTrue: Step | undefined; otherwise: Step | undefined };

export const stepsBelow = (step: Step): readonly Step[] => {
  if (step.kind === 'fetch') return [];
  if (step.kind === 'flatten') return [step.step];
  return step.kind === 'condition' ? [step.ifTrue, step.otherwise].filter((below) => below !== undefined) : step.steps;
};

/** Every fetch that a step can make. */
export const fetchesIn = (step: Step): readonly FetchStep[] => (step.kind === 'fetch' ? [step] : stepsBelow(step).flatMap(fetchesIn));

type MutableTree = Map<string, MutableTree | undefined>;

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

const addField = (tree: MutableTree, { alias, name, selectionSet }: FieldNode, fragments: Fragments): void => {
  const responseName = alias?.value ?? name.value;
  const below = selectionSet && (tree.get(responseName) ?? new Map());
  tree.set(responseName, below);
  if (below !== undefined) addSelections(below, selectionSet, fragments);
};

const addSelections = (tree: MutableTree, set: SelectionSetNode | undefined, fragments: Fragments): void => {
  for (const selection of set?.selections ?? []) {
    if (selection.kind === Kind.FIELD) addField(tree, selection, fragments);
    else if (selection.kind === Kind.INLINE_FRAGMENT) addSelections(tree, selection.selectionSet, fragments);
    else addSelections(tree, fragments.get(selection.name.value)?.selectionSet, fragments);
  }
};

/** The names after the planner's own renaming, which the answer carries once its rewrites are applied. */
const withRenamed = (tree: MutableTree, rewrites: readonly FetchDataRewrite[]): void => {
  const renamers = rewrites.filter((rewrite): rewrite is FetchDataKeyRenamer => rewrite.kind === 'KeyRenamer');
  for (const { path, renameKeyTo } of renamers) {
    const names = path.filter((element) => !element.startsWith('... on '));
    const last = names.pop();
    let at: MutableTree | undefined = tree;
    for (const name of names) at = at?.get(name);
    if (last !== undefined && at?.has(last)) at.set(renameKeyTo, at.get(last));
  }
  // A value that the planner sets itself, for instance the type name of an interface object.
  for (const rewrite of rewrites) {
    const last = rewrite.path.at(-1);
    if (rewrite.kind === 'ValueSetter' && last === '__typename') tree.set(last, undefined);
  }
};

/** Of an answer's root, or of an entity, after the rewrites. */
export const selectionTree = (operation: string, isEntities: boolean, rewrites: readonly FetchDataRewrite[]): SelectionTree => {
  const document = parse(operation, { noLocation: true });
  const root = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  const tree: MutableTree = new Map();
  if (root !== undefined) addSelections(tree, root.selectionSet, fragmentsOf(document));
  const selected = isEntities ? (tree.get('_entities') ?? new Map()) : tree;
  withRenamed(selected, rewrites);
  return selected;
};

/** @returns the same for operations that differ by their name only. */
export const operationAsks = (service: string, operation: string, name: string | undefined): string =>
  `${service} ${name === undefined ? operation : operation.replace(name, '')}`;

interface Compiling {
  fetches: number;
}

const compileFetch = (node: FetchNode, isLast: boolean, compiling: Compiling): FetchStep => {
  const outputRewrites = node.outputRewrites ?? [];
  const selects = selectionTree(node.operation, node.requires !== undefined, outputRewrites);
  const contexts = readContextArguments(node);
  return {
    kind: 'fetch',
    index: compiling.fetches++,
    isLast,
    isFlat: outputRewrites.length === 0 && [...selects.values()].every((below) => below === undefined),
    service: node.serviceName,
    operation: node.operation,
    operationName: node.operationName,
    asks: operationAsks(node.serviceName, node.operation, node.operationName),
    operationKind: node.operationKind,
    variables: (node.variableUsages ?? []).filter((name) => !contexts.some(({ variable }) => variable === name)),
    contexts,
    requires: node.requires,
    inputRewrites: node.inputRewrites ?? [],
    outputRewrites,
    selects,
  };
};

const compileNode = (node: PlanNode, isLast: boolean, compiling: Compiling): Step => {
  switch (node.kind) {
    case 'Sequence':
      return { kind: 'sequence', steps: node.nodes.map((next, at) => compileNode(next, isLast && at === node.nodes.length - 1, compiling)) };
    case 'Parallel':
      return { kind: 'parallel', steps: node.nodes.map((next) => compileNode(next, isLast, compiling)) };
    case 'Flatten':
      return { kind: 'flatten', path: node.path.map(String), step: compileNode(node.node, isLast, compiling) };
    case 'Condition':
      return {
        kind: 'condition',
        variable: node.condition,
        ifTrue: node.ifClause && compileNode(node.ifClause, isLast, compiling),
        otherwise: node.elseClause && compileNode(node.elseClause, isLast, compiling),
      };
    case 'Fetch':
      return node.id === undefined ? compileFetch(node, isLast, compiling) : { ...compileFetch(node, isLast, compiling), id: node.id };
    // What is not known here is not executed half.
    default:
      throw new Error(`the plan has a node that is not executed here: ${(node as PlanNode).kind}`);
  }
};

/** A plan made ready to run any number of times; undefined when it fetches nothing. @throws on a kind of node it does not know. */
export const compilePlan = ({ node }: QueryPlan): Step | undefined => {
  if (node === undefined) return undefined;
  if (node.kind === 'Subscription') throw new Error('the plan is a subscription, which is not executed here');
  return compileNode(node, true, { fetches: 0 });
};

/** A part of the answer, and what comes later than it. */
export interface PlanPart {
  /** None of the part that comes first. */
  label: string | undefined;
  /** Ids of the fetches that it needs, which are other parts'. */
  depends: readonly string[];
  /** Whether it is about the root of the answer, which is always there. */
  isAtRoot: boolean;
  step: Step | undefined;
  later: readonly PlanPart[];
}

type PartAbout = Pick<PlanPart, 'label' | 'depends' | 'isAtRoot'>;

const compilePart = (node: PlanNode | undefined, about: PartAbout): PlanPart => {
  const [own, deferred] = node?.kind === 'Defer' ? [node.primary.node, node.deferred] : [node, []];
  return {
    ...about,
    step: own && compileNode(own, true, { fetches: 0 }),
    later: deferred.map(({ label, depends, queryPath, node: below }) =>
      compilePart(below, { label, depends: depends.map(({ id }) => id), isAtRoot: queryPath.length === 0 }),
    ),
  };
};

/** A plan whose fragments are deferred, each under a label of its own. @throws on a kind of node it does not know. */
export const compileDeferred = ({ node }: QueryPlan): PlanPart => {
  if (node?.kind === 'Subscription') throw new Error('the plan is a subscription, of which nothing is deferred');
  return compilePart(node, { label: undefined, depends: [], isAtRoot: true });
};
