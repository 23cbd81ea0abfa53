import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogger, type Logger } from '@supergraph/service/logging';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder, removeFolder, waitUntil } from '../testing/router.ts';
import { readRouterSettings } from './read-router-settings.ts';
import type { RouterSettings } from './router-settings.ts';
import { type RouterSettingsWatch, watchRouterSettings } from './watch-router-settings.ts';

const SETTLED_MS = 400;

let folder: string;
let file: string;
let told: RouterSettings[];
let lines: { level: string; msg: string }[];
let logger: Logger;
let watching: RouterSettingsWatch;

const start = async (onChange = (settings: RouterSettings): void => void told.push(settings)) => {
  watching = watchRouterSettings({ file, current: await readRouterSettings(file), onChange, logger });
};

beforeEach(async () => {
  folder = await makeFolder();
  file = join(folder, 'router.yaml');
  told = [];
  lines = [];
  logger = createLogger('router', 'silent');
  for (const level of ['info', 'warn', 'error'] as const)
    logger[level] = (...given: unknown[]) => void lines.push({ level, msg: String(given.at(-1)) });
  await writeFile(file, 'limits:\n  depth: 10\n');
});

afterEach(async () => {
  watching.close();
  await removeFolder(folder);
});

const settle = () => new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
const depths = () => told.map(({ limits }) => limits.depth);
const errors = () => lines.filter(({ level }) => level === 'error');

describe('watching the settings file', () => {
  it('tells new settings, whether written in place or renamed over', async () => {
    await start();
    await writeFile(file, 'limits:\n  depth: 11\n');
    await waitUntil(async () => depths().includes(11));
    await writeFile(join(folder, 'next'), 'limits:\n  depth: 12\n');
    await rename(join(folder, 'next'), file);
    await waitUntil(async () => depths().includes(12));
    expect(depths()).toEqual([11, 12]);
    expect(errors()).toEqual([]);
  });

  it('tells nothing when only a comment changed', async () => {
    await start();
    await writeFile(file, '# deeper is slower\nlimits: { depth: 10 }\n');
    await settle();
    expect(told).toEqual([]);
  });

  it('sees a change made before it began', async () => {
    const current = await readRouterSettings(file);
    await writeFile(file, 'limits:\n  depth: 13\n');
    watching = watchRouterSettings({ file, current, onChange: (settings) => void told.push(settings), logger });
    await waitUntil(async () => depths().includes(13));
  });

  it('refuses a bad file with one line, and takes the next good one', async () => {
    await start();
    await writeFile(file, 'limits:\n  depth: deep\n  tokns: 1\n');
    await waitUntil(async () => errors().length > 0);
    await writeFile(join(folder, 'touch'), 'the folder changed, the file did not');
    await settle();
    expect(told).toEqual([]);
    expect(errors()).toHaveLength(1);
    expect(errors()[0]?.msg).toContain('router.yaml:2:10: limits.depth: got "deep", expected a whole number from 1 to 1000');
    expect(errors()[0]?.msg).toContain('router.yaml:3:3: limits.tokns: there is no such setting, did you mean tokens?');
    expect(errors()[0]?.msg).not.toContain('\n');
    await writeFile(file, 'limits:\n  depth: 9\n');
    await waitUntil(async () => depths().includes(9));
  });

  it('says once that the file cannot be read', async () => {
    await start();
    await rm(file);
    await mkdir(file);
    await waitUntil(async () => errors().length > 0);
    await writeFile(join(folder, 'touch'), 'the folder changed');
    await settle();
    expect(errors().map(({ msg }) => msg)).toEqual([`settings refused, the last good ones stay: router cannot read ${file}: it is not a file`]);
    expect(told).toEqual([]);
  });

  it('keeps the settings when the file is removed, and takes it when it comes back', async () => {
    await start();
    await rm(file);
    await waitUntil(async () => lines.some(({ msg }) => msg.startsWith('there is no')));
    expect(told).toEqual([]);
    await writeFile(file, 'limits:\n  depth: 8\n');
    await waitUntil(async () => depths().includes(8));
  });

  it('keeps the last good settings when the new ones cannot be put in force', async () => {
    await start(() => {
      throw new Error('no such subgraph');
    });
    await writeFile(file, 'limits:\n  depth: 11\n');
    await waitUntil(async () => errors().length > 0);
    expect(errors()[0]?.msg).toBe('settings refused, the last good ones stay: no such subgraph');
  });

  it('tells nothing after it was closed', async () => {
    await start();
    watching.close();
    await writeFile(file, 'limits:\n  depth: 11\n');
    await settle();
    expect(told).toEqual([]);
  });
});
