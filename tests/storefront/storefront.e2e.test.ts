import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync } from 'node:zlib';
import { OrderStatusDocument, OrderStatusesDocument } from '@supergraph/client/web';
import type { Page, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CUSTOMER, heading, layoutShift, main, signIn, tabTo } from './page-steps.ts';
import { type StorefrontWorld, startStorefront, type Visit, withoutBrowser } from './storefront-world.ts';

const MAX_SCRIPT_BYTES = 110_000;

let shop: StorefrontWorld;
let open: Visit[] = [];

beforeAll(async () => {
  if (!withoutBrowser) shop = await startStorefront();
}, 180_000);
afterAll(() => shop?.stop());
afterEach(async () => {
  await Promise.all(open.map(({ page }) => page.context().close()));
  open = [];
});

const visit = async (path: string): Promise<Visit> => {
  const visited = await shop.visit(path, { viewport: { width: 1_440, height: 900 } });
  open.push(visited);
  return visited;
};

/** Puts one product into the basket and orders it. @returns the order's number. */
const order = async (page: Page): Promise<string> => {
  await page.goto(`${shop.url}/product/85123A`);
  await page.getByRole('button', { name: 'Add to basket', exact: true }).click();
  await page.getByRole('link', { name: /^Basket/ }).click();
  await page.getByRole('button', { name: 'Check out' }).click();
  await page.getByRole('button', { name: 'Place order' }).click();
  const title = heading(page, /^Order /);
  await title.waitFor();
  return (await title.innerText()).replace('Order ', '');
};

const QUESTIONS: ReadonlySet<unknown> = new Set([OrderStatusDocument, OrderStatusesDocument].map(({ __meta__ }) => __meta__?.['hash']));
const isQuestion = (request: Request): boolean =>
  new URL(request.url()).pathname === '/graphql' && QUESTIONS.has((request.postDataJSON() as { documentId?: string }).documentId);

/** From now on the page cannot ask how its orders are. @returns how often it tried. */
const refuseQuestions = async (page: Page): Promise<() => number> => {
  let tried = 0;
  await page.route('**/graphql', (route) => {
    if (!isQuestion(route.request())) return route.fallback();
    tried += 1;
    return route.abort();
  });
  return () => tried;
};

/** @returns a function that waits until a stream stands and the question that follows it is answered. */
const answeredOnce = (page: Page): (() => Promise<void>) => {
  const stream = page.waitForResponse((response) => response.url().endsWith('/graphql/stream') && response.ok());
  const answer = stream.then(() => page.waitForResponse((response) => isQuestion(response.request())));
  return async () => {
    const response = await answer;
    await response.finished();
  };
};

