import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, type DefinitionNode, GraphQLError, type GraphQLSchema, Kind, parse, Source, validate } from 'graphql';
import type { Client } from './clients.ts';
import { readManifest, releasesOf } from './manifests.ts';
import { withDeferDirective } from './with-defer-directive.ts';

/** An operation of a client that its contract does not serve (any more). */
export interface OperationProblem {
  /** The client, and the version when it is released: `web-app 1.4.0`. */
  client: string;
  operation: string | undefined;
  message: string;
  /** `bffs/web/src/views/home.graphql:4:7`, or a manifest's file, document id, line and column. */
  place: string;
}

const nameOf = (definition: DefinitionNode | undefined): string | undefined =>
  definition?.kind === Kind.OPERATION_DEFINITION || definition?.kind === Kind.FRAGMENT_DEFINITION ? definition.name?.value : undefined;

/** The definition in which an error is. */
const around = ({ nodes, positions }: GraphQLError, definitions: readonly DefinitionNode[]): DefinitionNode | undefined =>
  definitions.find(({ loc }) => {
    const [node] = nodes ?? [];
    const [position = -1] = positions ?? [];
    return loc !== undefined && loc.source === node?.loc?.source && loc.start <= position && position < loc.end;
  });

const check = (
  schema: GraphQLSchema,
  client: string,
  sources: readonly Source[],
  placeOf: (source: Source, at: string) => string,
): OperationProblem[] => {
  const toProblem = (error: GraphQLError, source: Source, operation: string | undefined): OperationProblem => {
    const [{ line, column } = { line: 1, column: 1 }] = error.locations ?? [];
    return { client, operation, message: error.message, place: placeOf(source, `${line}:${column}`) };
  };
  const definitions: DefinitionNode[] = [];
  const problems = sources.flatMap((source) => {
    try {
      definitions.push(...parse(source).definitions);
      return [];
    } catch (error) {
      return [toProblem(error as GraphQLError, source, undefined)];
    }
  });
  const errors = [...validate(schema, { kind: Kind.DOCUMENT, definitions })];
  for (const definition of definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION && definition.name === undefined)
      errors.push(new GraphQLError('An operation of a client needs a name.', { nodes: definition }));
  const first = sources[0] as Source;
  return [...problems, ...errors.map((error) => toProblem(error, error.source ?? first, nameOf(around(error, definitions))))];
};

const checkSources = (root: string, client: Client, schema: GraphQLSchema): OperationProblem[] => {
  const files = globSync(client.operations, { cwd: root }).sort();
  if (files.length === 0) return [{ client: client.name, operation: undefined, message: 'The client has no operations.', place: client.operations }];
  const sources = files.map((file) => new Source(readFileSync(join(root, file), 'utf8'), file));
  return check(schema, client.name, sources, ({ name }, at) => `${name}:${at}`);
};

const checkRelease = (root: string, client: string, file: string, schema: GraphQLSchema): OperationProblem[] =>
  Object.entries(readManifest(root, file)).flatMap(([id, text]) => {
    const place = `${file}  ${id}`;
    if (id !== `sha256:${createHash('sha256').update(text).digest('hex')}`)
      return [{ client, operation: undefined, message: 'The id is not the hash of the document: a released manifest never changes.', place }];
    return check(schema, client, [new Source(text, file)], (_source, at) => `${place}  ${at}`);
  });

/**
 * Validates the operations of every client, those in its sources and those it released, against the schema of its contract.
 * @param sdls the API schema of each contract, by name, and of the whole graph.
 * @throws StartupError when a manifest cannot be read.
 */
export const checkOperations = (root: string, clients: readonly Client[], sdls: ReadonlyMap<string, string>): OperationProblem[] => {
  const schemas = new Map([...sdls].map(([name, sdl]) => [name, withDeferDirective(buildSchema(sdl))]));
  return clients.flatMap((client) => {
    const schema = schemas.get(client.contract);
    if (schema === undefined) return [];
    const releases = releasesOf(root, client).flatMap(({ version, file }) => checkRelease(root, `${client.name} ${version}`, file, schema));
    return [...checkSources(root, client, schema), ...releases];
  });
};

/** The problems as a person reads them: what is wrong, and a clickable place. */
export const describeOperationProblems = (problems: readonly OperationProblem[]): string =>
  problems
    .map(({ client, operation, message, place }) => `✗ ${client}${operation === undefined ? '' : `, ${operation}`}: ${message}\n    ${place}`)
    .join('\n');
