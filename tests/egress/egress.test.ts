import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { HOSTILE_URLS, MALFORMED_URLS } from './hostile-urls.ts';

/** Each hostile URL, tried where there is no network, with the kernel's word for how many connections were begun. */
const CHILD = fileURLToPath(new URL('try-urls.ts', import.meta.url));
const DEADLINE_MS = 60_000;
const UNSHARE = 'unshare';
const MISSING = 'NOT TESTED: strace and unshare -n are needed to count connections';

interface Outcome {
  url: string;
  checked: string;
  sent: string;
  flipped: string;
}

const canCount = (): boolean => {
  try {
    execFileSync(UNSHARE, ['-n', 'strace', '-f', '-e', 'trace=connect', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

const isCounted = canCount();

const run = async (...words: readonly string[]): Promise<{ outcomes: Outcome[]; connections: string[] }> => {
  const folder = mkdtempSync(join(tmpdir(), 'supergraph-egress-'));
  const trace = join(folder, 'trace');
  try {
    const strace = ['-n', 'strace', '-f', '-e', 'trace=connect', '-o', trace, process.execPath, CHILD, ...words];
    const { stdout } = await promisify(execFile)(UNSHARE, strace, { timeout: DEADLINE_MS, maxBuffer: 1_000_000 });
    const connections = readFileSync(trace, 'utf8')
      .split('\n')
      .filter((line) => /connect\(.*AF_INET/.test(line));
    return { outcomes: JSON.parse(stdout) as Outcome[], connections };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

test.runIf(process.env['CI'] === 'true')('connections can be counted here', () => {
  expect(isCounted, MISSING).toBe(true);
});

describe.skipIf(!isCounted)(isCounted ? 'hostile URLs, without a network' : MISSING, () => {
  test(
    'are refused at registration and at connect, and no connection is begun',
    async () => {
      const { outcomes, connections } = await run();
      expect(HOSTILE_URLS.length).toBeGreaterThanOrEqual(40);
      expect(outcomes).toHaveLength(HOSTILE_URLS.length + MALFORMED_URLS.length + 1);
      const registered = outcomes.slice(0, -1);
      expect(registered.filter(({ checked }) => checked === 'accepted')).toEqual([]);
      expect(registered.filter(({ sent }) => !sent.startsWith('refused: '))).toEqual([]);
      const hostile = registered.slice(0, HOSTILE_URLS.length);
      expect(hostile.filter(({ flipped }) => !flipped.startsWith('refused: '))).toEqual([]);
      expect(outcomes.at(-1)).toMatchObject({ checked: 'accepted', flipped: expect.stringContaining('not on the public internet') });
      expect(connections).toEqual([]);
    },
    DEADLINE_MS,
  );

  test(
    'are seen to connect when the guard is planted to let everything pass',
    async () => {
      const { connections } = await run('planted');
      expect(connections.length).toBeGreaterThan(40);
    },
    DEADLINE_MS,
  );
});
