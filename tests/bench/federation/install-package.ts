import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Packages = Record<string, { version?: string; optional?: boolean }>;

const packagesOf = (file: string): Packages | undefined =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { packages: Packages }).packages : undefined;

const isInstalled = (folder: string): boolean => {
  const wanted = packagesOf(join(folder, 'package-lock.json')) ?? {};
  const present = packagesOf(join(folder, 'node_modules', '.package-lock.json'));
  return (
    present !== undefined &&
    Object.entries(wanted).every(([path, { version, optional }]) => path === '' || optional || present[path]?.version === version)
  );
};

const DEADLINE_MS = 600_000;

/** Installs a package outside the workspaces when it is missing or other than its lockfile says. @throws Error when npm fails. */
export const installPackage = (folder: string, what: string): void => {
  if (isInstalled(folder)) return;
  process.stderr.write(`Installing ${what}: the first run takes some minutes …\n`);
  const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder], {
    encoding: 'utf8',
    timeout: DEADLINE_MS,
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ci --prefix ${folder} ended with ${status}:\n${stderr}`);
};
