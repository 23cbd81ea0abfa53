import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import { type CommandArguments, type Environment, EnvironmentError, isSet, textOption } from '../command.ts';
import { type CompositionHint, composeDocuments, describeProblems, type SubgraphSource } from '../compose.ts';
import { updateComposedFiles, writeWhole } from '../composed-files.ts';
import { findConfig } from '../find-config.ts';
import { readTopology } from '../topology.ts';
import { readSources } from './read-sources.ts';
import { parseRoverConfig } from './rover-config.ts';
import { buildErrorEnvelope, describeBuildErrors, describeHints, failureEnvelope, type RoverEnvelope, successEnvelope } from './rover-output.ts';

export const usage = `Usage
  supergraph compose [--check]
  supergraph compose --config FILE|- [--output FILE] [--format plain|json]

Without --config, --output or --format it composes this checkout: supergraph.graphql, and contracts/NAME.graphql for every contract of
router/router.yaml. A file is written whole or not at all.

With one of them it does what \`rover supergraph compose\` does: the supergraph on standard output, progress and hints on standard error.
Schemas come from files, from running subgraphs (subgraph_url) or stand in the configuration (sdl); \${env.NAME:-default} and \${file.path}
are replaced. A subgraph of this house answers subgraph_url when NAME_INTERNAL_KEY holds its key.

Options
  --check               write nothing; exit 1 when the checkout's files are stale or the subgraphs do not compose
  --write               update the files beside --config FILE, as without --config
  --config FILE|-       a supergraph.yaml; - reads it from standard input
  --output FILE, -o     write the supergraph (or the JSON) there
  --format plain|json   json: one object with data and error, Rover's envelope
  --hints               print hints of level INFO as well, not only WARN
  --federation-version VERSION   instead of the configuration's federation_version
  --elv2-license accept, --skip-update   taken and not needed: nothing is downloaded

Examples
  supergraph compose
  supergraph compose --config supergraph.yaml --output prod.graphql
  cat supergraph.yaml | supergraph compose --config - --format json
`;

export const options = {
  config: { type: 'string' },
  check: { type: 'boolean' },
  write: { type: 'boolean' },
  output: { type: 'string', short: 'o' },
  format: { type: 'string' },
  hints: { type: 'boolean' },
  'federation-version': { type: 'string' },
  'elv2-license': { type: 'string' },
  'skip-update': { type: 'boolean' },
} as const;

/** The version of @apollo/composition that this composes with. */
export const COMPOSER_VERSION: string = createRequire(import.meta.url)('@apollo/composition/package.json').version;

const composeCheckout = (args: CommandArguments, environment: Environment): number => {
  const isCheck = isSet(args, 'check');
  const outcome = updateComposedFiles(readTopology(findConfig(args, environment)), { write: !isCheck });
  if (outcome.problems !== undefined) {
    environment.writeError(`${describeProblems(outcome.problems)}\n`);
    return 1;
  }
  environment.writeError(describeHints(wanted(outcome.hints, args)));
  const files = outcome.stale.join(', ');
  if (isCheck && files !== '') {
    environment.writeError(`✗ stale: ${files}\n  → npm run compose, and commit what it writes\n`);
    return 1;
  }
  environment.write(files === '' ? '✓ supergraph.graphql and contracts are fresh\n' : `✓ written: ${files}\n`);
  return 0;
};

const wanted = (hints: readonly CompositionHint[], args: CommandArguments): CompositionHint[] =>
  hints.filter(({ level }) => level === 'WARN' || (level === 'INFO' && isSet(args, 'hints')));

const EXACT = /^=(\d+\.\d+\.\d+)$/;

/** We compose with the one version that is installed, and say so where another is asked for. */
const checkVersion = (version: string | undefined, { writeError }: Environment): void => {
  if (version === undefined || version === '2' || EXACT.exec(version)?.[1] === COMPOSER_VERSION) return;
  if (EXACT.test(version) && version.startsWith('=2.')) {
    writeError(`WARN: federation_version is ${version}; composed with ${COMPOSER_VERSION}, the version that is installed\n`);
    return;
  }
  throw new StartupError(`federation_version is '${version}'`, `expected 2 or =${COMPOSER_VERSION}: Federation 1 is not composed here`);
};

