import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '@supergraph/service/process';
import { StartupError } from '@supergraph/service/startup-error';

const run = promisify(execFile);
const TIMEOUT_MS = 10_000;

/** The checkout may be a folder of a greater one. */
const isInClone = (folder: string): boolean => existsSync(join(folder, '.git')) || (dirname(folder) !== folder && isInClone(dirname(folder)));

const git = async (root: string, args: readonly string[]): Promise<string> =>
  (await run('git', args, { cwd: root, timeout: TIMEOUT_MS })).stdout.trim();

/** Git's own words; the message of the error is the command. */
const reasonOf = (error: unknown): string => (error as { stderr?: string }).stderr?.trim().split('\n')[0] || messageOf(error);

/** Whether git has a file, or files below a folder. Rejects when it cannot tell. */
const isCommitted = async (root: string, path: string): Promise<boolean> => {
  if ((await git(root, ['rev-list', '--all', '--max-count=1'])) === '') return false;
  return (await git(root, ['ls-tree', '-r', '--name-only', 'HEAD', '--', path])) !== '';
};

export interface Undo {
  /** A file or folder, from the root. */
  path: string;
  /** What to do when it is committed. */
  revert: string;
  /** The command that takes it back. */
  command: string;
  force: boolean;
}

/**
 * Lets pass what git does not have, and everything where there is no git.
 * @throws StartupError when it is committed, or when git cannot tell and `force` is not given.
 */
export const refuseCommitted = async (root: string, { path, revert, command, force }: Undo): Promise<void> => {
  if (!isInClone(root)) return;
  const answer = await isCommitted(root, path).catch((error: unknown) => {
    if (force) return false;
    throw new StartupError(
      `git does not tell whether ${path} is committed: ${reasonOf(error)}`,
      `to delete it all the same: ${command} --force`,
      error,
    );
  });
  if (answer) throw new StartupError(`${path} is committed`, revert);
};
