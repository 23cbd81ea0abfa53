import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import { EnvironmentError } from '../command.ts';

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 256 * 1024 * 1024;

/** Whatever a check may read of a side: schemas, topology, settings, released manifests. */
const READ = /\.(graphql|ya?ml)$|^clients\/.+\.json$/;
const REGULAR_FILE = /^100\d+ blob ([0-9a-f]+)\t(.+)$/s;

/** A commit, its files written to a folder of their own: the work tree is not touched. */
export interface Revision {
  /** Absolute path. */
  folder: string;
  /** What was asked for, for instance `origin/main`. */
  name: string;
  /** Its full id. */
  commit: string;
  /** Removes the folder. */
  remove(): void;
}

const git = (root: string, args: readonly string[], input?: string): { status: number | null; output: Buffer; complaint: string } => {
  const { status, stdout, stderr, error } = spawnSync('git', args, { cwd: root, timeout: TIMEOUT_MS, maxBuffer: MAX_BYTES, input });
  if (error !== undefined && status === null)
    throw new EnvironmentError(`git could not be run: ${error.message}`, 'install git, and run the command inside a git checkout');
  return { status, output: stdout, complaint: stderr.toString().trim().split('\n')[0] ?? '' };
};

const line = (root: string, args: readonly string[]): string | undefined => {
  const { status, output } = git(root, args);
  return status === 0 ? output.toString().trim() : undefined;
};

const commitOf = (root: string, name: string): string | undefined =>
  name.startsWith('-') ? undefined : line(root, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]);

/** The branch a change is compared with when nobody says: what the remote calls main, or the local one. */
const defaultBase = (root: string): string =>
  ['origin/main', 'main', 'origin/master', 'master'].find((name) => commitOf(root, name)) ?? 'origin/main';

const notFound = (root: string, name: string): Error => {
  const isShallow = line(root, ['rev-parse', '--is-shallow-repository']) === 'true';
  if (isShallow)
    return new EnvironmentError(
      `git does not know '${name}': this is a shallow clone`,
      'fetch the history: `fetch-depth: 0`, or git fetch --unshallow',
    );
  return new StartupError(`git does not know '${name}'`, 'name a commit, tag or branch: --base main; a remote branch may need git fetch first');
};

/** Where the work tree left the base: changes that the base has got since then are not ours. */
const forkPoint = (root: string, name: string): string => {
  if (line(root, ['rev-parse', '--is-inside-work-tree']) !== 'true')
    throw new EnvironmentError(`${root} is not in a git checkout`, 'check compares with a commit: run it in a clone');
  const base = commitOf(root, name);
  if (base === undefined) throw notFound(root, name);
  const fork = line(root, ['merge-base', 'HEAD', base]);
  if (fork !== undefined) return fork;
  if (line(root, ['rev-parse', '--is-shallow-repository']) === 'true')
    throw new EnvironmentError(`HEAD and '${name}' have no commit in common: this is a shallow clone`, 'fetch the history: `fetch-depth: 0`');
  return base;
};

const filesOf = (root: string, commit: string): { id: string; path: string }[] => {
  const { status, output, complaint } = git(root, ['ls-tree', '-r', '-z', commit]);
  if (status !== 0) throw new EnvironmentError(`git could not list ${commit.slice(0, 7)}: ${complaint}`, 'check the clone: git fsck');
  return output
    .toString()
    .split('\0')
    .flatMap((entry) => {
      const [, id, path] = REGULAR_FILE.exec(entry) ?? [];
      return id !== undefined && path !== undefined && READ.test(path) ? [{ id, path }] : [];
    });
};

/** The answer to `cat-file --batch` is, for each object, `<id> blob <bytes>\n<content>\n`. */
const contentsOf = (root: string, files: readonly { id: string; path: string }[]): Map<string, Buffer> => {
  const { output } = git(root, ['cat-file', '--batch'], files.map(({ id }) => `${id}\n`).join(''));
  const contents = new Map<string, Buffer>();
  let position = 0;
  for (const { path } of files) {
    const end = output.indexOf('\n', position);
    const size = Number(output.toString('utf8', position, end).split(' ')[2]);
    if (end < 0 || !Number.isInteger(size)) throw new EnvironmentError(`git could not read ${path}`, 'check the clone: git fsck');
    contents.set(path, output.subarray(end + 1, end + 1 + size));
    position = end + size + 2;
  }
  return contents;
};

/**
 * Reads from git what a check needs of the commit where the work tree left `base`.
 * @param root absolute path of the folder that holds `supergraph.yaml`; paths are from there.
 * @throws StartupError when git does not know the base; EnvironmentError when git, or the clone's history, is missing.
 */
export const readRevision = (root: string, base: string | undefined): Revision => {
  const name = base ?? defaultBase(root);
  const commit = forkPoint(root, name);
  const folder = mkdtempSync(join(tmpdir(), 'supergraph-check-'));
  const remove = (): void => {
    process.off('exit', remove);
    rmSync(folder, { recursive: true, force: true });
  };
  // Ctrl-C in the middle of a check leaves nothing behind either.
  process.once('exit', remove);
  try {
    for (const [path, content] of contentsOf(root, filesOf(root, commit))) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    return { folder, name, commit, remove };
  } catch (error) {
    remove();
    throw error;
  }
};

/** What the work tree is called in a report: its branch, or the commit. */
export const describeHead = (root: string): string =>
  line(root, ['symbolic-ref', '--short', '--quiet', 'HEAD']) ?? commitOf(root, 'HEAD')?.slice(0, 7) ?? 'work tree';
