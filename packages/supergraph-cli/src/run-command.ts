import { parseArgs } from 'node:util';
import type { Running } from '@supergraph/service/process';
import { describeStartupError, StartupError } from '@supergraph/service/startup-error';
import { type Command, type CommandArguments, type Environment, EnvironmentError } from './command.ts';
import { COMMANDS, type CommandEntry } from './commands.ts';
import { nearestName } from './nearest-name.ts';

type Commands = Readonly<Record<string, CommandEntry>>;

const EXIT_CODES = `Exit codes
  0 fine   1 findings   2 usage or configuration   3 environment (git, network, disk)
`;

const CONFIG_ROW = '  --config FILE   the topology (default: supergraph.yaml here or in a folder above)';

const overview = (commands: Commands): string => {
  const width = Math.max(...Object.keys(commands).map((name) => name.length)) + 3;
  const rows = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}${summary}`);
  return `supergraph — runs, composes and checks a federated GraphQL supergraph. Nothing is downloaded, nobody is told.

Usage
  supergraph COMMAND [ARGUMENT …] [OPTION …]
  supergraph COMMAND --help

Commands
${rows.join('\n')}

Options
${CONFIG_ROW}
  --help, -h      this text, or that of a command

${EXIT_CODES}
`;
};

const help = (name: string, { summary }: CommandEntry, { usage, options }: Command): string =>
  `supergraph ${name} — ${summary}\n\n${usage.trim()}\n\n${'config' in options ? '' : `Every command\n${CONFIG_ROW}\n\n`}${EXIT_CODES}`;

const readArguments = (name: string, { options }: Command, args: readonly string[]): CommandArguments => {
  const known = { config: { type: 'string' as const }, ...options, help: { type: 'boolean' as const, short: 'h' } };
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: known });
  } catch (error) {
    const [what = ''] = (error as Error).message.split('. To specify');
    const option = /'(--?[\w-]+)'/.exec(what)?.[1];
    const near = option === undefined ? undefined : nearestName(option.replace(/^-+/, ''), Object.keys(known));
    throw new StartupError(what, `${near === undefined ? '' : `did you mean --${near}? `}see supergraph ${name} --help`, error);
  }
};

const find = (commands: Commands, name: string): CommandEntry => {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry !== undefined) return entry;
  const near = nearestName(name, Object.keys(commands));
  throw new StartupError(`there is no command '${name}'`, near === undefined ? 'see supergraph --help' : `did you mean supergraph ${near}?`);
};

const run = async (args: readonly string[], environment: Environment, commands: Commands): Promise<number | Running> => {
  const [first, ...rest] = args;
  if (first === undefined || first === '--help' || first === '-h' || (first === 'help' && rest.length === 0)) {
    environment.write(overview(commands));
    return first === undefined ? 2 : 0;
  }
  if (first.startsWith('-')) throw new StartupError(`the command comes first, not ${first}`, 'see supergraph --help');
  const [name, ownArguments] = first === 'help' ? [rest[0] ?? '', ['--help']] : [first, rest];
  const entry = find(commands, name);
  const command = await entry.load();
  const parsed = readArguments(name, command, ownArguments);
  if (parsed.values['help'] !== true) return command.run(parsed, environment);
  environment.write(help(name, entry, command));
  return 0;
};

/**
 * Carries out `supergraph ARGUMENTS`. What the user can mend is two clear lines on standard error: exit code 2, or 3 when it lies outside
 * the project.
 * @param args without `node` and the script.
 * @returns the exit code, or what goes on running.
 */
export const runCommand = async (args: readonly string[], environment: Environment, commands: Commands = COMMANDS): Promise<number | Running> => {
  try {
    return await run(args, environment, commands);
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    environment.writeError(`${describeStartupError(error)}\n`);
    return error instanceof EnvironmentError ? 3 : 2;
  }
};
