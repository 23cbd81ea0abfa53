import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What `supergraph new` made, so that its undo removes nothing that somebody wrote. Kept in .data, which git ignores. */
export interface CreationRecord {
  /** The SHA-256 of each new file by its path from the root. */
  files: Readonly<Record<string, string>>;
}

const recordFile = (root: string, room: string): string => join(root, '.data', 'new', `${room}.json`);

const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

export const writeRecord = (root: string, room: string, paths: readonly string[]): void => {
  const file = recordFile(root, room);
  mkdirSync(dirname(file), { recursive: true });
  const files = Object.fromEntries(paths.filter((path) => existsSync(join(root, path))).map((path) => [path, hashOf(join(root, path))]));
  writeFileSync(file, `${JSON.stringify({ files }, null, 2)}\n`);
};

export const readRecord = (root: string, room: string): CreationRecord | undefined => {
  const file = recordFile(root, room);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as CreationRecord) : undefined;
};

export const removeRecord = (root: string, room: string): void => rmSync(recordFile(root, room), { force: true });

/** The recorded files that are not as they were made. */
export const changedFiles = (root: string, { files }: CreationRecord): string[] =>
  Object.entries(files).flatMap(([path, hash]) => (existsSync(join(root, path)) && hashOf(join(root, path)) !== hash ? [path] : []));
