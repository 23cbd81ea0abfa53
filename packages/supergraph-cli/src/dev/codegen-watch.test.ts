import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCodegenWatch } from './codegen-watch.ts';

const LIFELINE = new URL('../lifeline.mjs', import.meta.url).href;

let folder: string;
let said: string[];

/** In the place of the generator: notes that it began, and goes on as the test wants. */
const writeProgram = (then: string): void => {
  const place = join(folder, 'node_modules', '@graphql-codegen', 'cli', 'cjs');
  mkdirSync(place, { recursive: true });
  const log = JSON.stringify(join(folder, 'runs.log'));
  writeFileSync(join(place, 'bin.js'), `require('node:fs').appendFileSync(${log}, process.argv.slice(2).join(' ') + '\\n');\n${then}\n`);
};
const runs = (): number => readFileSync(join(folder, 'runs.log'), { encoding: 'utf8', flag: 'a+' }).split('\n').length - 1;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'codegen-watch-'));
  writeFileSync(join(folder, 'codegen.ts'), '');
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const create = () => createCodegenWatch(folder, LIFELINE, (line) => said.push(line));

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('any number of saves during a run are one more run', async () => {
  writeProgram('setTimeout(() => process.exit(0), 400);');
  const watch = create();
  watch.request();
  await expect.poll(runs, { timeout: 5_000 }).toBe(1);
  for (let save = 0; save < 20; save++) watch.request();
  await expect.poll(() => said.length, { timeout: 5_000 }).toBe(2);
  await sleep(100);
  expect(said).toEqual([expect.stringMatching(/^types written in \d+\.\d s$/), expect.stringMatching(/^types written in/)]);
  expect(readFileSync(join(folder, 'runs.log'), 'utf8')).toBe('--config codegen.ts --silent\n'.repeat(2));
  watch.close();
});

test('a failure is told in one line, and the next save tries again', async () => {
  writeProgram("console.error('no such field\\n  at somewhere'); process.exit(1);");
  const watch = create();
  watch.request();
  await expect.poll(() => said, { timeout: 5_000 }).toEqual(['✗ types not written: no such field']);
  writeProgram('process.exit(0);');
  watch.request();
  await expect.poll(() => said.length, { timeout: 5_000 }).toBe(2);
  expect(said[1]).toMatch(/^types written/);
  watch.close();
});

test('closing ends a run, and what is asked for later is not begun', async () => {
  writeProgram("require('node:fs').writeFileSync(__dirname + '/pid', String(process.pid)); setInterval(() => undefined, 1_000);");
  const watch = create();
  watch.request();
  await expect.poll(runs, { timeout: 5_000 }).toBe(1);
  const pid = Number(readFileSync(join(folder, 'node_modules/@graphql-codegen/cli/cjs/pid'), 'utf8'));
  watch.close();
  watch.request();
  await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false);
  await sleep(100);
  expect([runs(), said]).toEqual([1, []]);
});
