import {
  type ConstDirectiveNode,
  type ConstValueNode,
  type DefinitionNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  Kind,
  parse,
  valueFromASTUntyped,
} from 'graphql';

/** What `@listSize` says of a field. https://ibm.github.io/graphql-specs/cost-spec.html#sec-The-List-Size-Directive */
export interface ListSize {
  /** Items when no slicing argument tells. */
  assumedSize?: number;
  /** Arguments whose value is the number of items; of several the largest. */
  slicingArguments: readonly string[];
  /** Fields of the field's type that are the list, as `nodes` of a connection. Empty: the field itself is. */
  sizedFields: readonly string[];
  /** An operation must give exactly one slicing argument; true where the directive does not say. */
  requireOneSlicingArgument: boolean;
}

/** Weights and list sizes that a supergraph declares. */
export interface CostModel {
  /** `@cost` by coordinate: `Product`, `Product.price`, `Query.products(search:)`, `ProductFilter.name`. */
  weights: ReadonlyMap<string, number>;
  /** `@listSize` by coordinate of the field. */
  listSizes: ReadonlyMap<string, ListSize>;
}

const COST_SPEC = /^https:\/\/specs\.apollo\.dev\/cost\/v\d/;

interface DirectiveNames {
  cost: string;
  listSize: string;
}

const argumentsOf = (directive: ConstDirectiveNode): Record<string, unknown> =>
  Object.fromEntries(
    (directive.arguments ?? []).map(({ name, value }: { name: { value: string }; value: ConstValueNode }) => [
      name.value,
      valueFromASTUntyped(value),
    ]),
  );

interface Import {
  name: string;
  as: string;
}

const toImport = (item: unknown): Import | undefined => {
  if (typeof item === 'string') return { name: item, as: item };
  const { name, as = name } = (item ?? {}) as Record<string, unknown>;
  return typeof name === 'string' && typeof as === 'string' ? { name, as } : undefined;
};

/**
 * Names by the rules of https://specs.apollo.dev/link/v1.0: an import's alias, else prefixed by the link's namespace, except for the directive
 * that has the specification's own name. Composition leaves `@cost` out of the imports for that reason.
 */
const namesOf = (link: Record<string, unknown>): DirectiveNames => {
  const namespace = typeof link['as'] === 'string' ? link['as'] : 'cost';
  const imports = (Array.isArray(link['import']) ? link['import'] : []).map(toImport);
  const imported = (name: string): string | undefined => imports.find((item) => item?.name === name)?.as.slice(1);
  return { cost: imported('@cost') ?? namespace, listSize: imported('@listSize') ?? `${namespace}__listSize` };
};

const findNames = (definitions: readonly DefinitionNode[]): DirectiveNames | undefined => {
  const links = definitions
    .filter((definition) => definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION)
    .flatMap(({ directives = [] }) => directives)
    .filter(({ name }) => name.value === 'link')
    .map(argumentsOf);
  const link = links.find(({ url }) => typeof url === 'string' && COST_SPEC.test(url));
  return link && namesOf(link);
};

const strings = (value: unknown): string[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []);

interface Reading {
  names: DirectiveNames;
  weights: Map<string, number>;
  listSizes: Map<string, ListSize>;
}

const readDirectives = ({ names, weights, listSizes }: Reading, coordinate: string, directives: readonly ConstDirectiveNode[] = []): void => {
  for (const directive of directives) {
    const given = argumentsOf(directive);
    if (directive.name.value === names.cost && typeof given['weight'] === 'number') weights.set(coordinate, given['weight']);
    if (directive.name.value !== names.listSize) continue;
    const size: ListSize = {
      slicingArguments: strings(given['slicingArguments']),
      sizedFields: strings(given['sizedFields']),
      requireOneSlicingArgument: given['requireOneSlicingArgument'] !== false,
    };
    if (typeof given['assumedSize'] === 'number') size.assumedSize = given['assumedSize'];
    listSizes.set(coordinate, size);
  }
};

const readField = (reading: Reading, type: string, field: FieldDefinitionNode | InputValueDefinitionNode): void => {
  const coordinate = `${type}.${field.name.value}`;
  readDirectives(reading, coordinate, field.directives);
  if (field.kind !== Kind.FIELD_DEFINITION) return;
  for (const argument of field.arguments ?? []) readDirectives(reading, `${coordinate}(${argument.name.value}:)`, argument.directives);
};

const readDefinition = (reading: Reading, definition: DefinitionNode): void => {
  if (!('name' in definition) || definition.name === undefined || !('directives' in definition)) return;
  if (definition.kind === Kind.OPERATION_DEFINITION || definition.kind === Kind.FRAGMENT_DEFINITION) return;
  readDirectives(reading, definition.name.value, definition.directives);
  if (!('fields' in definition)) return;
  for (const field of definition.fields ?? []) readField(reading, definition.name.value, field);
};

/**
 * Reads `@cost` and `@listSize` of a supergraph (the full SDL, not the API schema: that has neither), under whatever names its `@link` gives them.
 * A supergraph that does not link the specification declares nothing.
 */
export const readCostModel = (supergraphSdl: string): CostModel => {
  const { definitions } = parse(supergraphSdl, { noLocation: true });
  const weights = new Map<string, number>();
  const listSizes = new Map<string, ListSize>();
  const names = findNames(definitions);
  if (names === undefined) return { weights, listSizes };
  for (const definition of definitions) readDefinition({ names, weights, listSizes }, definition);
  return { weights, listSizes };
};
