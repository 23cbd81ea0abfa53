import { printSchema, ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph } from '@apollo/federation-internals';
import { buildASTSchema, type ConstDirectiveNode, type DocumentNode, GraphQLError, type GraphQLSchema, Kind, parse, print } from 'graphql';
import type { ContractFilter } from './contract-settings.ts';
import { withoutUnreachableTypes } from './reachable-types.ts';
import { createHider, type Names } from './tagged-elements.ts';

/** Why a filter leaves no valid schema. */
export interface ContractProblem {
  /** The schema coordinate it is about, for instance `Query.product(sku:)`. */
  coordinate: string;
  /** For instance REQUIRED_INACCESSIBLE or REFERENCED_INACCESSIBLE (https://specs.apollo.dev/inaccessible/v0.2). */
  code: string;
  message: string;
}

export type ContractOutcome = { problems: readonly ContractProblem[] } | { problems?: undefined; schema: GraphQLSchema; sdl: string };

const SPECS = 'https://specs.apollo.dev/';
const INACCESSIBLE = `directive @inaccessible on
  FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION`;
const LINK_INACCESSIBLE = `schema @link(url: "${SPECS}inaccessible/v0.2", for: SECURITY) { query: Query }`;

const textOf = ({ arguments: values = [] }: ConstDirectiveNode, argument: string): string | undefined => {
  const value = values.find(({ name }) => name.value === argument)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
};

const linksOf = (document: DocumentNode): ConstDirectiveNode[] =>
  document.definitions.flatMap((node) =>
    node.kind === Kind.SCHEMA_DEFINITION || node.kind === Kind.SCHEMA_EXTENSION
      ? (node.directives ?? []).filter(({ name }) => name.value === 'link')
      : [],
  );

/** `tag` for `https://specs.apollo.dev/tag/v0.3`, unless the link gives it another name. */
const nameOf = (link: ConstDirectiveNode): string => {
  const [, specification = ''] = /([^/]+)\/v\d+\.\d+\/?$/.exec(textOf(link, 'url') ?? '') ?? [];
  return textOf(link, 'as') ?? specification;
};

const linkedAs = (links: readonly ConstDirectiveNode[], specification: string): string | undefined =>
  links.filter((link) => textOf(link, 'url')?.startsWith(`${SPECS}${specification}/`)).map(nameOf)[0];

/** Composition links `@inaccessible` only where a subgraph uses it. */
const withInaccessible = (document: DocumentNode): DocumentNode => {
  const link = linksOf(parse(LINK_INACCESSIBLE));
  const definitions = document.definitions.map((node) =>
    node.kind === Kind.SCHEMA_DEFINITION ? { ...node, directives: [...(node.directives ?? []), ...link] } : node,
  );
  return { ...document, definitions: [...definitions, ...parse(INACCESSIBLE).definitions] };
};

const toProblems = (error: unknown): ContractProblem[] => {
  const causes = (error as { causes?: unknown }).causes;
  const errors = Array.isArray(causes) ? causes : [error];
  return errors.map((cause) => {
    if (!(cause instanceof GraphQLError)) throw error;
    const { inaccessible_elements: elements, inaccessible_referencers: referencers, code } = cause.extensions;
    const [coordinate] = [referencers, elements].flatMap((coordinates) => (Array.isArray(coordinates) ? coordinates.map(String) : []));
    return { coordinate: coordinate ?? '', code: String(code), message: cause.message };
  });
};

/**
 * The API schema of a contract: what remains of a supergraph when everything that `filter` leaves out is `@inaccessible`, and types
 * that no operation reaches are dropped. The tag of an object or interface is the tag of all its fields. Hidden elements stay usable
 * by the planner, because operations of the contract are planned on the whole supergraph.
 * Follows https://www.apollographql.com/docs/graphos/platform/schema-management/delivery/contracts/reference
 * @param supergraphSdl as composition writes it.
 * @returns the schema and its text, or what makes it invalid (a required argument gone, a field of an implemented interface gone).
 */
export const filterSupergraph = (supergraphSdl: string, filter: ContractFilter): ContractOutcome => {
  const document = parse(supergraphSdl, { noLocation: true });
  const links = linksOf(document);
  const linked = linkedAs(links, 'inaccessible');
  const names: Names = {
    tag: linkedAs(links, 'tag'),
    inaccessible: linked ?? 'inaccessible',
    prefixes: links.map((link) => `${nameOf(link)}__`),
  };
  const hide = createHider(filter, names);
  try {
    const filtered = hide(linked === undefined ? withInaccessible(document) : document);
    const api = printSchema(
      Supergraph.build(filtered, { supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, validateSupergraph: false }).apiSchema(),
    );
    const apiDocument = parse(api, { noLocation: true });
    const reached = withoutUnreachableTypes(apiDocument, buildASTSchema(apiDocument, { assumeValidSDL: true }));
    return { schema: buildASTSchema(reached, { assumeValidSDL: true }), sdl: `${print(reached)}\n` };
  } catch (error) {
    return { problems: toProblems(error) };
  }
};
