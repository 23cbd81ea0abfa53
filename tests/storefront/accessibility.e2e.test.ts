import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CUSTOMER } from './page-steps.ts';
import { type StorefrontWorld, startStorefront, withoutBrowser } from './storefront-world.ts';

/** Where to leave a picture of each screen for people to look at; none are made when it is not set. */
const PICTURES = process.env['STOREFRONT_PICTURES'];

let shop: StorefrontWorld;
let axe: string;

beforeAll(async () => {
  if (withoutBrowser) return;
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  shop = await startStorefront();
}, 180_000);
afterAll(() => shop?.stop());

type Look = (name: string) => Promise<void>;
type Screen = (page: Page, look: Look) => Promise<void>;

/** Every screen, in an order in which one leads to the next. */
const SCREENS: Screen[] = [
  async (page, look) => {
    await page.goto(`${shop.url}/`);
    await page.locator('.card h3').first().waitFor();
    await look('home');
  },
  async (page, look) => {
    await page.goto(`${shop.url}/category/lighting`);
    await page.locator('.card h3').first().waitFor();
    await look('category');
  },
  async (page, look) => {
    await page.goto(`${shop.url}/product/85123A`);
    await page.getByText('Item number').waitFor();
    await page.getByRole('button', { name: 'Add to basket', exact: true }).click();
    await look('product');
  },
  async (page, look) => {
    await page.goto(`${shop.url}/basket`);
    await look('basket');
    await page.goto(`${shop.url}/checkout`);
    await look('checkout-anonymous');
    await page.goto(`${shop.url}/sign-up`);
    await look('sign-up');
    await page.goto(`${shop.url}/nowhere`);
    await look('not-found');
  },
  async (page, look) => {
    await page.goto(`${shop.url}/sign-in?next=/checkout`);
    await page.getByLabel('Email').fill(CUSTOMER);
    await page.getByLabel('Password').fill('wrong password');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    await look('sign-in-refused');
    await page.getByLabel('Password').fill('supergraph');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Place order' }).waitFor();
    await look('checkout');
  },
  async (page, look) => {
    await page.getByRole('button', { name: 'Place order' }).click();
    await page.getByRole('button', { name: /^Pay/ }).waitFor();
    await look('order-pending');
    await page.getByRole('button', { name: /^Pay/ }).click();
    await page.getByText('Paid', { exact: true }).waitFor();
    await look('order-paid');
    await page.getByRole('button', { name: 'Cancel order' }).click();
    await look('order-cancel');
    await page.getByRole('button', { name: 'Keep it' }).click();
  },
  async (page, look) => {
    await page.getByRole('link', { name: '← My orders' }).click();
    await page.locator('.order-row').first().waitFor();
    await look('orders');
  },
];

const problemsOf = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  return violations.map(({ id, impact, nodes }) => `${impact}: ${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
};

const LOOKS = [
  [360, 'light'],
  [1_440, 'dark'],
] as const;
const OTHER_LOOKS = [
  [360, 'dark'],
  [1_440, 'light'],
] as const;

test.skipIf(withoutBrowser).each(PICTURES === undefined ? LOOKS : [...LOOKS, ...OTHER_LOOKS])(
  'no screen has a barrier, a sideways scroll bar or an error at %i px, %s',
  async (width, colorScheme) => {
    const size = { width, height: width === 360 ? 740 : 900 };
    const { page, failures } = await shop.visit('/', { viewport: size, colorScheme, reducedMotion: 'reduce' });
    const found: string[] = [];
    const look: Look = async (name) => {
      found.push(...(await problemsOf(page)).map((problem) => `${name}: ${problem}`));
      const beyond = await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      if (beyond > 0) found.push(`${name} is ${beyond} px too wide`);
      if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, `${name}-${width}-${colorScheme}.png`) });
    };
    for (const screen of SCREENS) await screen(page, look);
    await page.context().close();
    expect(found).toEqual([]);
    expect(failures).toEqual([]);
  },
  120_000,
);
