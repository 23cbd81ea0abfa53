import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../world.ts';

/** One edit of one file. */
export interface Patch {
  file: string;
  find: string;
  replace: string;
}

const ENTRIES = ['packages', 'subgraphs/order', 'webhooks', 'tests/chaos', 'package.json'];
const isSource = (path: string): boolean => !/[\\/](node_modules|\.turbo)$/.test(path);

/** Libraries come from the checkout, workspaces from the copy: a link to the checkout's would run the code that was not edited. */
const linkModules = (folder: string): void => {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@supergraph'), { recursive: true });
  for (const library of readdirSync(join(ROOT, 'node_modules')))
    if (library !== '@supergraph') symlinkSync(join(ROOT, 'node_modules', library), join(modules, library));
  for (const name of readdirSync(join(folder, 'packages'))) symlinkSync(join(folder, 'packages', name), join(modules, '@supergraph', name));
};

const apply = (folder: string, { file, find, replace }: Patch): void => {
  const path = join(folder, file);
  const parts = readFileSync(path, 'utf8').split(find);
  if (parts.length !== 2) throw new Error(`the edit of ${file} fits ${parts.length - 1} times, not once: ${find}`);
  writeFileSync(path, parts.join(replace));
};

/** A copy of the checkout's sources, and of `more`, with edits, so that what is tested carries no hooks for the test. @returns its folder. */
export const copyWithPatches = (patches: readonly Patch[], more: readonly string[] = []): { folder: string; remove: () => void } => {
  const folder = mkdtempSync(join(tmpdir(), 'supergraph-chaos-copy-'));
  for (const entry of [...ENTRIES, ...more]) cpSync(join(ROOT, entry), join(folder, entry), { recursive: true, filter: isSource });
  linkModules(folder);
  for (const patch of patches) apply(folder, patch);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
};
