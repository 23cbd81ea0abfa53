import { type ConstDirectiveNode, type DefinitionNode, type FieldDefinitionNode, Kind, parse, print, type TypeNode } from 'graphql';

/** A field of the supergraph, with what each subgraph has to do with it. */
export interface FieldModel {
  name: string;
  /** As SDL writes it: `[Product!]!`. */
  type: string;
  /** The type without lists and exclamation marks. */
  namedType: string;
  description: string | undefined;
  arguments: readonly string[];
  /** Subgraphs that resolve it, in the order of `supergraph.yaml`'s names. */
  subgraphs: readonly string[];
  /** By subgraph that knows it as @external. */
  external: readonly string[];
  requires: readonly { subgraph: string; fields: string }[];
  provides: readonly { subgraph: string; fields: string }[];
  override: readonly { subgraph: string; from: string; label: string | undefined }[];
  /** `@authenticated`, `@requiresScopes(…)` and `@policy(…)` as written. */
  guards: readonly string[];
  tags: readonly string[];
  /** Types of the events that the router answers it from (`@fromEvents`). */
  events: readonly string[];
  deprecated: string | undefined;
}

/** A type of the supergraph. */
export interface TypeModel {
  name: string;
  kind: 'type' | 'interface' | 'union' | 'enum' | 'input' | 'scalar';
  description: string | undefined;
  subgraphs: readonly string[];
  keys: readonly { subgraph: string; fields: string; resolvable: boolean }[];
  guards: readonly string[];
  tags: readonly string[];
  fields: readonly FieldModel[];
  /** Of an enum its values, of a union its members. */
  members: readonly string[];
}

export interface SupergraphModel {
  /** Names as `supergraph.yaml` has them. */
  subgraphs: readonly string[];
  types: ReadonlyMap<string, TypeModel>;
}

/** @join and @link carry the composition; people wrote neither. */
const isMachinery = (name: string): boolean => /^(join|link|policy|requiresScopes|federation)__/.test(name);

const KINDS: Partial<Record<DefinitionNode['kind'], TypeModel['kind']>> = {
  [Kind.OBJECT_TYPE_DEFINITION]: 'type',
  [Kind.INTERFACE_TYPE_DEFINITION]: 'interface',
  [Kind.UNION_TYPE_DEFINITION]: 'union',
  [Kind.ENUM_TYPE_DEFINITION]: 'enum',
  [Kind.INPUT_OBJECT_TYPE_DEFINITION]: 'input',
  [Kind.SCALAR_TYPE_DEFINITION]: 'scalar',
};

type Directives = readonly ConstDirectiveNode[] | undefined;

const named = (directives: Directives, name: string): ConstDirectiveNode[] => (directives ?? []).filter((directive) => directive.name.value === name);

/** An argument of text, an enum value or a switch, as text. */
const argumentOf = (directive: ConstDirectiveNode, name: string): string | undefined => {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  return value !== undefined && 'value' in value ? String(value.value) : undefined;
};

const guardsOf = (directives: Directives): string[] =>
  ['authenticated', 'requiresScopes', 'policy'].flatMap((name) => named(directives, name).map((directive) => print(directive)));

const tagsOf = (directives: Directives): string[] => named(directives, 'tag').flatMap((directive) => argumentOf(directive, 'name') ?? []);

const eventsOf = (directives: Directives): string[] =>
  named(directives, 'fromEvents')
    .flatMap((directive) => directive.arguments?.find(({ name }) => name.value === 'types')?.value ?? [])
    .flatMap((value) => (value.kind === Kind.LIST ? value.values : []))
    .flatMap((value) => (value.kind === Kind.STRING ? value.value : []));

const namedTypeOf = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : namedTypeOf(type.type));

type NameOf = (graph: string | undefined) => string;

const joinsWith = (joins: readonly ConstDirectiveNode[], argument: string, nameOf: NameOf): { subgraph: string; value: string }[] =>
  joins.flatMap((join) => {
    const value = argumentOf(join, argument);
    return value === undefined ? [] : [{ subgraph: nameOf(argumentOf(join, 'graph')), value }];
  });

