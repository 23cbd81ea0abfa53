import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './world.ts';

/** A whole copy of the checkout, committed to a git of its own: what a command changes in it is what `git status` says. */
export interface CommittedCheckout {
  folder: string;
  git(...args: string[]): string;
  /** A program in the copy. @returns its exit code and what it wrote, both streams. */
  run(program: string, ...args: string[]): Promise<{ code: number; output: string }>;
  /** A command of the CLI. */
  supergraph(...args: string[]): Promise<{ code: number; output: string }>;
  remove(): void;
}

/** Libraries come from the checkout; workspaces are links of the copy's own, as npm makes them, because one may be added. */
const linkModules = (folder: string): void => {
  const modules = join(ROOT, 'node_modules');
  mkdirSync(join(folder, 'node_modules'));
  for (const name of readdirSync(modules).filter((entry) => entry !== '@supergraph'))
    symlinkSync(join(modules, name), join(folder, 'node_modules', name));
  cpSync(join(modules, '@supergraph'), join(folder, 'node_modules', '@supergraph'), { recursive: true, verbatimSymlinks: true });
};

const OF_VITEST = /^(VITEST|VITE_|TEST$|TEST_POSTGRES|NODE_ENV|MODE|DEV|PROD|SSR|BASE_URL)/;

export const commitCheckout = (): CommittedCheckout => {
  const folder = mkdtempSync(join(tmpdir(), 'supergraph-new-'));
  // As any checkout: PostgreSQL's user may walk through it.
  chmodSync(folder, 0o711);
  const left = /[\\/](node_modules|\.turbo|\.data|\.git)$/;
  cpSync(ROOT, folder, { recursive: true, filter: (path) => !left.test(path) });
  linkModules(folder);
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args], { cwd: folder, encoding: 'utf8' });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message=base');
  const run: CommittedCheckout['run'] = (program, ...args) =>
    new Promise((resolve) => {
      const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OF_VITEST.test(name)));
      execFile(program, args, { cwd: folder, env: { ...env, NO_COLOR: '1' }, maxBuffer: 10_000_000 }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr }),
      );
    });
  return {
    folder,
    git,
    run,
    supergraph: (...args) => run(process.execPath, 'packages/supergraph-cli/src/main.ts', ...args),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};