describe.skipIf(withoutBrowser)('shopping', () => {
  test('browse, order, sign in on the way, pay, and see PAID without loading the page again', async () => {
    const { page, failures, requests } = await visit('/');
    await page.getByRole('navigation', { name: 'Categories' }).getByRole('link', { name: 'Lighting' }).click();
    await heading(page, 'Lighting').waitFor();
    const cards = main(page).locator('.card h3');
    await expect.poll(() => cards.count()).toBe(24);
    await page.getByRole('button', { name: 'More products' }).click();
    await expect.poll(() => cards.count()).toBe(48);
    await page.getByRole('link', { name: 'Candles', exact: true }).first().click();
    await heading(page, 'Candles').waitFor();
    const product = await cards.first().innerText();
    await cards.first().getByRole('link').click();
    await heading(page, product).waitFor();
    await page.getByLabel('Quantity').fill('3');
    await page.getByRole('button', { name: 'Add to basket', exact: true }).click();
    await page.getByRole('link', { name: 'Basket 3' }).click();
    await page.getByRole('button', { name: 'Check out' }).click();
    await main(page).getByRole('link', { name: 'Sign in' }).click();
    await signIn(page);
    await page.evaluate("document.body.dataset.loaded = 'once'");
    await page.getByRole('button', { name: 'Place order' }).click();
    await page.getByRole('status').getByText('Thank you for your order.', { exact: true }).waitFor();
    await page.getByRole('button', { name: /^Pay £/ }).click();
    await main(page).getByText('Paid', { exact: true }).waitFor();
    expect(await page.locator('body').getAttribute('data-loaded')).toBe('once');
    expect(await page.getByRole('link', { name: 'Basket 0' }).count()).toBe(1);
    await page.getByRole('button', { name: 'Cancel order' }).click();
    await page.getByRole('button', { name: 'Yes, cancel it' }).click();
    await main(page).getByText('Your money went back.').waitFor();
    expect(failures).toEqual([]);
    expect(requests.filter((path) => path.startsWith('/views/'))).toEqual([
      '/views/home',
      '/views/category/lighting',
      '/views/category/lighting',
      '/views/category/candles',
      expect.stringMatching('^/views/product/'),
      '/views/checkout',
      expect.stringMatching('^/views/order-detail/'),
    ]);
  });

  test('the list of orders follows an order that is paid elsewhere', async () => {
    const { page } = await visit('/sign-in?next=/orders');
    await signIn(page);
    await heading(page, 'My orders').waitFor();
    const number = await order(page);
    await page.getByRole('button', { name: /^Pay £/ }).click();
    await page.getByRole('link', { name: '← My orders' }).click();
    const row = main(page).getByRole('listitem').filter({ hasText: number });
    await row.getByText('Paid', { exact: true }).waitFor();
  });

  test('PAID comes by the stream: it does without a single question, and without another page load', async () => {
    const { page, failures } = await visit('/sign-in?next=/basket');
    await signIn(page);
    await heading(page, 'Basket').waitFor();
    const asked = answeredOnce(page);
    await order(page);
    // Once for what may have happened before the stream stood.
    await asked();
    const refusals = await refuseQuestions(page);
    await page.getByRole('button', { name: /^Pay £/ }).click();
    await main(page).getByText('Paid', { exact: true }).waitFor();
    expect([refusals(), failures]).toEqual([0, []]);
  });

  test('the list of orders is told by one stream what was paid on another page', async () => {
    const { page: elsewhere } = await visit('/sign-in?next=/orders');
    await signIn(elsewhere);
    await heading(elsewhere, 'My orders').waitFor();
    const numbers = [await order(elsewhere), await order(elsewhere)];
    const { page, requests, failures } = await visit('/sign-in?next=/orders');
    const asked = answeredOnce(page);
    await signIn(page);
    await asked();
    const refusals = await refuseQuestions(page);
    const row = (number = '') => main(page).getByRole('listitem').filter({ hasText: number });
    await row(numbers[0]).getByText('Waiting for payment').waitFor();
    await elsewhere.getByRole('button', { name: /^Pay £/ }).click();
    await row(numbers[1]).getByText('Paid', { exact: true }).waitFor();
    expect(await row(numbers[0]).getByText('Waiting for payment').count()).toBe(1);
    expect([refusals(), requests.filter((path) => path === '/graphql/stream'), failures]).toEqual([0, ['/graphql/stream'], []]);
  });

  test('where no stream can be had it asks', async () => {
    const { page } = await visit('/sign-in?next=/orders');
    await page.route('**/graphql/stream', (route) => route.abort());
    await signIn(page);
    await heading(page, 'My orders').waitFor();
    await order(page);
    await page.getByRole('button', { name: /^Pay £/ }).click();
    await main(page).getByText('Paid', { exact: true }).waitFor();
  });

  test('signing in and ordering need no mouse', async () => {
    const { page, failures } = await visit('/product/85123A');
    await heading(page, /HEART/).waitFor();
    await tabTo(page, /^Skip to content$/);
    await page.keyboard.press('Enter');
    await tabTo(page, /^Quantity$/);
    await tabTo(page, /^Add to basket$/);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Home');
    await page.getByText(/^Added to the basket/).waitFor();
    await page.goto(`${shop.url}/checkout`);
    await main(page).getByRole('link', { name: 'Sign in' }).waitFor();
    await tabTo(page, /^Basket 1$/);
    await tabTo(page, /^Sign in$/);
    await page.keyboard.press('Enter');
    await heading(page, 'Sign in').waitFor();
    await tabTo(page, /^Email$/);
    await page.keyboard.type(CUSTOMER);
    await tabTo(page, /^Password$/);
    await page.keyboard.type('supergraph');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Place order' }).waitFor();
    await tabTo(page, /^Place order$/);
    await page.keyboard.press('Enter');
    await heading(page, /^Order /).waitFor();
    await tabTo(page, /^Pay £/);
    await page.keyboard.press('Space');
    await main(page).getByText('Paid', { exact: true }).waitFor();
    expect(failures).toEqual([]);
  });
});

