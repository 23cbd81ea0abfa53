import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder, removeFolder } from '../testing/router.ts';
import type { UsageLine } from './usage-counts.ts';
import { addToUsageFile } from './usage-file.ts';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const BOUNDS = { operations: 3, keepDays: 30 };
const line = (hash: string, count: number, last = '2026-11-22'): UsageLine => ({ hash, operation: `{${hash}}`, count, last });

let folder: string;
let file: string;
const read = async (): Promise<unknown[]> =>
  (await readFile(file, 'utf8'))
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));

beforeEach(async () => {
  folder = await makeFolder();
  file = join(folder, 'usage', 'router-a-4000.jsonl');
});
afterEach(() => removeFolder(folder));

describe('a usage file', () => {
  it('is made with its folder, and added to by the next router', async () => {
    await addToUsageFile(file, [line('a', 2, '2026-11-20'), line('b', 1)], BOUNDS, NOW);
    await addToUsageFile(file, [line('a', 3)], BOUNDS, NOW);
    expect(await read()).toEqual([line('a', 5), line('b', 1)]);
    expect(await readdir(join(folder, 'usage'))).toEqual(['router-a-4000.jsonl']);
  });

  it('forgets what was not sent for long, and keeps what was sent most', async () => {
    await addToUsageFile(file, [line('old', 900, '2026-10-22'), line('a', 1), line('b', 4), line('c', 2), line('d', 3)], BOUNDS, NOW);
    expect(await read()).toEqual([line('b', 4), line('d', 3), line('c', 2)]);
  });

  it('has a bounded number of bytes, and what was sent most in them', async () => {
    const long = (hash: string, count: number): UsageLine => ({ ...line(hash, count), operation: 'ä'.repeat(4_000) });
    const flood = Array.from({ length: 3_000 }, (_, number) => long(`flood${number}`, 1));
    await addToUsageFile(file, [...flood, line('a', 2), { ...line('b', 3), operation: undefined }], { operations: 100_000, keepDays: 30 }, NOW);
    const { size } = await stat(file);
    expect(size).toBeGreaterThan(16_000_000);
    expect(size).toBeLessThanOrEqual(16 * 1_048_576);
    await addToUsageFile(file, [line('a', 1)], { operations: 2, keepDays: 30 }, NOW);
    expect(await read()).toEqual([{ hash: 'b', count: 3, last: '2026-11-22' }, line('a', 3)]);
  });

  it('drops lines that are none', async () => {
    await addToUsageFile(file, [line('a', 1)], BOUNDS, NOW);
    await writeFile(
      file,
      `half a li\n{"hash":"x"}\n{"hash":"w","operation":5,"count":1,"last":"2026-11-22"}\n{"hash":"y","operation":"{y}","count":-1,"last":"2026-11-22"}\n${JSON.stringify(line('z', 7))}\n`,
    );
    await addToUsageFile(file, [line('a', 1)], BOUNDS, NOW);
    expect(await read()).toEqual([line('z', 7), line('a', 1)]);
  });

  it('stays as it is when it cannot be written', async () => {
    await addToUsageFile(file, [line('a', 1)], BOUNDS, NOW);
    await mkdir(`${file}.draft`);
    await expect(addToUsageFile(file, [line('a', 1)], BOUNDS, NOW)).rejects.toThrow('EISDIR');
    expect(await read()).toEqual([line('a', 1)]);
  });
});
