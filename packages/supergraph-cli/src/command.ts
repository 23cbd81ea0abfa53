import type { ParseArgsOptionsConfig } from 'node:util';
import type { Running } from '@supergraph/service/process';
import { StartupError } from '@supergraph/service/startup-error';

/** What a person typed after the name of a command, as its `options` let it be. */
export interface CommandArguments {
  positionals: readonly string[];
  /** By option: text, true, or a list where the option has `multiple`. */
  values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
}

/** Where a command runs. What it reads or writes of the process goes through here, so that tests can call it. */
export interface Environment {
  /** Absolute path. */
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** What the command was asked for: standard output. */
  write(text: string): void;
  /** Progress, findings and complaints: standard error. */
  writeError(text: string): void;
}

/** A command, loaded when it is called. */
export interface Command {
  /** What `supergraph NAME --help` says below the first line. */
  usage: string;
  /** Beside --help, which every command has, and --config, unless the command has one of its own. */
  options: ParseArgsOptionsConfig;
  /** @returns the exit code (0 fine, 1 findings, 2 usage or configuration, 3 environment), or what goes on running. */
  run(args: CommandArguments, environment: Environment): Promise<number | Running>;
}

/** Something outside the project stands in the way: git, the network, the disk. The command exits 3. */
export class EnvironmentError extends StartupError {}

/** The text of an option, or undefined. */
export const textOption = ({ values }: CommandArguments, name: string): string | undefined => {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
};

/** The texts of an option that may be given again. */
export const textOptions = ({ values }: CommandArguments, name: string): string[] =>
  [values[name] ?? []].flat().filter((value) => typeof value === 'string');

/** True when a switch was given. */
export const isSet = ({ values }: CommandArguments, name: string): boolean => values[name] === true;