describe.skipIf(withoutBrowser)('sessions', () => {
  test('a session outlives a reload, and another tab has none', async () => {
    const { page } = await visit('/sign-in?next=/orders');
    await signIn(page);
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await page.reload();
    await main(page).getByText(CUSTOMER).waitFor();
    // Tokens are the tab's: what all tabs read, and what stays when the browser is closed, has none.
    const stored = await page.evaluate<string>('JSON.stringify([localStorage, sessionStorage.getItem("supergraph.refresh-token")])');
    const [kept, refreshToken] = JSON.parse(stored) as [Record<string, string>, string];
    expect(JSON.stringify(kept)).not.toMatch(/eyJ/);
    expect(refreshToken).not.toBe('');
    expect(JSON.stringify(kept)).not.toContain(refreshToken);
    const other = await page.context().newPage();
    await other.goto(`${shop.url}/orders`);
    await main(other).getByRole('link', { name: 'Sign in' }).waitFor();
  });

  test('a refused refresh token ends the session and says so', async () => {
    const { page } = await visit('/sign-in?next=/orders');
    await signIn(page);
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await page.evaluate("sessionStorage.setItem('supergraph.refresh-token', 'not-a-token')");
    await page.reload();
    await page.getByText('Your session has ended. Sign in to see your orders.').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
  });

  test('a wrong password is told, and signing up makes an account that is signed in', async () => {
    const { page } = await visit('/sign-in');
    await signIn(page, CUSTOMER, 'not the password');
    await page.getByRole('alert').getByText('The email or the password is wrong.').waitFor();
    await page.getByRole('link', { name: 'Make an account' }).click();
    await page.getByLabel('Name').fill('Ada');
    await page.getByLabel('Email').fill(`ada-${Date.now()}@example.com`);
    await page.getByLabel('Country').fill('United Kingdom');
    await page.getByLabel('Password').fill('supergraph');
    await page.getByRole('button', { name: 'Make the account' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await page.getByRole('link', { name: 'My orders' }).click();
    await page.getByText('You have not ordered anything yet.').waitFor();
  });
});

describe.skipIf(withoutBrowser)('when things go wrong', () => {
  test('a shop that does not answer is told, and tried again on demand', async () => {
    const { page } = await visit('/basket');
    await page.route('**/views/home', (route) => route.abort());
    await page.getByRole('link', { name: 'Storefront' }).click();
    await page.getByRole('alert').getByText('The shop does not answer.').waitFor();
    await page.unroute('**/views/home');
    await page.getByRole('button', { name: 'Try again' }).click();
    await main(page).locator('.card').first().waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  test.each([
    ['/nowhere', 'There is no such page.'],
    ['/category/nothing', "There is no category 'nothing'."],
    ['/product/NOTHING', "There is no product 'NOTHING'."],
  ])('%s is not found', async (path, text) => {
    const { page } = await visit(path);
    await heading(page, 'Not found').waitFor();
    expect(await main(page).innerText()).toContain(text);
  });

  test('a product that is not sold any more is named at checkout, and the basket is kept', async () => {
    const { page } = await visit('/sign-in?next=/checkout');
    const line = { sku: 'GONE-1', name: 'Gone', price: { amount: 1, currency: 'GBP' }, quantity: 1 };
    await page.evaluate(`localStorage.setItem('supergraph.basket.1', '${JSON.stringify([line])}')`);
    await page.reload();
    await signIn(page);
    await page.getByRole('button', { name: 'Place order' }).click();
    await page.getByRole('alert').getByText('GONE-1').waitFor();
    expect(await page.getByRole('link', { name: 'Basket 1' }).count()).toBe(1);
  });
});

describe.skipIf(withoutBrowser)('speed', () => {
  test('the script is small', async () => {
    const assets = join(shop.built, 'assets');
    const scripts = (await readdir(assets)).filter((name) => name.endsWith('.js'));
    const sizes = await Promise.all(scripts.map(async (name) => brotliCompressSync(await readFile(join(assets, name))).length));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MAX_SCRIPT_BYTES);
  });

  test.each([360, 1_440])('nothing moves while a screen loads, %i px wide', async (width) => {
    for (const path of ['/', '/category/lighting', '/product/85123A']) {
      const { page } = await visit('/basket');
      await page.setViewportSize({ width, height: 800 });
      await page.route('**/views/**', async (route) => {
        await sleep(300);
        await route.continue();
      });
      await page.goto(shop.url + path);
      await main(page).locator('.card h3').first().waitFor();
      // 0.1 is what counts as good; a screen whose parts find their room taken stays far below.
      expect(await layoutShift(page), path).toBeLessThan(0.01);
    }
  });

  test('going back shows the screen as it was, at once and where it was', async () => {
    const { page } = await visit('/category/lighting');
    const cards = main(page).locator('.card h3');
    await page.getByRole('button', { name: 'More products' }).click();
    await expect.poll(() => cards.count()).toBe(48);
    await cards.nth(40).getByRole('link').click();
    await main(page).getByText('Item number').waitFor();
    await page.goBack();
    await expect.poll(() => cards.count()).toBe(48);
    await expect.poll(() => page.evaluate<number>('scrollY')).toBeGreaterThan(500);
  });
});
