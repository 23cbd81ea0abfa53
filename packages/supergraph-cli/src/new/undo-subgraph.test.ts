import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readRecord, writeRecord } from './creation-record.ts';
import { refuseCommitted } from './refuse-committed.ts';
import { undoSubgraph } from './undo-subgraph.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'undo-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const git = (...args: string[]): unknown => execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t.test', ...args], { cwd: root });
const put = (path: string): void => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), '');
};
const undo = { path: 'subgraphs/reviews', revert: 'git revert', command: 'supergraph new --undo reviews' };
const ask = (force: boolean): Promise<void> => refuseCommitted(root, { ...undo, force });

test('what is committed stays, forced or not; what is not, and all where there is no git, may go', async () => {
  put('subgraphs/reviews/schema.graphql');
  await ask(false);
  git('init', '--quiet');
  await ask(false);
  git('commit', '--quiet', '--allow-empty', '--message', 'first');
  await ask(false);
  git('add', '.');
  git('commit', '--quiet', '--message', 'second');
  await expect(ask(false)).rejects.toThrow('subgraphs/reviews is committed');
  await expect(ask(true)).rejects.toThrow('subgraphs/reviews is committed');
});

test('where git cannot tell, it has to be forced', async () => {
  writeFileSync(join(root, '.git'), 'gitdir: /nowhere\n');
  const fix = 'to delete it all the same: supergraph new --undo reviews --force';
  const message = expect.stringContaining('git does not tell whether subgraphs/reviews is committed: fatal: not a git repository');
  await expect(ask(false)).rejects.toThrow(expect.objectContaining({ message, fix }));
  await ask(true);
});

test('an undo that failed half-way is taken up again, and only what was made here is', async () => {
  const topology = { root, subgraphs: [] } as unknown as Parameters<typeof undoSubgraph>[0];
  const left = 'tests/scenarios/reviews/reviews.e2e.test.ts';
  put(left);
  await expect(undoSubgraph(topology, 'reviews', true)).rejects.toThrow("there is no subgraph 'reviews'");
  writeRecord(root, 'reviews', [left]);
  writeFileSync(join(root, 'package.json'), '{ "files": {} }');
  await expect(undoSubgraph(topology, '../../package', true)).rejects.toThrow("there is no subgraph '../../package'");
  // There is nothing here to compose: it fails once more, and can be repeated once more.
  await expect(undoSubgraph(topology, 'reviews', false)).rejects.toThrow('supergraph.yaml');
  expect(existsSync(join(root, left))).toBe(false);
  expect(readRecord(root, 'reviews')).toBeDefined();
});
