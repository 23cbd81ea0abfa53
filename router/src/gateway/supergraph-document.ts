import { type DocumentNode, Kind, parse, type StringValueNode } from 'graphql';

/** A subgraph as the supergraph names it. */
export interface NamedSubgraph {
  /** As the query plans name it. */
  name: string;
  url: string;
}

/** The subgraphs of a supergraph: the values of `join__Graph` (https://specs.apollo.dev/join/v0.3/#@graph). */
export const subgraphsOf = (supergraph: DocumentNode): NamedSubgraph[] => {
  const graphs = supergraph.definitions.find((node) => node.kind === Kind.ENUM_TYPE_DEFINITION && node.name.value === 'join__Graph');
  if (graphs?.kind !== Kind.ENUM_TYPE_DEFINITION) return [];
  return (graphs.values ?? []).flatMap(({ directives }) => {
    const graph = directives?.find(({ name }) => name.value === 'join__graph');
    const argumentOf = (argument: string): string | undefined =>
      (graph?.arguments?.find(({ name }) => name.value === argument)?.value as StringValueNode | undefined)?.value;
    const [name, url] = [argumentOf('name'), argumentOf('url')];
    return name === undefined ? [] : [{ name, url: url ?? '' }];
  });
};

export const parseSupergraph = (supergraphSdl: string): DocumentNode => parse(supergraphSdl, { noLocation: true });
