import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether git has a file, or files below a folder; false where there is no git, or no commit. */
export const isCommitted = async (root: string, path: string): Promise<boolean> => {
  const { stdout } = await run('git', ['ls-tree', '-r', '--name-only', 'HEAD', '--', path], { cwd: root, timeout: 10_000 }).catch(() => ({
    stdout: '',
  }));
  return stdout.trim() !== '';
};
