import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  GraphQLError,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  type NamedTypeNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from '../fragments.ts';
import type { AuthorizationRules } from './read-authorization-rules.ts';
import type { Condition, Requirement } from './requirement.ts';
import { createRequirementTable, type RequirementTable } from './requirement-table.ts';

/** Expanded selections. Operation limits refuse far smaller operations before they come here. */
const MAX_SELECTIONS = 20_000;

interface OccurrenceBase {
  directives: readonly DirectiveNode[];
  /** The selection this one stands in; undefined at the root. */
  parent: Occurrence | undefined;
  selections: readonly Occurrence[];
}

/** A field at one place of the expanded operation; a field of a fragment that is spread twice occurs twice. */
export interface FieldOccurrence extends OccurrenceBase {
  kind: 'field';
  node: FieldNode;
  /** Counts occurrences from 0, in the order of the expanded operation. */
  index: number;
  coordinate: string;
  responseName: string;
  isList: boolean;
  /** Index in `Analysis.requirements`; undefined for a field that anybody may ask for. */
  requirement: number | undefined;
  /** Whether its selections stand on an interface or a union. */
  isAbstract: boolean;
}

/** An inline fragment, or a spread with the selections of its fragment. */
export interface FragmentOccurrence extends OccurrenceBase {
  kind: 'fragment';
  node: InlineFragmentNode | FragmentSpreadNode;
  typeCondition: NamedTypeNode | undefined;
}

export type Occurrence = FieldOccurrence | FragmentOccurrence;

/** Everything about an operation that does not depend on who asks. */
export interface Analysis {
  schema: GraphQLSchema;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  rootType: GraphQLObjectType;
  selections: readonly Occurrence[];
  /** The distinct requirements of its fields; empty when there is nothing to protect. */
  requirements: readonly Requirement[];
  /** The distinct conditions in them. */
  conditions: readonly Condition[];
  /** The names of the policies in those. */
  policies: readonly string[];
  /** A response name under which the type of an object can be asked for without disturbing the client's own fields. */
  typenameAs: string;
}

