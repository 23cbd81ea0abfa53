import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLIENT_NAME } from '@supergraph/contracts/contract-settings';
import { StartupError } from '@supergraph/service/startup-error';
import { parse } from 'yaml';
import { z } from 'zod';
import { readYaml, reasonOf } from './check/settings.ts';
import { readContracts } from './contracts.ts';
import type { Topology } from './topology.ts';

/** The whole graph, as opposed to one of its contracts. */
export const GRAPH = 'graph';

/** A frontend that sends operations, as `clients/clients.yaml` and `router/router.yaml` have it. Paths are from the folder of `supergraph.yaml`. */
export interface Client {
  /** Its folder below `clients/`. */
  name: string;
  /** The contract that serves it: its operations are written against `contracts/<contract>.graphql`. `graph` when it is the whole graph. */
  contract: string;
  /** A glob of `.graphql` files. */
  operations: string;
  /** The folder of its generated types. */
  types: string;
}

export const CLIENTS_FILE = 'clients/clients.yaml';

const inside = z.string().regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$)).+$/, 'expected a path inside this folder');
const shape = z
  .record(
    z.string().regex(CLIENT_NAME, 'expected a small letter, then small letters, digits and -, at most 64'),
    z.strictObject({ operations: inside, types: inside }),
  )
  .nullable();

const readShape = (root: string): Record<string, { operations: string; types: string }> => {
  try {
    return shape.parse(parse(readFileSync(join(root, CLIENTS_FILE), 'utf8'))) ?? {};
  } catch (error) {
    throw new StartupError(`${CLIENTS_FILE}: ${reasonOf(error)}`, 'write NAME: { operations: a glob of .graphql files, types: a folder }', error);
  }
};

const settingsShape = z.object({ operations: z.object({ clients: z.array(z.string()).default([]) }).nullish() });

/** The clients that `operations.clients` of `router/router.yaml` names: they are served at /graphql. */
const clientsOfGraph = (root: string): readonly string[] =>
  readYaml(root, 'router/router.yaml', settingsShape, 'correct operations.clients').operations?.clients ?? [];

/**
 * The clients of a project; none where there is no `clients/clients.yaml`.
 * @throws StartupError when a file is wrong, or a client belongs to several contracts, or to none and not to the whole graph.
 */
export const readClients = (topology: Pick<Topology, 'root'>): Client[] => {
  if (!existsSync(join(topology.root, CLIENTS_FILE))) return [];
  const clients = readShape(topology.root);
  const contracts = Object.entries(readContracts(topology));
  const ofGraph = clientsOfGraph(topology.root);
  const unknown = [...contracts.flatMap(([, contract]) => contract.clients), ...ofGraph].find((name) => clients[name] === undefined);
  if (unknown !== undefined)
    throw new StartupError(`router/router.yaml names the client '${unknown}', which ${CLIENTS_FILE} does not have`, `add it to ${CLIENTS_FILE}`);
  return Object.entries(clients).map(([name, { operations, types }]) => {
    const serving = contracts.filter(([, contract]) => contract.clients.includes(name)).map(([contract]) => contract);
    const contract = serving[0] ?? (ofGraph.includes(name) ? GRAPH : undefined);
    if (contract === undefined || serving.length > 1)
      throw new StartupError(
        `the client '${name}' of ${CLIENTS_FILE} belongs to ${serving.length === 0 ? 'no contract' : `the contracts ${serving.join(' and ')}`}`,
        'name it in contracts.NAME.clients of router/router.yaml, once, or in operations.clients when it asks the whole graph',
      );
    return { name, contract, operations, types };
  });
};
