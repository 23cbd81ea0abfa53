import type { Running } from '@supergraph/service/process';
import { StartupError } from '@supergraph/service/startup-error';
import type { CommandArguments, Environment } from '../command.ts';
import { findConfig } from '../find-config.ts';
import { nearestName } from '../nearest-name.ts';
import { readTopology, type Topology } from '../topology.ts';
import { SHORTCUTS_LINE } from './shortcuts.ts';

export const usage = `Usage
  supergraph dev [--mock SUBGRAPH …]

Starts everything, as supergraph start does, each part (a subgraph, the router, REST, a BFF) in a process of its own, and watches:
  a saved source file      its process restarts, alone; a save in packages/ restarts all
  a saved schema           is composed, the router swaps it in, the subgraph restarts, types are written
  one that does not fit    the last good supergraph serves on; the place is shown with its lines
  a saved supergraph.yaml  new subgraphs are started, those that are gone are stopped
  a process that dies      is started again, after 0.5 s, 1 s, 2 s … 30 s

Options
  --mock SUBGRAPH   answer for this subgraph from its schema, with plausible data that are the same in every run; may be given several
                    times. It has no gRPC, no events and none of its other routes: REST cannot ask it. With --mock user nobody can sign
                    in and no access token is accepted; what needs no sign-in works as ever.

Keys, on a terminal
  ${SHORTCUTS_LINE}

Environment
  PORT_OFFSET=N, *_DATABASE_URL, MESSAGE_BUS_URL, HOST: as for supergraph start
`;

export const options = { mock: { type: 'string', multiple: true } } as const;

const mockedOf = ({ values }: CommandArguments, { subgraphs }: Topology): string[] => {
  const given = Array.isArray(values['mock']) ? values['mock'].map(String) : [];
  const names = subgraphs.map(({ name }) => name);
  const unknown = given.find((name) => !names.includes(name));
  if (unknown === undefined) return given;
  const near = nearestName(unknown, names);
  throw new StartupError(
    `there is no subgraph '${unknown}' to mock`,
    `${near === undefined ? '' : `did you mean ${near}? `}one of: ${names.join(', ')}`,
  );
};

/** `supergraph dev`: runs until it is stopped. */
export const runDev = async (args: CommandArguments, environment: Environment): Promise<Running> => {
  const configFile = findConfig(args, environment);
  const topology = readTopology(configFile);
  const mocked = mockedOf(args, topology);
  const { startDev } = await import('../dev.ts');
  return startDev({ topology, configFile, mocked, env: environment.env, write: environment.write });
};
