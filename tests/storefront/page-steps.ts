import type { Page } from 'playwright-core';

export const CUSTOMER = 'customer-17850@example.com';

/** The content of a screen, without header and footer. */
export const main = (page: Page) => page.getByRole('main');
export const heading = (page: Page, name: string | RegExp) => main(page).getByRole('heading', { level: 1, name });

/** Fills the form in and sends it. */
export const signIn = async (page: Page, email = CUSTOMER, password = 'supergraph'): Promise<void> => {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(password);
  await main(page).getByRole('button', { name: 'Sign in' }).click();
};

/** The name of what has the focus: these scripts run in the page. */
const FOCUSED = `(() => {
  const element = document.activeElement;
  return element.labels?.[0]?.innerText ?? element.getAttribute('aria-label') ?? element.textContent;
})()`;

/** What moved while the page was loading, as browsers add it up (https://web.dev/articles/cls). */
const LAYOUT_SHIFT = `new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const { value } of list.getEntries()) sum += value; }).observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => resolve(sum), 300);
})`;

/** Presses Tab until something with this name has the focus. */
export const tabTo = async (page: Page, name: RegExp): Promise<void> => {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press('Tab');
    if (name.test(await page.evaluate<string>(FOCUSED))) return;
  }
  throw new Error(`Tab never came to ${name}`);
};

export const layoutShift = (page: Page): Promise<number> => page.evaluate<number>(LAYOUT_SHIFT);