const readConfig = (args: CommandArguments, environment: Environment): { text: string; shown: string; root: string } => {
  if (textOption(args, 'config') === '-') return { text: readFileSync(0, 'utf8'), shown: 'standard input', root: environment.cwd };
  const file = findConfig(args, environment);
  const shown = relative(environment.cwd, file);
  try {
    return { text: readFileSync(file, 'utf8'), shown, root: dirname(file) };
  } catch (error) {
    throw new StartupError(`${shown} cannot be read: ${(error as Error).message}`, 'name a supergraph.yaml: --config FILE', error);
  }
};

interface Outcome {
  exitCode: number;
  /** What standard output or --output gets; undefined for nothing. */
  plain: string | undefined;
  envelope: RoverEnvelope;
}

const composeLikeRover = async (args: CommandArguments, environment: Environment): Promise<Outcome> => {
  const { text, shown, root } = readConfig(args, environment);
  const config = parseRoverConfig(text, shown, { env: environment.env, folder: environment.cwd });
  checkVersion(textOption(args, 'federation-version') ?? config.federationVersion, environment);
  const sources: readonly SubgraphSource[] = await readSources(config, { root, env: environment.env });
  environment.writeError(`composing supergraph with Federation v${COMPOSER_VERSION}\n`);
  const composed = composeDocuments(sources);
  if (composed.problems !== undefined) {
    environment.writeError(describeBuildErrors(composed.problems));
    return { exitCode: 1, plain: undefined, envelope: buildErrorEnvelope(composed.problems, sources) };
  }
  const hints = wanted(composed.hints, args);
  environment.writeError(describeHints(hints));
  return { exitCode: 0, plain: composed.supergraphSdl, envelope: successEnvelope(composed.supergraphSdl, hints, sources, COMPOSER_VERSION) };
};

const deliver = (text: string, file: string | undefined, { cwd, write, writeError }: Environment): void => {
  if (file === undefined) {
    write(text);
    return;
  }
  try {
    writeWhole(resolve(cwd, file), text);
  } catch (error) {
    throw new EnvironmentError(`${file} cannot be written: ${(error as Error).message}`, 'name a file that can be: --output FILE', error);
  }
  writeError(`✓ written: ${file}\n`);
};

const roverMode = async (args: CommandArguments, environment: Environment): Promise<number> => {
  const isJson = textOption(args, 'format') === 'json';
  const file = textOption(args, 'output');
  const json = (envelope: RoverEnvelope): string => `${JSON.stringify(envelope)}\n`;
  try {
    const { exitCode, plain, envelope } = await composeLikeRover(args, isJson ? { ...environment, writeError: () => undefined } : environment);
    if (isJson) deliver(json(envelope), file, environment);
    else if (plain !== undefined) deliver(plain, file, environment);
    return exitCode;
  } catch (error) {
    if (isJson && error instanceof StartupError) environment.write(json(failureEnvelope(error.message)));
    throw error;
  }
};

/** Composes this checkout's files, or what a configuration of Rover's names. */
export const runCompose = async (args: CommandArguments, environment: Environment): Promise<number> => {
  const format = textOption(args, 'format') ?? 'plain';
  if (format !== 'plain' && format !== 'json') throw new StartupError(`there is no format '${format}'`, 'expected --format plain or --format json');
  if (args.positionals.length > 0) throw new StartupError(`compose takes no argument, found '${args.positionals[0]}'`, 'did you mean --config FILE?');
  const isRover = ['config', 'output', 'format'].some((name) => args.values[name] !== undefined);
  return isRover && !isSet(args, 'check') && !isSet(args, 'write') ? roverMode(args, environment) : composeCheckout(args, environment);
};
