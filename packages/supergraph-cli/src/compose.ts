import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { composeServices } from '@apollo/composition';
import { StartupError } from '@supergraph/service/startup-error';
import { type DocumentNode, type GraphQLError, parse, Source } from 'graphql';
import type { Subgraph, Topology } from './topology.ts';

/** Why the subgraphs do not compose, and where to look. */
export interface CompositionProblem {
  /** For instance `INVALID_FIELD_SHARING` (https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/errors). */
  code: string;
  message: string;
  /** Each place that takes part. */
  places: { subgraph: string; coordinate: string | undefined; file: string; line: number; column: number }[];
}

export type Composition = { supergraphSdl: string; problems?: undefined } | { supergraphSdl?: undefined; problems: CompositionProblem[] };

interface SubgraphDocument extends Subgraph {
  /** The schema's path as people know it, from the folder of supergraph.yaml. */
  shownFile: string;
  typeDefs: DocumentNode;
}

type Place = CompositionProblem['places'][number];

/** `Type.field` of the definition that starts at or encloses a line, so that a place has a name as well as a number. */
const coordinateAt = ({ typeDefs }: SubgraphDocument, line: number): string | undefined => {
  for (const definition of typeDefs.definitions) {
    if (!('fields' in definition) || definition.name === undefined || definition.loc === undefined) continue;
    if (line < definition.loc.startToken.line || line > definition.loc.endToken.line) continue;
    const field = definition.fields?.find(({ loc }) => loc !== undefined && line >= loc.startToken.line && line <= loc.endToken.line);
    return field === undefined ? definition.name.value : `${definition.name.value}.${field.name.value}`;
  }
  return undefined;
};

const placesOfNodes = (error: GraphQLError, documents: readonly SubgraphDocument[]): Place[] =>
  (error.nodes ?? []).flatMap(({ loc }) => {
    const document = documents.find(({ shownFile }) => shownFile === loc?.source.name);
    if (loc === undefined || document === undefined) return [];
    const { line, column } = loc.startToken;
    return [{ subgraph: document.name, coordinate: coordinateAt(document, line), file: document.shownFile, line, column }];
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
  const places = placesOfNodes(error, documents);
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

/**
 * Composes the schema files of a topology into one supergraph with @apollo/composition (Federation 2).
 * @throws StartupError when a schema file cannot be read.
 */
export const composeSupergraph = ({ root, subgraphs }: Topology): Composition => {
  const documents: SubgraphDocument[] = [];
  const problems: CompositionProblem[] = [];
  for (const subgraph of subgraphs) {
    const { shownFile, text } = readSchema(subgraph, root);
    try {
      documents.push({ ...subgraph, shownFile, typeDefs: parse(new Source(text, shownFile)) });
    } catch (error) {
      problems.push(syntaxProblem(subgraph.name, shownFile, error as GraphQLError));
    }
  }
  if (problems.length > 0) return { problems };
  const { supergraphSdl, errors } = composeServices(documents.map(({ name, routingUrl, typeDefs }) => ({ name, url: routingUrl, typeDefs })));
  if (supergraphSdl !== undefined) return { supergraphSdl: `${supergraphSdl.trim()}\n` };
  return { problems: (errors ?? []).map((error) => toProblem(error, documents)) };
};

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
