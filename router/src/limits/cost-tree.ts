import {
  type DocumentNode,
  type FieldNode,
  type FragmentSpreadNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from '../fragments.ts';
import type { CoercedVariables } from './coerce-variables.ts';
import type { CostModel } from './cost-model.ts';
import { type FieldCost, readFieldCost } from './field-cost.ts';

/** A `@skip` or `@include`: the field is not there when the value is `without`. */
interface Condition {
  without: boolean;
  value: (variables: CoercedVariables) => unknown;
}

/** One place in the text where a field of the answer is asked for. */
export interface Occurrence extends FieldCost {
  fieldName: string;
  /** All of them must hold. */
  conditions: readonly Condition[];
}

/** One field of the answer that costs something, by its key: what several fragments ask of it is fetched once, and costs once. */
export interface CostField {
  key: string;
  occurrences: readonly Occurrence[];
  children: readonly CostField[];
}

/** A set of selections that is merged with others into one object of the answer. */
interface Part {
  set: SelectionSetNode;
  parent: GraphQLNamedType | undefined;
  conditions: readonly Condition[];
}

interface Found {
  occurrences: Occurrence[];
  parts: Part[];
}

/** Places looked at before giving up. The limit on expanded selections, ten times smaller, is what answers clients. */
const MAX_OCCURRENCES = 10_000;
const MAX_DEPTH = 200;

class TooLargeToCost extends Error {}

const conditionsOf = ({ directives = [] }: SelectionNode, outer: readonly Condition[]): readonly Condition[] => {
  const own = directives.flatMap(({ name, arguments: given = [] }): Condition[] => {
    const value = given.find((argument) => argument.name.value === 'if')?.value;
    if ((name.value !== 'skip' && name.value !== 'include') || value === undefined) return [];
    const without = name.value === 'skip';
    if (value.kind === Kind.BOOLEAN) return [{ without, value: () => value.value }];
    return value.kind === Kind.VARIABLE ? [{ without, value: (variables) => variables[value.name.value] }] : [];
  });
  return own.length === 0 ? outer : [...outer, ...own];
};

export const isActive = ({ conditions }: Occurrence, variables: CoercedVariables): boolean =>
  conditions.every(({ without, value }) => value(variables) !== without);

/** Most fields are scalars that cost nothing: they are left out. */
const isFree = ({ weight, inputs }: Occurrence): boolean => weight === 0 && inputs === undefined;

/**
 * Merges an operation's selections into the shape of its answer, each field with what it costs.
 * @returns undefined when there are too many to look at; nothing is known of its cost then but that it is large.
 */
export const buildCostTree = (
  model: CostModel,
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): readonly CostField[] | undefined => {
  const fragments = fragmentsOf(document);
  let looked = 0;

  const addField = (node: FieldNode, { parent, conditions }: Part, found: Map<string, Found>): void => {
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
    // Introspection and __typename cost nothing: no subgraph is asked.
    if (field === undefined || parent === undefined) return;
    const key = (node.alias ?? node.name).value;
    const entry = found.get(key) ?? { occurrences: [], parts: [] };
    found.set(key, entry);
    entry.occurrences.push({ ...readFieldCost(model, schema, parent, field, node), fieldName: field.name, conditions });
    if (node.selectionSet !== undefined) entry.parts.push({ set: node.selectionSet, parent: getNamedType(field.type), conditions });
  };

  /** The selections of a fragment; none when the object being built has all of them already. */
  const partOf = (selection: FragmentSpreadNode | InlineFragmentNode, part: Part, spread: Set<string>): Part | undefined => {
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const { typeCondition, selectionSet: set } = selection;
      return { ...part, set, parent: typeCondition === undefined ? part.parent : schema.getType(typeCondition.name.value) };
    }
    const name = selection.name.value;
    const fragment = fragments.get(name);
    if (fragment === undefined || spread.has(name)) return undefined;
    if (part.conditions.length === 0) spread.add(name);
    return { ...part, set: fragment.selectionSet, parent: schema.getType(fragment.typeCondition.name.value) };
  };

  const collect = (parts: readonly Part[]): Map<string, Found> => {
    const found = new Map<string, Found>();
    const spread = new Set<string>();
    const pending = [...parts];
    const visit = (selection: SelectionNode, part: Part): void => {
      looked += 1;
      if (looked > MAX_OCCURRENCES) throw new TooLargeToCost();
      if (selection.kind === Kind.FIELD) {
        addField(selection, part, found);
        return;
      }
      const inner = partOf(selection, part, spread);
      if (inner !== undefined) pending.push(inner);
    };
    for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
      const { set, conditions } = part;
      for (const selection of set.selections) visit(selection, { ...part, conditions: conditionsOf(selection, conditions) });
    }
    return found;
  };

  const build = (parts: readonly Part[], depth: number): CostField[] => {
    if (depth > MAX_DEPTH) throw new TooLargeToCost();
    return [...collect(parts)].flatMap(([key, { occurrences, parts: below }]) =>
      below.length === 0 && occurrences.every(isFree) ? [] : { key, occurrences, children: below.length === 0 ? [] : build(below, depth + 1) },
    );
  };

  try {
    return build([{ set: operation.selectionSet, parent: schema.getRootType(operation.operation) ?? undefined, conditions: [] }], 0);
  } catch (error) {
    if (error instanceof TooLargeToCost) return undefined;
    throw error;
  }
};
