import { dirname } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import { type CommandArguments, type Environment, isSet, textOption } from '../command.ts';
import { findConfig } from '../find-config.ts';
import { readTopology } from '../topology.ts';

export const usage = `Usage
  supergraph new subgraph NAME --extends ENTITY
  supergraph new view NAME --bff web|mobile [--field FIELD]
  supergraph new use-case ROOM VERB-NOUN
  supergraph new event ROOM SUBJECT.PAST-TENSE
  supergraph new --undo NAME [--bff web|mobile]

Makes a new part of the house, complete and tested.

  subgraph   its schema, rules, use cases, migration, resolvers with batched references, tests from the rule to the graph, its card, and
             its entries in supergraph.yaml, package-lock.json, README.md and CODEOWNERS. It is composed, its types are written, and its
             tests are run, the joined query through a router among them. A running supergraph dev starts it.
  view       a screen of a backend for a frontend: its operation, its module and its test, its place in views.ts and on the card; the
             OpenAPI document, the manifest and the types are written anew, and its test is run.
  use-case   a use case of a subgraph, and its test.
  event      the contract of an event that a subgraph publishes, its sample, and its place in docs/asyncapi.yaml.

When a step fails, or you press Ctrl-C before the tests, nothing is kept.

Options
  --extends ENTITY   subgraph: the entity that gets a list of the new one, for instance Product
  --type NAME        subgraph: the new entity's type (default: the singular of NAME)
  --owners TEXT      subgraph: who owns it, for CODEOWNERS (default: @supergraph/NAME)
  --bff NAME         view: the folder below bffs/
  --field FIELD      view: the field of Query it begins with (default: the one called like the view, else a list that all may see)
  --no-tests         do not run the new tests
  --undo NAME        take back a subgraph, or with --bff a view, that is not committed yet; a subgraph's embedded database goes with it
  --force            with --undo: also when its files were changed since, or git does not tell whether they are committed

Examples
  supergraph new subgraph reviews --extends Product
  supergraph new subgraph gift-cards --extends User --owners @shop/payments
  supergraph new view new-arrivals --bff web --field products
  supergraph new --undo reviews
  supergraph new --undo new-arrivals --bff web
`;

export const options = {
  extends: { type: 'string' },
  type: { type: 'string' },
  owners: { type: 'string' },
  bff: { type: 'string' },
  field: { type: 'string' },
  'no-tests': { type: 'boolean' },
  undo: { type: 'string' },
  force: { type: 'boolean' },
} as const;

const seconds = (begun: number): string => `${((performance.now() - begun) / 1_000).toFixed(1)} s`;

/** Runs the tests of what was made, unless they are not wanted. @returns the exit code. */
const tryIt = async (args: CommandArguments, { write }: Environment, root: string, tests: readonly string[], begun: number): Promise<number> => {
  if (isSet(args, 'no-tests')) return 0;
  const { runTool } = await import('./run-tool.ts');
  const { code, output } = await runTool(root, 'vitest', ['run', ...tests]);
  write(code === 0 ? `✓ its tests pass: ${tests.join(', ')} (${seconds(begun)} in all)\n` : `${output.trim()}\n✗ its tests fail\n`);
  return code === 0 ? 0 : 1;
};

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
  const code = await tryIt(args, environment, topology.root, made.testFolders, begun);
  write(`
  Try it      ${made.query}
              at http://localhost:4000/ (npm run dev; one that runs starts it by itself)
  Read        subgraphs/${room}/schema.graphql, then src/use-cases/
  Test it     npx vitest run ${made.testFolders.join(' ')}
  Everything  npm run check, npm test
  Undo        npx supergraph new --undo ${room}
`);
  return code;
};

const makeView = async (args: CommandArguments, environment: Environment): Promise<number> => {
  const begun = performance.now();
  const [, view] = args.positionals;
  const bff = textOption(args, 'bff');
  if (view === undefined || bff === undefined)
    throw new StartupError('new view needs a name and --bff', 'for instance: supergraph new view new-arrivals --bff web');
  const { write } = environment;
  const topology = readTopology(findConfig(args, environment));
  const { newView } = await import('./new-view.ts');
  const made = await newView(topology, { view, bff, field: textOption(args, 'field') });
  write(`✓ ${made.files.join(', ')}; views.ts, OpenAPI and manifest have it (${seconds(begun)})\n`);
  const code = await tryIt(args, environment, topology.root, [made.testFile], begun);
  write(`
  Write       its operation in bffs/${bff}/src/views/${view}.graphql; then npm run manifests
  Try it      ${made.path} of bffs/${bff} (npm run dev shows where it is)
  Everything  npm run check, npm test
  Undo        npx supergraph new --undo ${view} --bff ${bff}
`);
  return code;
};

const undo = async (args: CommandArguments, environment: Environment, name: string): Promise<number> => {
  const topology = readTopology(findConfig(args, environment));
  const bff = textOption(args, 'bff');
  if (bff !== undefined) {
    const { undoView } = await import('./new-view.ts');
    await undoView(topology, { view: name, bff }, isSet(args, 'force'));
    environment.write(`✓ the view ${name} of ${bff} is gone: its files, its entries, and what was written with it\n`);
    return 0;
  }
  const { undoSubgraph } = await import('./undo-subgraph.ts');
  await undoSubgraph(topology, name, isSet(args, 'force'));
  environment.write(`✓ ${name} is gone: its files, its entries, and what was composed with it\n`);
  const { dropDatabase } = await import('../databases.ts');
  environment.write(`  ${await dropDatabase(topology, name, environment.env)}\n`);
  return 0;
};

/** `supergraph new`: 0 made, 1 made and its tests fail; StartupError for a name or state that stands in the way. */
export const runNew = async (args: CommandArguments, environment: Environment): Promise<number> => {
  const undone = textOption(args, 'undo');
  if (undone !== undefined) return undo(args, environment, undone);
  const [kind, ...names] = args.positionals;
  if (kind === 'subgraph') return makeSubgraph(args, environment);
  if (kind === 'view') return makeView(args, environment);
  const root = dirname(findConfig(args, environment));
  const { makePart } = await import('./new-part.ts');
  return makePart(root, kind, names, environment.write);
};
