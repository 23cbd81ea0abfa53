import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { printSchema, ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph } from '@apollo/federation-internals';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { GRAPH } from '../clients.ts';
import { type CompositionHint, type CompositionProblem, composeSupergraph } from '../compose.ts';
import { composeContracts, readContracts } from '../contracts.ts';
import { readTopology, type Topology } from '../topology.ts';
import { withDeferDirective } from '../with-defer-directive.ts';
import { type ClientOperation, readOperations } from './client-operations.ts';
import { indexDefinitions, type SchemaText } from './definition-places.ts';

/** One side of a comparison: what the base was, or what the work tree is. */
export interface Side {
  topology: Topology;
  texts: readonly SchemaText[];
  problems: readonly CompositionProblem[];
  hints: readonly CompositionHint[];
  /** The API schema that clients see, `@defer` included, of the whole graph and of each contract, by name. Empty when the side does not compose. */
  schemas: ReadonlyMap<string, GraphQLSchema>;
  supergraphSdl: string | undefined;
  operations: readonly ClientOperation[];
  placesOf: ReturnType<typeof indexDefinitions>;
}

const textsOf = ({ root, subgraphs }: Topology): SchemaText[] =>
  subgraphs.flatMap(({ name, schemaFile }) =>
    existsSync(schemaFile) ? [{ subgraph: name, file: relative(root, schemaFile), text: readFileSync(schemaFile, 'utf8') }] : [],
  );

type Composed = Pick<Side, 'problems' | 'hints' | 'schemas' | 'supergraphSdl'>;

/** The schema that clients of the whole graph see, as text. */
export const apiSdl = (supergraphSdl: string): string =>
  printSchema(Supergraph.build(supergraphSdl, { supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, validateSupergraph: false }).apiSchema());

const compose = (topology: Topology): Composed => {
  const { supergraphSdl, problems, hints = [] } = composeSupergraph(topology);
  if (supergraphSdl === undefined) return { problems: problems ?? [], hints: [], schemas: new Map(), supergraphSdl };
  const contracts = composeContracts(supergraphSdl, readContracts(topology));
  const sdls = [[GRAPH, apiSdl(supergraphSdl)] as const, ...contracts.sdls];
  return {
    problems: contracts.problems,
    hints,
    supergraphSdl,
    schemas: new Map(sdls.map(([name, sdl]) => [name, withDeferDirective(buildSchema(sdl))])),
  };
};

/** Everything that decides what a side composes to. */
const fingerprint = (topology: Topology, texts: readonly SchemaText[]): string => {
  const settings = join(topology.root, 'router', 'router.yaml');
  const urls = topology.subgraphs.map(({ name, routingUrl }) => `${name}=${routingUrl}`);
  return JSON.stringify([urls, texts, existsSync(settings) ? JSON.stringify(readContracts(topology)) : '']);
};

/**
 * Reads and composes one side. Where nothing differs from the `other` side, what that came to is taken over.
 * @param config absolute path of its `supergraph.yaml`.
 * @throws StartupError when a file of it is wrong.
 */
export const readSide = (config: string, other?: Side): Side => {
  const topology = readTopology(config);
  const texts = textsOf(topology);
  const isSame = other !== undefined && fingerprint(topology, texts) === fingerprint(other.topology, other.texts);
  const composed: Composed = isSame ? other : compose(topology);
  const { problems, hints, schemas, supergraphSdl } = composed;
  return { topology, texts, problems, hints, schemas, supergraphSdl, operations: readOperations(topology.root), placesOf: indexDefinitions(texts) };
};
