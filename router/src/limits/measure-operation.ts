import {
  type ArgumentNode,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type ListValueNode,
  type ObjectValueNode,
  type OperationDefinitionNode,
  type OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';

/** Counts stop here instead of overflowing: 60 fragments that double reach 2^60. */
export const SATURATED = Number.MAX_SAFE_INTEGER;

/** Nothing deeper is looked at: no limit lets it pass. */
const DEEPEST = 10_000;

/** What one operation asks for, with every fragment written out where it is spread. */
interface ExpandedCounts {
  /** Levels of fields; a leaf of the root type is at level 1. Fragments add none. */
  depth: number;
  aliases: number;
  rootFields: number;
  /** Fields, inline fragments and spreads. */
  selections: number;
}

export interface OperationMeasure extends ExpandedCounts {
  name: string | undefined;
  kind: OperationTypeNode;
  /** Variables it declares. */
  variables: number;
}

export interface DocumentMeasure {
  operations: readonly OperationMeasure[];
  /** Directives in the whole text, fragments not expanded. */
  directives: number;
  /** Levels of the value that nests deepest, 1 for a list or object of scalars. */
  valueDepth: number;
  /** The largest of each count, over all operations and the fragments none of them uses: validation walks those as well. */
  worst: ExpandedCounts & { variables: number };
}

interface Spread {
  fragment: string;
  /** Levels of fields above it in its own definition. */
  level: number;
}

interface Part {
  own: ExpandedCounts;
  spreads: Spread[];
  directives: number;
  valueDepth: number;
}

const add = (left: number, right: number): number => Math.min(SATURATED, left + right);

const NOTHING: Readonly<ExpandedCounts> = { depth: 0, aliases: 0, rootFields: 0, selections: 0 };

type Container = ListValueNode | ObjectValueNode;

const isContainer = (value: ValueNode): value is Container => value.kind === Kind.LIST || value.kind === Kind.OBJECT;

const containersIn = (value: Container): Container[] =>
  (value.kind === Kind.LIST ? value.values : value.fields.map((field) => field.value)).filter(isContainer);

const measureValue = (part: Part, whole: ValueNode | undefined): void => {
  let level = whole !== undefined && isContainer(whole) ? [whole] : [];
  for (let depth = 1; level.length > 0; depth += 1) {
    part.valueDepth = Math.max(part.valueDepth, depth);
    level = level.flatMap(containersIn);
  }
};

const measureArguments = (part: Part, given: readonly ArgumentNode[] = []): void => {
  for (const { value } of given) measureValue(part, value);
};

const measureDirectives = (part: Part, directives: readonly DirectiveNode[] = []): void => {
  part.directives += directives.length;
  for (const directive of directives) measureArguments(part, directive.arguments);
};

const measureSelection = (part: Part, selection: SelectionNode, level: number): void => {
  part.own.selections += 1;
  measureDirectives(part, selection.directives);
  if (selection.kind === Kind.FRAGMENT_SPREAD) part.spreads.push({ fragment: selection.name.value, level });
  if (selection.kind !== Kind.FIELD) return;
  measureArguments(part, selection.arguments);
  part.own.depth = Math.max(part.own.depth, level + 1);
  if (selection.alias !== undefined) part.own.aliases += 1;
  if (level === 0) part.own.rootFields += 1;
};

const measureVariables = (part: Part, { variableDefinitions = [] }: OperationDefinitionNode | FragmentDefinitionNode): void => {
  for (const { defaultValue, directives } of variableDefinitions) {
    measureDirectives(part, directives);
    measureValue(part, defaultValue);
  }
};

/** What stands in one definition itself. With a stack of its own: the text decides how deep it nests. */
const measurePart = (definition: OperationDefinitionNode | FragmentDefinitionNode): Part => {
  const part: Part = { own: { ...NOTHING }, spreads: [], directives: 0, valueDepth: 0 };
  measureDirectives(part, definition.directives);
  measureVariables(part, definition);
  const pending: { set: SelectionSetNode; level: number }[] = [{ set: definition.selectionSet, level: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.level > DEEPEST) return { ...part, own: { ...part.own, depth: SATURATED } };
    for (const selection of next.set.selections) {
      measureSelection(part, selection, next.level);
      if (selection.kind === Kind.FRAGMENT_SPREAD || selection.selectionSet === undefined) continue;
      pending.push({ set: selection.selectionSet, level: next.level + (selection.kind === Kind.FIELD ? 1 : 0) });
    }
  }
  return part;
};

/** A definition's counts with those of the fragments it spreads. One that is not there, or still open (a circle), adds nothing: validation tells. */
const expand = (part: Part, totals: ReadonlyMap<string, ExpandedCounts>): ExpandedCounts => {
  const sum = { ...part.own };
  for (const { fragment, level } of part.spreads) {
    const inner = totals.get(fragment) ?? NOTHING;
    if (inner.depth > 0) sum.depth = Math.max(sum.depth, add(level, inner.depth));
    sum.aliases = add(sum.aliases, inner.aliases);
    sum.selections = add(sum.selections, inner.selections);
    if (level === 0) sum.rootFields = add(sum.rootFields, inner.rootFields);
  }
  return sum;
};

/** Fills in the totals of every fragment below `part`, each once, the innermost first. */
const totalFragments = (part: Part, parts: ReadonlyMap<string, Part>, totals: Map<string, ExpandedCounts>, opened: Set<string>): void => {
  const pending = part.spreads.map(({ fragment }) => fragment);
  for (let name = pending.at(-1); name !== undefined; name = pending.at(-1)) {
    const inner = parts.get(name);
    const waitsFor = inner === undefined || opened.has(name) ? [] : inner.spreads.filter(({ fragment }) => !opened.has(fragment));
    opened.add(name);
    if (waitsFor.length > 0) {
      pending.push(...waitsFor.map(({ fragment }) => fragment));
      continue;
    }
    if (inner !== undefined && !totals.has(name)) totals.set(name, expand(inner, totals));
    pending.pop();
  }
};

const isOperation = (definition: { kind: Kind }): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION;

const isFragment = (definition: { kind: Kind }): definition is FragmentDefinitionNode => definition.kind === Kind.FRAGMENT_DEFINITION;

/**
 * Counts what a document asks for, in time linear in its length: each fragment is measured once, however often it is
 * spread. Any document that parses is measured, also one that is not valid; nothing is thrown.
 */
export const measureDocument = (document: DocumentNode): DocumentMeasure => {
  const parts = new Map<string, Part>();
  const totals = new Map<string, ExpandedCounts>();
  const opened = new Set<string>();
  const worst = { ...NOTHING, variables: 0 };
  let directives = 0;
  let valueDepth = 0;
  const read = (definition: OperationDefinitionNode | FragmentDefinitionNode): Part => {
    const part = measurePart(definition);
    directives += part.directives;
    valueDepth = Math.max(valueDepth, part.valueDepth);
    return part;
  };
  const total = (part: Part): ExpandedCounts => {
    totalFragments(part, parts, totals, opened);
    return expand(part, totals);
  };
  const keepWorst = (counts: ExpandedCounts & { variables: number }): void => {
    for (const name of ['depth', 'aliases', 'rootFields', 'selections', 'variables'] as const) worst[name] = Math.max(worst[name], counts[name]);
  };
  for (const definition of document.definitions) {
    if (isFragment(definition)) parts.set(definition.name.value, read(definition));
  }
  const operations = document.definitions.filter(isOperation).map((definition): OperationMeasure => {
    const part = read(definition);
    const variables = definition.variableDefinitions?.length ?? 0;
    const measure = { name: definition.name?.value, kind: definition.operation, variables, ...total(part) };
    keepWorst(measure);
    return measure;
  });
  for (const [name, part] of parts) {
    if (!totals.has(name)) keepWorst({ ...total(part), rootFields: 0, variables: 0 });
  }
  return { operations, directives, valueDepth, worst };
};
