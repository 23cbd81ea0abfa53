import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { composeServices } from '@apollo/composition';
import { StartupError } from '@supergraph/service/startup-error';
import { type ASTNode, type DocumentNode, type GraphQLError, parse, Source } from 'graphql';
import type { Subgraph, Topology } from './topology.ts';

/** Why the subgraphs do not compose, and where to look. */
export interface CompositionProblem {
  /** For instance `INVALID_FIELD_SHARING` (https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/errors). */
  code: string;
  message: string;
  /** Each place that takes part. */
  places: Place[];
}

/** A token in a schema: lines and columns from 1, offsets in UTF-16 units from 0. */
export interface TokenPosition {
  start: number;
  end: number;
  line: number;
  column: number;
}

interface Place {
  subgraph: string;
  coordinate: string | undefined;
  file: string;
  line: number;
  column: number;
  /** The first and last token, where the composer tells the definition and not only its name. */
  tokens?: { start: TokenPosition; end: TokenPosition };
}

/** Something that composes, and that somebody should know (https://www.apollographql.com/docs/graphos/reference/federation/hints). */
export interface CompositionHint extends CompositionProblem {
  level: 'WARN' | 'INFO' | 'DEBUG';
}

export type Composition =
  | { supergraphSdl: string; hints: CompositionHint[]; problems?: undefined }
  | { supergraphSdl?: undefined; hints?: undefined; problems: CompositionProblem[] };

/** A subgraph's schema as text, wherever it came from. */
export interface SubgraphSource {
  name: string;
  routingUrl: string;
  /** The schema's path as people know it, from the folder of supergraph.yaml. */
  shownFile: string;
  text: string;
}

interface SubgraphDocument {
  name: string;
  routingUrl: string;
  shownFile: string;
  typeDefs: DocumentNode;
}

const positionOf = ({ start, end, line, column }: TokenPosition): TokenPosition => ({ start, end, line, column });

/** `Type.field` of the definition that an offset is in, so that a place has a name as well as a number. */
const coordinateAt = ({ typeDefs }: SubgraphDocument, offset: number): string | undefined => {
  const encloses = ({ loc }: ASTNode): boolean => loc !== undefined && loc.start <= offset && offset < loc.end;
  for (const definition of typeDefs.definitions) {
    if (!('fields' in definition) || definition.name === undefined || !encloses(definition)) continue;
    const field = definition.fields?.find(encloses);
    return field === undefined ? definition.name.value : `${definition.name.value}.${field.name.value}`;
  }
  return undefined;
};

const placesOfNodes = (nodes: readonly ASTNode[] = [], documents: readonly SubgraphDocument[]): Place[] =>
  nodes.flatMap(({ loc }) => {
    const document = documents.find(({ shownFile }) => shownFile === loc?.source.name);
    if (loc === undefined || document === undefined) return [];
    const { line, column } = loc.startToken;
    const tokens = { start: positionOf(loc.startToken), end: positionOf(loc.endToken) };
    return [{ subgraph: document.name, coordinate: coordinateAt(document, loc.start), file: document.shownFile, line, column, tokens }];
  });

/** Some errors carry no place, only a coordinate in their text: `"User.orders"`. */
const placesOfText = (message: string, documents: readonly SubgraphDocument[]): Place[] => {
  const coordinates = new Set(
    [...message.matchAll(/"([A-Z]\w*)(?:\.(\w+))?(?:\([^"]*)?"/g)].map(([, type, field]) => (field === undefined ? `${type}` : `${type}.${field}`)),
  );
  return documents.flatMap((document) =>
    document.typeDefs.definitions.flatMap((definition) => {
      if (!('fields' in definition) || definition.name === undefined) return [];
      const type = definition.name.value;
      const fields = (definition.fields ?? []).map((field) => ({ coordinate: `${type}.${field.name.value}`, loc: field.name.loc }));
      return [{ coordinate: type, loc: definition.name.loc }, ...fields].flatMap(({ coordinate, loc }) =>
        coordinates.has(coordinate) && loc !== undefined
          ? [{ subgraph: document.name, coordinate, file: document.shownFile, line: loc.startToken.line, column: loc.startToken.column }]
          : [],
      );
    }),
  );
};

const toProblem = (error: GraphQLError, documents: readonly SubgraphDocument[]): CompositionProblem => {
  const places = placesOfNodes(error.nodes, documents);
  return {
    code: String(error.extensions['code'] ?? 'INVALID_GRAPHQL'),
    message: error.message,
    places: places.length > 0 ? places : placesOfText(error.message, documents),
  };
};

const readSchema = (subgraph: Subgraph, root: string): { shownFile: string; text: string } => {
  const shownFile = relative(root, subgraph.schemaFile);
  try {
    return { shownFile, text: readFileSync(subgraph.schemaFile, 'utf8') };
  } catch (error) {
    throw new StartupError(
      `the schema of subgraph '${subgraph.name}' cannot be read: ${shownFile}`,
      `create the file, or correct subgraphs.${subgraph.name}.schema.file in supergraph.yaml`,
      error,
    );
  }
};

const syntaxProblem = (subgraph: string, file: string, error: GraphQLError): CompositionProblem => {
  const { line = 1, column = 1 } = error.locations?.[0] ?? {};
  return { code: 'INVALID_GRAPHQL', message: error.message, places: [{ subgraph, coordinate: undefined, file, line, column }] };
};

const LEVELS = ['WARN', 'INFO', 'DEBUG'] as const;

/**
 * Composes schemas into one supergraph with @apollo/composition (Federation 2). A schema that is no GraphQL is a problem like any other.
 */
export const composeDocuments = (sources: readonly SubgraphSource[]): Composition => {
  const documents: SubgraphDocument[] = [];
  const problems: CompositionProblem[] = [];
  for (const { name, routingUrl, shownFile, text } of sources) {
    try {
      documents.push({ name, routingUrl, shownFile, typeDefs: parse(new Source(text, shownFile)) });
    } catch (error) {
      problems.push(syntaxProblem(name, shownFile, error as GraphQLError));
    }
  }
  if (problems.length > 0) return { problems };
  const services = documents.map(({ name, routingUrl, typeDefs }) => ({ name, url: routingUrl, typeDefs }));
  const { supergraphSdl, errors, hints = [] } = composeServices(services);
  if (supergraphSdl === undefined) return { problems: (errors ?? []).map((error) => toProblem(error, documents)) };
  return {
    supergraphSdl: `${supergraphSdl.trim()}\n`,
    hints: hints.map(({ definition: { code, level }, message, nodes }) => ({
      code,
      level: LEVELS.find((name) => name === level.name) ?? 'INFO',
      message,
      places: placesOfNodes(nodes, documents),
    })),
  };
};

/**
 * Composes the schema files of a topology.
 * @throws StartupError when a schema file cannot be read.
 */
export const composeSupergraph = ({ root, subgraphs }: Topology): Composition =>
  composeDocuments(subgraphs.map((subgraph) => ({ name: subgraph.name, routingUrl: subgraph.routingUrl, ...readSchema(subgraph, root) })));

/** The problems as a person reads them: code, message, and one clickable place a line. */
export const describeProblems = (problems: readonly CompositionProblem[]): string =>
  problems
    .map(({ code, message, places }) => {
      const at = places.map(
        ({ subgraph, coordinate, file, line, column }) =>
          `    ${file}:${line}:${column}  ${subgraph}${coordinate === undefined ? '' : ` ${coordinate}`}`,
      );
      return [`✗ ${code}: ${message}`, ...at].join('\n');
    })
    .join('\n');
