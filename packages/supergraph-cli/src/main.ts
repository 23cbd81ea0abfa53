import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runProcess } from '@supergraph/service/process';
import { StartupError } from '@supergraph/service/startup-error';
import { readTopology, type Topology } from './topology.ts';

const USAGE = `supergraph — runs and checks a federated GraphQL supergraph

Usage
  supergraph start              start everything: PostgreSQL, subgraphs, router, REST (npm start)
  supergraph dev                the same, and restart what changes (npm run dev)
  supergraph compose            write supergraph.graphql and contracts/ (npm run compose)
  supergraph compose --check    exit 1 when they are stale or the subgraphs do not compose
  supergraph import FOLDER      import the five CSV files of a folder (npm run import -- FOLDER)

Options
  --config FILE   the topology (default: supergraph.yaml here or in a folder above)
  --help          this text

Exit codes: 0 fine, 1 findings, 2 usage or configuration.
`;

const findConfig = (): string => {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const file = join(folder, 'supergraph.yaml');
    if (existsSync(file)) return file;
    if (folder === dirname(folder))
      throw new StartupError('there is no supergraph.yaml here or in a folder above', 'change to the project, or name it: --config FILE');
  }
};

const readArguments = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { config: { type: 'string' }, check: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    throw new StartupError((error as Error).message, 'see supergraph --help', error);
  }
};

const write = (text: string): void => void process.stdout.write(text);

const compose = async (topology: Topology, isCheck: boolean): Promise<number> => {
  const { describeProblems } = await import('./compose.ts');
  const { updateComposedFiles } = await import('./composed-files.ts');
  const outcome = updateComposedFiles(topology, { write: !isCheck });
  if (outcome.problems !== undefined) {
    process.stderr.write(`${describeProblems(outcome.problems)}\n`);
    return 1;
  }
  const files = outcome.stale.join(', ');
  if (isCheck && files !== '') {
    process.stderr.write(`✗ stale: ${files}\n  → npm run compose, and commit what it writes\n`);
    return 1;
  }
  write(files === '' ? '✓ supergraph.graphql and contracts are fresh\n' : `✓ written: ${files}\n`);
  return 0;
};

const importFolder = async (topology: Topology, folder: string | undefined): Promise<number> => {
  if (folder === undefined) throw new StartupError('import needs a folder', 'for instance: npm run import -- data/online-retail');
  const { describeSummary, importDataset } = await import('./import.ts');
  const { startDatabases } = await import('./databases.ts');
  const databases = await startDatabases(topology, process.env);
  try {
    const summary = await importDataset({ topology, folder: resolve(folder), env: { ...process.env, ...databases.env }, write });
    write(describeSummary(summary));
    return Object.values(summary).some(({ rejected }) => rejected > 0) ? 1 : 0;
  } finally {
    await databases.stop();
  }
};

await runProcess('supergraph', async () => {
  const { values, positionals } = readArguments();
  const [command, argument] = positionals;
  const finish = (code: number): never => process.exit(code);
  if (values.help || command === undefined) {
    write(USAGE);
    return finish(values.help ? 0 : 2);
  }
  const topology = readTopology(resolve(values.config ?? findConfig()));
  const options = { topology, env: process.env, write };
  switch (command) {
    case 'start':
      return (await import('./house.ts')).startHouse(options);
    case 'dev':
      return (await import('./dev.ts')).startDev(options);
    case 'compose':
      return finish(await compose(topology, values.check ?? false));
    case 'import':
      return finish(await importFolder(topology, argument));
    default:
      throw new StartupError(`there is no command '${command}'`, 'see supergraph --help');
  }
});
