import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Contract, type ContractFilter, contractsOf } from '@supergraph/contracts/contract-settings';
import { filterSupergraph } from '@supergraph/contracts/filter-supergraph';
import { StartupError } from '@supergraph/service/startup-error';
import { parse } from 'yaml';
import { ZodError } from 'zod';
import type { CompositionProblem } from './compose.ts';
import type { Topology } from './topology.ts';

const settingsFile = ({ root }: Pick<Topology, 'root'>): string => join(root, 'router', 'router.yaml');

/**
 * The contracts that `router/router.yaml` names; none where there is no such file.
 * @throws StartupError naming the entry that is wrong.
 */
export const readContracts = (topology: Pick<Topology, 'root'>): Readonly<Record<string, Contract>> => {
  const file = settingsFile(topology);
  if (!existsSync(file)) return {};
  try {
    return contractsOf(parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const reason =
      error instanceof ZodError
        ? error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
        : (error as Error).message.split('\n')[0];
    throw new StartupError(`${relative(process.cwd(), file)}: ${reason}`, 'correct the contracts section', error);
  }
};

/** The API schema of each contract as text, by name, or why a filter leaves no valid schema. */
export const composeContracts = (
  supergraphSdl: string,
  contracts: Readonly<Record<string, ContractFilter>>,
): { sdls: ReadonlyMap<string, string>; problems: CompositionProblem[] } => {
  const sdls = new Map<string, string>();
  const problems: CompositionProblem[] = [];
  for (const [name, filter] of Object.entries(contracts)) {
    const outcome = filterSupergraph(supergraphSdl, filter);
    if (outcome.problems === undefined) sdls.set(name, outcome.sdl);
    else
      for (const { code, coordinate, message } of outcome.problems)
        problems.push({ code, message: `contract '${name}', ${coordinate}: ${message}`, places: [] });
  }
  return { sdls, problems };
};
