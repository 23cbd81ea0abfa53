import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLIENT_NAME } from '@supergraph/contracts/contract-settings';
import { StartupError } from '@supergraph/service/startup-error';
import { parse } from 'yaml';
import { z } from 'zod';
import { readContracts } from './contracts.ts';
import type { Topology } from './topology.ts';

/** A frontend that sends operations, as `clients/clients.yaml` and `router/router.yaml` have it. Paths are from the folder of `supergraph.yaml`. */
export interface Client {
  /** Its folder below `clients/`. */
  name: string;
  /** The contract that serves it: its operations are written against `contracts/<contract>.graphql`. */
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
    const reason =
      error instanceof z.ZodError
        ? error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
        : (error as Error).message.split('\n')[0];
    throw new StartupError(`${CLIENTS_FILE}: ${reason}`, 'write NAME: { operations: a glob of .graphql files, types: a folder }', error);
  }
};

/**
 * The clients of a project; none where there is no `clients/clients.yaml`.
 * @throws StartupError when a file is wrong, or a client does not belong to exactly one contract.
 */
export const readClients = (topology: Pick<Topology, 'root'>): Client[] => {
  if (!existsSync(join(topology.root, CLIENTS_FILE))) return [];
  const clients = readShape(topology.root);
  const contracts = Object.entries(readContracts(topology));
  const unknown = contracts.flatMap(([, contract]) => contract.clients).find((name) => clients[name] === undefined);
  if (unknown !== undefined)
    throw new StartupError(`router/router.yaml names the client '${unknown}', which ${CLIENTS_FILE} does not have`, `add it to ${CLIENTS_FILE}`);
  return Object.entries(clients).map(([name, { operations, types }]) => {
    const serving = contracts.filter(([, contract]) => contract.clients.includes(name)).map(([contract]) => contract);
    const [contract] = serving;
    if (contract === undefined || serving.length > 1)
      throw new StartupError(
        `the client '${name}' of ${CLIENTS_FILE} belongs to ${serving.length === 0 ? 'no contract' : `the contracts ${serving.join(' and ')}`}`,
        'name it in contracts.NAME.clients of router/router.yaml, once',
      );
    return { name, contract, operations, types };
  });
};
