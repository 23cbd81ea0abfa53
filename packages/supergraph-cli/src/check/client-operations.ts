import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import { type DefinitionNode, type DocumentNode, GraphQLError, Kind, type OperationDefinitionNode, parse, Source, visit } from 'graphql';
import { type Client, GRAPH, readClients } from '../clients.ts';
import { nextManifest, readManifest, releasesOf } from '../manifests.ts';
import { readSettings } from './settings.ts';

/** One operation somebody sends. */
export interface ClientOperation {
  /** `web-app`, or `web-app 1.4.0` for a released one. */
  client: string;
  name: string;
  /** The contract that serves it, or `graph`. */
  schema: string;
  /** The operation and the fragments it needs. Every node knows its source and place. */
  document: DocumentNode;
  file: string;
  /** The id of its persisted document, and of the text that a usage file may name. */
  hash: string;
  /** False for a manifest's document: its lines are not lines of the file. */
  hasLines: boolean;
  /** How often a usage file says that it was sent. */
  requests?: number;
}

export const hashOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

const withFragments = (operation: OperationDefinitionNode, fragments: ReadonlyMap<string, DefinitionNode>): DocumentNode => {
  const needed = new Set<string>();
  const definitions: DefinitionNode[] = [operation];
  for (const definition of definitions)
    visit(definition, {
      FragmentSpread: ({ name: { value } }) => {
        const fragment = fragments.get(value);
        if (fragment === undefined || needed.has(value)) return;
        needed.add(value);
        definitions.push(fragment);
      },
    });
  return { kind: Kind.DOCUMENT, definitions };
};

const parseAll = (sources: readonly Source[]): DefinitionNode[] =>
  sources.flatMap((source) => {
    try {
      return [...parse(source).definitions];
    } catch (error) {
      const { line = 1, column = 1 } = (error instanceof GraphQLError && error.locations?.[0]) || {};
      throw new StartupError(`${source.name}:${line}:${column}: ${(error as Error).message}`, 'correct the operation', error);
    }
  });

interface Origin {
  client: string;
  schema: string;
  hasLines: boolean;
}

/**
 * Each operation of some texts that share their fragments.
 * @throws StartupError naming the place that does not parse.
 */
export const operationsIn = (texts: readonly { text: string; file: string }[], origin: Origin): ClientOperation[] => {
  const definitions = parseAll(texts.map(({ text, file }) => new Source(text, file)));
  const fragments = new Map(definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [])));
  return definitions.flatMap((node) => {
    if (node.kind !== Kind.OPERATION_DEFINITION) return [];
    const source = node.loc?.source ?? new Source('');
    return [
      { ...origin, name: node.name?.value ?? '(anonymous)', document: withFragments(node, fragments), file: source.name, hash: hashOf(source.body) },
    ];
  });
};

const globbed = (root: string, pattern: string): { text: string; file: string }[] =>
  globSync(pattern, { cwd: root })
    .map((file) => file.replaceAll('\\', '/'))
    .sort()
    .map((file) => ({ text: readFileSync(join(root, file), 'utf8'), file }));

/** The operations in a client's sources, by the id under which it may send each. */
const written = (root: string, client: Client): ClientOperation[] => {
  const origin = { client: client.name, schema: client.contract, hasLines: true };
  const named = ([hash, text]: [string, string]) => operationsIn([{ text, file: client.name }], origin).map(({ name }) => [name, hash] as const);
  const ids = new Map(Object.entries(nextManifest(root, client)).flatMap(named));
  return operationsIn(globbed(root, client.operations), origin).map((operation) => ({
    ...operation,
    hash: ids.get(operation.name) ?? operation.hash,
  }));
};

const released = (root: string, client: Client): ClientOperation[] =>
  releasesOf(root, client).flatMap(({ version, file }) => {
    const origin = { client: `${client.name} ${version}`, schema: client.contract, hasLines: false };
    const documents = Object.entries(readManifest(root, file));
    return documents.flatMap(([hash, text]) => operationsIn([{ text, file }], origin).map((operation) => ({ ...operation, hash })));
  });

/**
 * The operations a project knows of: the sources of each client of `clients/clients.yaml`, its released manifests
 * `clients/NAME/VERSION.json`, and the sets that `supergraph.check.yaml` names.
 * @param root absolute path of the folder that holds `supergraph.yaml`.
 * @throws StartupError naming the file that cannot be read.
 */
export const readOperations = (root: string): ClientOperation[] => {
  const ofClients = readClients({ root }).flatMap((client) => [...written(root, client), ...released(root, client)]);
  const ofSets = Object.entries(readSettings(root).operations).flatMap(([client, pattern]) =>
    globbed(root, pattern).flatMap((source) => operationsIn([source], { client, schema: GRAPH, hasLines: true })),
  );
  return [...ofClients, ...ofSets];
};
