import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import { type CommandArguments, type Environment, textOption } from './command.ts';

/**
 * The absolute path of the topology: `--config`, or the next supergraph.yaml here or in a folder above.
 * @throws StartupError when there is none.
 */
export const findConfig = (args: CommandArguments, { cwd }: Environment): string => {
  const named = textOption(args, 'config');
  if (named !== undefined) return resolve(cwd, named);
  for (let folder = cwd; ; folder = dirname(folder)) {
    const file = join(folder, 'supergraph.yaml');
    if (existsSync(file)) return file;
    if (folder === dirname(folder))
      throw new StartupError('there is no supergraph.yaml here or in a folder above', 'change to the project, or name it: --config FILE');
  }
};