const namedTypeOf = (schema: GraphQLSchema, name: string): GraphQLNamedType => {
  const type = schema.getType(name);
  if (type === undefined) throw new GraphQLError(`Unknown type ${name}.`, { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
  return type;
};

/** The object types that a value of this type can have. */
const objectTypesOf = (schema: GraphQLSchema, type: GraphQLNamedType): readonly GraphQLObjectType[] => {
  if (isObjectType(type)) return [type];
  return isAbstractType(type) ? schema.getPossibleTypes(type) : [];
};

/** Where the walk stands: the type the selections are on, what the object can be there, and the way down to here. */
interface Scope {
  type: GraphQLNamedType;
  reachable: readonly GraphQLObjectType[];
  parent: Occurrence | undefined;
  fragments: readonly string[];
}

/** Undefined for `__typename` and introspection, which are free. */
const fieldTypeOf = (type: GraphQLNamedType, name: string): GraphQLOutputType | undefined => {
  if (name.startsWith('__')) return undefined;
  const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
  if (field === undefined) throw new GraphQLError(`Unknown field ${type.name}.${name}.`, { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
  return field.type;
};

const tooLarge = (): GraphQLError =>
  new GraphQLError(`The operation has more than ${MAX_SELECTIONS} selections.`, {
    extensions: { code: 'OPERATION_TOO_LARGE', limit: MAX_SELECTIONS, http: { status: 400 } },
  });

const unusedName = (taken: ReadonlySet<string>): string => {
  let name = '__typename';
  for (let attempt = 1; taken.has(name); attempt += 1) name = `typename_${attempt}`;
  return name;
};

class Walk {
  readonly table: RequirementTable;
  /** Response names, but for `__typename` where it means what it says. */
  readonly responseNames = new Set<string>();
  private selectionCount = 0;
  private readonly schema: GraphQLSchema;
  private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;

  constructor(rules: AuthorizationRules, schema: GraphQLSchema, document: DocumentNode) {
    this.table = createRequirementTable(rules);
    this.schema = schema;
    this.fragments = fragmentsOf(document);
  }

  selections(set: SelectionSetNode, scope: Scope): Occurrence[] {
    const occurrences: Occurrence[] = [];
    for (const node of set.selections) {
      this.selectionCount += 1;
      if (this.selectionCount > MAX_SELECTIONS) throw tooLarge();
      occurrences.push(node.kind === Kind.FIELD ? this.field(node, scope) : this.fragment(node, scope));
    }
    return occurrences;
  }

  private field(node: FieldNode, scope: Scope): FieldOccurrence {
    const name = node.name.value;
    const responseName = node.alias?.value ?? name;
    if (responseName !== name || name !== '__typename') this.responseNames.add(responseName);
    const type = fieldTypeOf(scope.type, name);
    const returned = type === undefined ? undefined : getNamedType(type);
    const occurrence: FieldOccurrence = {
      kind: 'field',
      node,
      index: this.selectionCount,
      coordinate: `${scope.type.name}.${name}`,
      responseName,
      isList: type?.toString().includes('[') ?? false,
      requirement: type === undefined ? undefined : this.table.of(name, scope.type, scope.reachable),
      isAbstract: isAbstractType(returned),
      directives: node.directives ?? [],
      parent: scope.parent,
      selections: [],
    };
    if (node.selectionSet === undefined || returned === undefined) return occurrence;
    const inside = { type: returned, reachable: objectTypesOf(this.schema, returned), parent: occurrence, fragments: scope.fragments };
    occurrence.selections = this.selections(node.selectionSet, inside);
    return occurrence;
  }

  private fragment(node: InlineFragmentNode | FragmentSpreadNode, scope: Scope): FragmentOccurrence {
    const spread = node.kind === Kind.FRAGMENT_SPREAD ? node.name.value : undefined;
    const definition = spread === undefined ? undefined : this.fragments.get(spread);
    const { typeCondition, selectionSet } = definition ?? (node as InlineFragmentNode);
    if (selectionSet === undefined || (spread !== undefined && scope.fragments.includes(spread)))
      throw new GraphQLError(`The fragment ${spread} cannot be spread.`, { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
    const occurrence: FragmentOccurrence = {
      kind: 'fragment',
      node,
      typeCondition,
      directives: node.directives ?? [],
      parent: scope.parent,
      selections: [],
    };
    const type = typeCondition === undefined ? scope.type : namedTypeOf(this.schema, typeCondition.name.value);
    const possible = new Set(objectTypesOf(this.schema, type));
    occurrence.selections = this.selections(selectionSet, {
      type,
      reachable: scope.reachable.filter((object) => possible.has(object)),
      parent: occurrence,
      fragments: spread === undefined ? scope.fragments : [...scope.fragments, spread],
    });
    return occurrence;
  }
}

/**
 * Expands an operation and finds what each of its fields demands: the field itself, its return type, the type it is
 * selected on, and the same of every object type that this selection can reach. `__typename` and introspection are free.
 */
export const analyseOperation = (
  rules: AuthorizationRules,
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Analysis => {
  const rootType = schema.getRootType(operation.operation);
  if (rootType === undefined || rootType === null)
    throw new GraphQLError(`The schema has no ${operation.operation}.`, { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
  const walk = new Walk(rules, schema, document);
  const selections = walk.selections(operation.selectionSet, { type: rootType, reachable: [rootType], parent: undefined, fragments: [] });
  const conditions = walk.table.conditions();
  return {
    schema,
    document,
    operation,
    rootType,
    selections,
    requirements: walk.table.requirements(),
    conditions,
    policies: [...new Set(conditions.flatMap((condition) => (condition.kind === 'policy' ? condition.anyOf.flat() : [])))],
    typenameAs: unusedName(walk.responseNames),
  };
};
