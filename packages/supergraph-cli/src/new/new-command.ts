import { dirname } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import { type CommandArguments, type Environment, isSet, textOption } from '../command.ts';
import { findConfig } from '../find-config.ts';
import { readTopology } from '../topology.ts';

export const usage = `Usage
  supergraph new subgraph NAME --extends ENTITY
  supergraph new use-case ROOM VERB-NOUN
  supergraph new event ROOM SUBJECT.PAST-TENSE
  supergraph new view BFF NAME
  supergraph new --undo NAME

Makes a new part of the house, complete and tested: a subgraph has its schema, rules, use cases, migration, resolvers with batched
references, tests from the rule to the graph, its card, and its entries in supergraph.yaml, package-lock.json, README.md and CODEOWNERS.
It is then composed, its types are written and its tests are run. When a step fails nothing is kept. A running supergraph dev starts it.

Options
  --extends ENTITY   the entity that gets a list of the new one, for instance Product
  --type NAME        the new entity's type (default: the singular of NAME)
  --owners TEXT      who owns it, for CODEOWNERS (default: @supergraph/NAME)
  --no-tests         do not run the new tests
  --undo NAME        take back a subgraph that is not committed yet
  --force            with --undo: also when its files were changed since

Examples
  supergraph new subgraph reviews --extends Product
  supergraph new subgraph gift-cards --extends User --owners @shop/payments
  supergraph new --undo reviews
`;

export const options = {
  extends: { type: 'string' },
  type: { type: 'string' },
  owners: { type: 'string' },
  'no-tests': { type: 'boolean' },
  undo: { type: 'string' },
  force: { type: 'boolean' },
} as const;

const seconds = (begun: number): string => `${((performance.now() - begun) / 1_000).toFixed(1)} s`;

const makeSubgraph = async (args: CommandArguments, environment: Environment): Promise<number> => {
  const begun = performance.now();
  const [, room] = args.positionals;
  const entity = textOption(args, 'extends');
  if (room === undefined || entity === undefined)
    throw new StartupError('new subgraph needs a name and --extends ENTITY', 'for instance: supergraph new subgraph reviews --extends Product');
  const { write } = environment;
  const topology = readTopology(findConfig(args, environment));
  const { newSubgraph } = await import('./new-subgraph.ts');
  const request = { room, extends: entity, type: textOption(args, 'type'), owners: textOption(args, 'owners') };
  const made = await newSubgraph(topology, request, (step) => write(`  ✓ ${step}\n`));
  write(`✓ subgraphs/${room}: ${made.names.type}, and ${entity}.${made.names.many} on port ${made.port} (${seconds(begun)})\n`);
  const closing = `
  Try it    ${made.query}
            at http://localhost:4000/ (npm run dev; one that runs starts it by itself)
  Read      subgraphs/${room}/schema.graphql, then src/use-cases/
  Undo      npx supergraph new --undo ${room}
`;
  if (isSet(args, 'no-tests')) {
    write(closing);
    return 0;
  }
  const { runTool } = await import('./run-tool.ts');
  const { code, output } = await runTool(topology.root, 'vitest', ['run', ...made.testFolders]);
  write(code === 0 ? `✓ its tests pass: ${made.testFolders.join(', ')} (${seconds(begun)} in all)\n` : `${output.trim()}\n✗ its tests fail\n`);
  write(closing);
  return code === 0 ? 0 : 1;
};

const undo = async (args: CommandArguments, environment: Environment, room: string): Promise<number> => {
  const topology = readTopology(findConfig(args, environment));
  const { undoSubgraph } = await import('./undo-subgraph.ts');
  await undoSubgraph(topology, room, isSet(args, 'force'));
  environment.write(`✓ ${room} is gone: its files, its entries, and what was composed with it\n`);
  return 0;
};

/** `supergraph new`: 0 made, 1 made and its tests fail; StartupError for a name or state that stands in the way. */
export const runNew = async (args: CommandArguments, environment: Environment): Promise<number> => {
  const undone = textOption(args, 'undo');
  if (undone !== undefined) return undo(args, environment, undone);
  const [kind, ...names] = args.positionals;
  if (kind === 'subgraph') return makeSubgraph(args, environment);
  const root = dirname(findConfig(args, environment));
  const { makePart } = await import('./new-part.ts');
  return makePart(root, kind, names, environment.write);
};
