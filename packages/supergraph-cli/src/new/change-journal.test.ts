import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createChangeJournal } from './change-journal.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'change-journal-'));
  writeFileSync(join(root, 'old.txt'), 'old');
  writeFileSync(join(root, 'watched.txt'), 'before');
});
afterEach(() => rmSync(root, { recursive: true }));

test('puts everything back: new files and their folders, changed files, links, and what another tool wrote', () => {
  const journal = createChangeJournal(root);
  journal.write('new/deep/a.txt', 'a');
  journal.write('old.txt', 'once');
  journal.write('old.txt', 'twice');
  journal.watch('watched.txt');
  journal.watch('appears.txt');
  writeFileSync(join(root, 'watched.txt'), 'after');
  writeFileSync(join(root, 'appears.txt'), 'new');
  journal.link('link', 'new');
  expect(journal.created()).toEqual(['new/deep/a.txt', 'appears.txt']);
  expect(readFileSync(join(root, 'link', 'deep', 'a.txt'), 'utf8')).toBe('a');
  journal.rollBack();
  expect(readdirSync(root).sort()).toEqual(['old.txt', 'watched.txt']);
  expect(readFileSync(join(root, 'old.txt'), 'utf8')).toBe('old');
  expect(readFileSync(join(root, 'watched.txt'), 'utf8')).toBe('before');
});

test('keeps a folder that holds something else, and a link that was there before', () => {
  mkdirSync(join(root, 'folder'));
  writeFileSync(join(root, 'folder', 'mine.txt'), 'mine');
  createChangeJournal(root).link('link', 'folder');
  const journal = createChangeJournal(root);
  journal.link('link', 'elsewhere');
  journal.write('folder/theirs.txt', 'theirs');
  journal.rollBack();
  expect(readdirSync(join(root, 'folder'))).toEqual(['mine.txt']);
  expect(lstatSync(join(root, 'link')).isSymbolicLink()).toBe(true);
  expect(existsSync(join(root, 'link', 'mine.txt'))).toBe(true);
});
