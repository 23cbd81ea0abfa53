import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { breakingChanges, isNewMajor, type OpenApiDocument } from './openapi-changes.ts';

/**
 * `npm run check:openapi -- --base REV`: compares rest/openapi.json with the one of a commit. Exit codes: 0 nothing breaks, or the major
 * version is a new one; 1 something does; 2 usage, or there is no such commit.
 */
const FILE = 'rest/openapi.json';
const ROOT = new URL('../../', import.meta.url);

const git = (...args: string[]): string => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

const exists = (name: string): boolean => {
  try {
    git('rev-parse', '--verify', '--quiet', name);
    return true;
  } catch {
    return false;
  }
};

const tell = (lines: readonly string[]): void => void process.stderr.write(`${lines.join('\n')}\n`);

const compare = (base: string): number => {
  const before = JSON.parse(git('show', `${base}:${FILE}`)) as OpenApiDocument;
  const after = JSON.parse(readFileSync(new URL(FILE, ROOT), 'utf8')) as OpenApiDocument;
  const changes = breakingChanges(before, after);
  if (changes.length === 0) return 0;
  tell(changes.map(({ where, what }) => `✗ ${where}: ${what}`));
  if (isNewMajor(before, after)) return 0;
  tell([`${changes.length} changes of ${FILE} break clients of ${base}`, '  → keep what clients use, or raise the major version of the document']);
  return 1;
};

/** @throws when the arguments cannot be read. */
const readBase = (): string | undefined => parseArgs({ options: { base: { type: 'string' } } }).values.base;

const check = (): number => {
  const asked = readBase();
  const base = asked ?? 'HEAD';
  if (!exists(`${base}^{commit}`)) {
    // A copy without its history has nothing to compare with.
    if (asked === undefined) return 0;
    tell([`✗ there is no commit ${base} to compare ${FILE} with`, '  → name one: npm run check:openapi -- --base main']);
    return 2;
  }
  // The commit may be older than the document.
  return exists(`${base}:${FILE}`) ? compare(base) : 0;
};

try {
  process.exitCode = check();
} catch (error) {
  tell([`✗ ${(error as Error).message.split('\n')[0]}`, '  → npm run check:openapi -- --base REV']);
  process.exitCode = 2;
}
