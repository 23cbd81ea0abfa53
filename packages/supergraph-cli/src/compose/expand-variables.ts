import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';

/** Where the variables of a configuration come from. */
export interface VariableSources {
  env: NodeJS.ProcessEnv;
  /** Absolute path of the folder that `${file.…}` starts from: Rover takes the working directory. */
  folder: string;
}

const VARIABLE = /\$\{([^{}]*)\}/g;
const MAX_DEPTH = 50;

const fromFile = (name: string, folder: string): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(resolve(folder, name)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StartupError(`\${file.${name}} cannot be read: ${(error as Error).message}`, 'name a text file in UTF-8', error);
  }
};

/** As Rover does it: a file that is not there leaves the text as it is, a variable that is not there is refused. */
const resolveVariable = (whole: string, expression: string, { env, folder }: VariableSources): string => {
  const [key = '', fallback] = splitOnce(expression, ':-');
  if (key.startsWith('env.')) {
    const name = key.slice('env.'.length);
    const value = env[name] ?? fallback;
    if (value !== undefined) return value;
    throw new StartupError(
      `While reading env var ${name} for variable expansion: environment variable not found`,
      `Set the ${name} environment variable`,
    );
  }
  if (key.startsWith('file.')) return fromFile(key.slice('file.'.length), folder) ?? fallback ?? whole;
  throw new StartupError(`Invalid variable expansion key: ${key}`, `expected \${env.NAME}, \${env.NAME:-default} or \${file.path}, found ${whole}`);
};

const splitOnce = (text: string, separator: string): string[] => {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
};

/**
 * Replaces `${env.NAME}`, `${env.NAME:-default}` and `${file.path}` in every text of a parsed YAML value, keys excepted; what a variable
 * holds is not expanded again (https://www.apollographql.com/docs/rover/commands/supergraphs).
 * @throws StartupError for a variable that is not set, or another key than env and file.
 */
export const expandVariables = (value: unknown, sources: VariableSources, depth = 0): unknown => {
  if (depth > MAX_DEPTH) throw new StartupError(`the configuration is nested more than ${MAX_DEPTH} deep`, 'make it flatter');
  if (typeof value === 'string') return value.replace(VARIABLE, (whole, expression: string) => resolveVariable(whole, expression, sources));
  if (Array.isArray(value)) return value.map((item) => expandVariables(item, sources, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expandVariables(item, sources, depth + 1)]));
};
