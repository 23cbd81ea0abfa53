import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWorld, type World } from './world.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
// On a machine without a browser this is told and counted as skipped; CI has to have one.
const withoutBrowser = CHROMIUM === undefined && process.env['CI'] === undefined;
if (withoutBrowser)
  process.stderr.write('NOT TESTED: the explorer in a browser, because there is no Chromium here. Install it: apt-get install chromium\n');

let world: World;
let browser: Browser;

beforeAll(async () => {
  if (withoutBrowser) return;
  if (CHROMIUM === undefined) throw new Error('CI needs Chromium for this test: apt-get install chromium');
  world = await startWorld();
  // Every host but this machine is unresolvable, as with no internet.
  const offline = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1';
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-background-networking', offline] });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await world?.stop();
});

const openExplorer = async (): Promise<{ page: Page; foreign: string[]; failures: string[] }> => {
  const page = await browser.newPage({ viewport: { width: 1_400, height: 900 } });
  const [foreign, failures]: [string[], string[]] = [[], []];
  page.on('request', (request) => {
    if (!request.url().startsWith(world.url) && !/^(data|blob):/.test(request.url())) foreign.push(request.url());
  });
  page.on('pageerror', (error) => failures.push(error.message));
  await page.goto(`${world.url}/`);
  await page.getByRole('button', { name: /^run/i }).first().waitFor();
  return { page, foreign, failures };
};

/** What stands in the editors: Monaco draws each line as text, with spaces that do not break. */
const textOf = async (page: Page): Promise<string> => (await page.locator('.view-lines').allInnerTexts()).join('\n').replaceAll('\u00a0', ' ');

test.skipIf(withoutBrowser)('the explorer opens with no internet, runs a prepared operation and shows rows and the query plan', async () => {
  const { page, foreign, failures } = await openExplorer();
  const answered = page.waitForResponse(
    (response) => response.request().method() === 'POST' && (response.request().postData() ?? '').includes('categories('),
  );
  await page.getByRole('button', { name: /^run/i }).first().click();
  const answer = (await (await answered).json()) as { data: { categories: { nodes: { slug: string }[] } } };
  expect(answer.data.categories.nodes.map(({ slug }) => slug)).toContain('candles');
  await expect.poll(() => textOf(page)).toContain('"slug": "bags"');
  await page.getByRole('tab', { name: /plan/i }).first().click();
  await expect.poll(() => textOf(page)).toContain('Fetch(service: "category")');
  expect(foreign).toEqual([]);
  expect(failures).toEqual([]);
});

test.skipIf(withoutBrowser)("the repository's own operations stand in the explorer's collections", async () => {
  const { page } = await openExplorer();
  const text = await page.content();
  for (const operation of ['Categories', 'Orders', 'SignIn']) expect(text).toContain(operation);
});
