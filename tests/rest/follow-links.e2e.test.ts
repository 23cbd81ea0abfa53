import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLinkFollower, findEmbedded, type LinkFollower } from './link-follower.ts';
import { type Resource, send } from './rest-client.ts';
import { type RestWorld, startRestWorld } from './rest-world.ts';

let world: RestWorld;

beforeAll(async () => {
  world = await startRestWorld();
}, 120_000);
afterAll(() => world?.stop());

const PAYMENT_DEADLINE_MS = 30_000;
const relsOf = ({ _links = {} }: Resource): string[] => Object.keys(_links);

const signIn = async (client: LinkFollower, email: string): Promise<Resource> => {
  const session = await client.follow(await client.home(), 'sign-in', { body: { email, password: 'supergraph' } });
  client.token = String(session['accessToken']);
  return client.follow(session, 'home');
};

const untilPaid = async (client: LinkFollower, pending: Resource): Promise<Resource> => {
  const deadline = Date.now() + PAYMENT_DEADLINE_MS;
  for (let order = pending; ; order = await client.follow(order, 'self')) {
    if (order['status'] === 'PAID') return order;
    if (Date.now() > deadline) throw new Error(`the order is ${order['status']}, expected PAID`);
    await sleep(100);
  }
};

test('a client that knows no address but / signs in, finds a product, orders it, pays, and staff ship it', async () => {
  const client = createLinkFollower(world.restUrl);
  const home = await signIn(client, 'customer-17850@example.com');
  expect(relsOf(home)).not.toContain('sign-in');

  const found = await client.follow(home, 'products', { variables: { search: 'hanging heart', first: '50' } });
  const product = await client.follow(
    findEmbedded(found, 'products', ({ sku }) => sku === '85123A'),
    'self',
  );

  const orders = await client.follow(home, 'orders', { variables: { first: '5' } });
  const placed = await client.follow(orders, 'create', { body: { items: [{ sku: product['sku'], quantity: 3 }] } });
  expect(placed).toMatchObject({ status: 'PENDING', total: { amount: 3 * (product['price'] as { amount: number }).amount } });
  expect(relsOf(placed)).toEqual(expect.arrayContaining(['self', 'items', 'customer', 'pay', 'cancel']));
  expect(await client.follow(await client.follow(placed, 'items').then((page) => findEmbedded(page, 'items', () => true)), 'product')).toEqual(
    product,
  );

  const paid = await untilPaid(client, await client.follow(placed, 'pay'));
  expect(relsOf(paid)).not.toEqual(expect.arrayContaining(['pay']));
  expect(relsOf(paid)).not.toContain('ship');

  const staff = createLinkFollower(world.restUrl);
  const office = await signIn(staff, 'staff@example.com');
  const seen = await staff.follow(office, 'order', { variables: { number: String(paid['number']) } });
  const shipped = await staff.follow(seen, 'ship');
  expect(shipped['status']).toBe('SHIPPED');
  expect(relsOf(shipped).filter((rel) => ['pay', 'cancel', 'ship'].includes(rel))).toEqual([]);
  expect(client.trace.filter((line) => line === 'GET /')).toHaveLength(2);
}, 60_000);

test('pages lead forth and back by links, and cover a list once', async () => {
  const client = createLinkFollower(world.restUrl);
  const list = await client.follow(await client.home(), 'categories', { variables: { first: '10' } });
  const slugsOf = ({ _embedded = {} }: Resource): unknown[] => [_embedded['categories'] ?? []].flat().map(({ slug }) => slug);
  const pages = [list];
  for (let page = list; relsOf(page).includes('next'); ) {
    page = await client.follow(page, 'next');
    pages.push(page);
  }
  const slugs = pages.flatMap(slugsOf);
  expect([pages.length, slugs.length, new Set(slugs).size]).toEqual([4, 35, 35]);
  for (const [index, page] of pages.entries()) {
    expect(relsOf(page).includes('prev')).toBe(index > 0);
    if (index > 0) expect(slugsOf(await client.follow(page, 'prev'))).toEqual(slugsOf(pages[index - 1] as Resource));
  }
});

const ROUNDS = 4;
/** About the API, not part of it. */
const REFERENCES = ['/docs', '/openapi.json'];

interface Shown {
  href: string;
  method: string;
}

/** What an optional `{?name}` asks for may be left out. */
const linksIn = (text: string): Shown[] =>
  [...text.matchAll(/\{"href":"([^"]+)"(?:,"\w+":(?:true|"[^"]*"))*\}/g)]
    .map(([link, href = '']) => ({ href: href.replace(/\{\?[^}]*\}/, ''), method: /"title":"(POST|PATCH|DELETE): /.exec(link)?.[1] ?? 'GET' }))
    .filter(({ href }) => !href.includes('{'));

/** Lists are long: a few of each kind will do. */
const someOf = (links: readonly Shown[]): Shown[] => {
  const kindOf = ({ href, method }: Shown): string => `${method} ${href.replace(/[^/]*\d[^/]*|(?<=categories\/)[^/?]+/g, 'x').split('?')[0]}`;
  return [...Map.groupBy(links, kindOf).values()].flatMap((kind) => kind.slice(0, 2));
};

/** @returns the links that a link leads to. */
const visit = async ({ href, method }: Shown, token: string | undefined): Promise<Shown[]> => {
  if (REFERENCES.includes(href)) {
    const { status } = await send(world.restUrl, { method, path: href });
    expect([href, status < 400]).toEqual([href, true]);
    return [];
  }
  const { headers } = await send(world.restUrl, { method: 'OPTIONS', path: href });
  expect([href, headers.get('allow')?.split(', ')]).toEqual([href, expect.arrayContaining([method])]);
  if (method !== 'GET') return [];
  const { status, text } = await send(world.restUrl, { method, path: href, token });
  expect([href, status]).toEqual([href, 200]);
  return linksIn(text);
};

test.each([
  ['nobody', undefined],
  ['a customer', 'customer-17850@example.com'],
  ['staff', 'staff@example.com'],
])(
  'no link that %s is shown leads nowhere or to what is refused, and OPTIONS knows its method',
  async (_who, email) => {
    const token = email === undefined ? undefined : await world.signIn(email);
    const seen = new Set<string>();
    let shown: Shown[] = [{ href: '/', method: 'GET' }];
    for (let round = 0; round < ROUNDS; round++) {
      const found = (await Promise.all(shown.map((link) => visit(link, token)))).flat();
      shown = someOf(found.filter(({ href, method }) => !seen.has(`${method} ${href}`)));
      for (const { href, method } of found) seen.add(`${method} ${href}`);
    }
    expect(seen.size).toBeGreaterThan(30);
  },
  60_000,
);
