import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { startBffWorld } from '../bffs/bff-world.ts';
import { ROOT } from '../world.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
/** On a machine without a browser this is told and counted as skipped; CI has to have one. */
export const withoutBrowser = CHROMIUM === undefined && process.env['CI'] === undefined;
if (withoutBrowser) process.stderr.write('NOT TESTED: the storefront, because there is no Chromium here. Install it: apt-get install chromium\n');

const BUILD_MS = 60_000;

export interface Visit {
  page: Page;
  /** Errors of the console and of scripts so far. */
  failures: string[];
  /** Paths of the views and operations that were asked for so far. */
  requests: string[];
}

/** The whole graph, the web BFF with the storefront as it is now, and a browser. */
export interface StorefrontWorld {
  url: string;
  /** Folder of the build. */
  built: string;
  visit(path: string, options?: BrowserContextOptions): Promise<Visit>;
  stop(): Promise<void>;
}

const build = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'storefront-'));
  const vite = `${ROOT}node_modules/vite/bin/vite.js`;
  await promisify(execFile)(process.execPath, [vite, 'build', '--outDir', folder, '--logLevel', 'error'], {
    cwd: `${ROOT}apps/storefront`,
    timeout: BUILD_MS,
    // Vitest's `test` would build React for development: larger, and every effect twice.
    env: { ...process.env, NODE_ENV: 'production' },
  });
  return folder;
};

const watched = async (browser: Browser, url: string, options: BrowserContextOptions): Promise<Visit> => {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const [failures, requests]: [string[], string[]] = [[], []];
  page.on('pageerror', ({ message }) => failures.push(message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) failures.push(message.text());
  });
  page.on('request', (request) => {
    const { pathname, origin } = new URL(request.url());
    if (origin !== url) failures.push(`a request to ${request.url()}`);
    if (/^\/(views|graphql)/.test(pathname)) requests.push(pathname);
  });
  return { page, failures, requests };
};

export const startStorefront = async (): Promise<StorefrontWorld> => {
  if (CHROMIUM === undefined) throw new Error('CI needs Chromium for this test: apt-get install chromium');
  const built = await build();
  const world = await startBffWorld({ storefront: built });
  const { url } = world.bffs.web;
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-background-networking'] });
  return {
    url,
    built,
    visit: async (path, options = {}) => {
      const visit = await watched(browser, url, options);
      await visit.page.goto(url + path);
      return visit;
    },
    stop: async () => {
      await Promise.all([browser.close(), rm(built, { recursive: true, force: true })]);
      await world.stop();
    },
  };
};