const toField = (
  node: Pick<FieldDefinitionNode, 'name' | 'type' | 'directives' | 'description' | 'arguments'>,
  owners: readonly string[],
  nameOf: NameOf,
): FieldModel => {
  const joins = named(node.directives, 'join__field');
  const isExternal = (join: ConstDirectiveNode): boolean => argumentOf(join, 'external') === 'true';
  const graphOf = (join: ConstDirectiveNode): string => nameOf(argumentOf(join, 'graph'));
  const resolving = joins.filter((join) => !isExternal(join) && argumentOf(join, 'usedOverridden') !== 'true');
  const [deprecated] = named(node.directives, 'deprecated');
  const fieldSets = (argument: string) => joinsWith(joins, argument, nameOf).map(({ subgraph, value }) => ({ subgraph, fields: value }));
  return {
    name: node.name.value,
    type: print(node.type),
    namedType: namedTypeOf(node.type),
    description: node.description?.value,
    arguments: (node.arguments ?? []).map((argument) => `${argument.name.value}: ${print(argument.type)}`),
    subgraphs: joins.length === 0 ? owners : resolving.map(graphOf),
    external: joins.filter(isExternal).map(graphOf),
    requires: fieldSets('requires'),
    provides: fieldSets('provides'),
    override: joins.flatMap((join) => {
      const from = argumentOf(join, 'override');
      return from === undefined ? [] : [{ subgraph: graphOf(join), from, label: argumentOf(join, 'overrideLabel') }];
    }),
    guards: guardsOf(node.directives),
    tags: tagsOf(node.directives),
    events: eventsOf(node.directives),
    deprecated: deprecated === undefined ? undefined : (argumentOf(deprecated, 'reason') ?? 'No longer supported'),
  };
};

const membersOf = (definition: DefinitionNode): string[] => {
  if (definition.kind === Kind.ENUM_TYPE_DEFINITION) return (definition.values ?? []).map(({ name }) => name.value);
  if (definition.kind === Kind.UNION_TYPE_DEFINITION) return (definition.types ?? []).map(({ name }) => name.value);
  return [];
};

const toType = (definition: DefinitionNode, nameOf: NameOf): TypeModel | undefined => {
  const kind = KINDS[definition.kind];
  if (kind === undefined || !('name' in definition) || definition.name === undefined || isMachinery(definition.name.value)) return undefined;
  const directives = 'directives' in definition ? (definition.directives as Directives) : undefined;
  const joins = named(directives, 'join__type');
  const subgraphs = [...new Set(joins.map((join) => nameOf(argumentOf(join, 'graph'))))];
  return {
    name: definition.name.value,
    kind,
    description: 'description' in definition ? definition.description?.value : undefined,
    subgraphs,
    keys: joins.flatMap((join) => {
      const fields = argumentOf(join, 'key');
      return fields === undefined
        ? []
        : [{ subgraph: nameOf(argumentOf(join, 'graph')), fields, resolvable: argumentOf(join, 'resolvable') !== 'false' }];
    }),
    guards: guardsOf(directives),
    tags: tagsOf(directives),
    fields: 'fields' in definition ? (definition.fields ?? []).map((field) => toField(field, subgraphs, nameOf)) : [],
    members: membersOf(definition),
  };
};

/** `ORDER` → `order`: the composer's names of subgraphs and ours. */
const graphNames = (definitions: readonly DefinitionNode[]): Map<string, string> => {
  const graphs = definitions.find((definition) => definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'join__Graph');
  const values = graphs?.kind === Kind.ENUM_TYPE_DEFINITION ? (graphs.values ?? []) : [];
  return new Map(
    values.map(({ name, directives }) => {
      const [join] = named(directives, 'join__graph');
      return [name.value, (join === undefined ? undefined : argumentOf(join, 'name')) ?? name.value];
    }),
  );
};

/**
 * Reads a composed supergraph: who has which type and field, by the @join directives (https://specs.apollo.dev/join/v0.5).
 * @throws GraphQLError when the text is not SDL.
 */
export const readSupergraphModel = (supergraphSdl: string): SupergraphModel => {
  const { definitions } = parse(supergraphSdl);
  const names = graphNames(definitions);
  const nameOf: NameOf = (graph = '') => names.get(graph) ?? graph;
  const types = definitions.flatMap((definition) => toType(definition, nameOf) ?? []);
  return { subgraphs: [...names.values()], types: new Map(types.map((type) => [type.name, type])) };
};

/** True for a type that subgraphs can refer to by key. */
export const isEntity = ({ keys }: TypeModel): boolean => keys.length > 0;

/**
 * The subgraph that a type belongs to: the one that resolves most of its fields, keys aside. An entity's others extend or refer to it.
 */
export const ownerOf = ({ subgraphs, fields, keys }: TypeModel): string | undefined => {
  const keyFields = new Set(keys.flatMap((key) => key.fields.split(/[\s{}]+/)));
  const weight = (subgraph: string): number => fields.filter((field) => !keyFields.has(field.name) && field.subgraphs.includes(subgraph)).length;
  return [...subgraphs].sort((a, b) => weight(b) - weight(a))[0];
};
