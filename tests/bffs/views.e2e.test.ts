import { request } from 'node:http';
import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BFFS, type BffWorld, startBffWorld } from './bff-world.ts';
import { type CountingProxy, startCountingProxy } from './counting-proxy.ts';

const CUSTOMER = 'customer-17850@example.com';
const OTHER = 'customer-13047@example.com';
const SKU = '85123A';

let world: BffWorld;
let proxy: CountingProxy;
let token: string;

beforeAll(async () => {
  world = await startBffWorld({
    routerFor: async (url) => {
      proxy = await startCountingProxy(url);
      return proxy.url;
    },
  });
  token = await world.signIn(CUSTOMER);
}, 180_000);
afterAll(async () => {
  await world?.stop();
  proxy?.close();
});

const placeOrder = async (bff: (typeof BFFS)[number]) => {
  const placed = await world.view(bff, '/views/checkout', { token, body: { items: [{ sku: SKU, quantity: 2 }] } });
  expect([placed.status, placed.headers.get('cache-control')]).toEqual([201, 'no-store']);
  return placed.body.order;
};

describe.each(BFFS)('%s', (bff) => {
  const view = (path: string, more?: Parameters<BffWorld['view']>[2]) => world.view(bff, path, more);

  test('every screen is one operation of the router, by its id, on the contract of this BFF', async () => {
    const { number } = await placeOrder(bff);
    proxy.take();
    const ids = new Set<string | undefined>();
    for (const path of ['/home', '/category/candles', `/product/${SKU}`, '/my-orders', `/order-detail/${number}`]) {
      const answer = await view(`/views${path}`, { token });
      expect([path, answer.status, answer.body?.missing]).toEqual([path, 200, []]);
      const asked = proxy.take();
      expect(asked.map((one) => one.path)).toEqual([`/${bff}/graphql`]);
      expect(asked[0]?.documentId).toMatch(/^sha256:[0-9a-f]{64}$/);
      ids.add(asked[0]?.documentId);
    }
    expect(ids.size).toBe(5);
    await placeOrder(bff);
    expect(proxy.take()).toHaveLength(1);
  });

  test('home has as many products as asked for, a category goes on where its page ended', async () => {
    expect((await view('/views/home?first=7')).body.products.nodes).toHaveLength(7);
    const { body } = await view('/views/category/candles?first=3');
    const { nodes, pageInfo } = body.category.products;
    expect([body.category.name, nodes.length, pageInfo.hasNextPage]).toEqual(['Candles', 3, true]);
    const next = (await view(`/views/category/candles?first=3&after=${encodeURIComponent(pageInfo.endCursor)}`)).body.category.products.nodes;
    const skus = [...nodes, ...next].map(({ sku }: { sku: string }) => sku);
    expect(new Set(skus).size).toBe(6);
  });

  test('what does not exist is a problem', async () => {
    for (const [path, code] of [
      ['/views/category/no-such', 'CATEGORY_NOT_FOUND'],
      ['/views/product/no-such', 'PRODUCT_NOT_FOUND'],
      ['/views/order-detail/no-such', 'ORDER_NOT_FOUND'],
    ] as const) {
      const { status, headers, body } = await view(path, { token });
      expect([status, headers.get('content-type'), body.code, body.instance]).toEqual([404, 'application/problem+json', code, path]);
    }
    expect((await view('/views/category/candles?after=nonsense')).body).toMatchObject({ status: 400, code: 'CURSOR_INVALID' });
    expect((await view('/views/home?colour=red')).body).toMatchObject({ status: 400, errors: [{ parameter: 'colour' }] });
  });

  test('an order is placed at the price of the shop, and belongs to who placed it', async () => {
    const order = await placeOrder(bff);
    expect(order).toMatchObject({ status: 'PENDING', items: { nodes: [{ line: 1, quantity: 2, product: { sku: SKU } }] } });
    expect((await view('/views/my-orders?first=1', { token })).body.orders.nodes[0]).toMatchObject({ number: order.number, total: order.total });
    const path = `/views/order-detail/${order.number}`;
    expect((await view(path, { token })).body.order).toEqual(order);
    expect((await view(path, { token: await world.signIn(OTHER) })).status).toBe(404);
    expect((await view(path, { token: await world.signIn('staff@example.com') })).status).toBe(200);
    expect((await view(path)).body).toMatchObject({ status: 401, code: 'SIGN_IN_REQUIRED' });
    expect((await view(path, { token: 'forged' })).body).toMatchObject({ status: 401, code: 'ACCESS_TOKEN_INVALID' });
    const nothing = await view('/views/checkout', { token, body: { items: [{ sku: 'no-such', quantity: 1 }] } });
    expect(nothing.body).toMatchObject({ status: 422, code: 'PRODUCT_NOT_FOR_SALE' });
  });

  test('what nobody in particular asked for may be kept by anybody, what somebody asked for by them alone', async () => {
    const home = await view('/views/home');
    expect(home.headers.get('cache-control')).toBe('public, max-age=60');
    const again = await view('/views/home', { headers: { 'if-none-match': home.headers.get('etag') ?? '' } });
    expect([again.status, again.text]).toEqual([304, '']);
    const mine = await view('/views/my-orders', { token });
    expect([mine.headers.get('cache-control'), mine.headers.get('vary')]).toEqual(['private, no-cache', expect.stringContaining('Authorization')]);
    const unchanged = await view('/views/my-orders', { token, headers: { 'if-none-match': mine.headers.get('etag') ?? '' } });
    expect(unchanged.status).toBe(304);
    await placeOrder(bff);
    const changed = await view('/views/my-orders', { token, headers: { 'if-none-match': mine.headers.get('etag') ?? '' } });
    expect(changed.status).toBe(200);
  });

  test('answers are compressed with brotli', async () => {
    const [encoding, bytes] = await new Promise<[string | undefined, Buffer]>((resolve, reject) => {
      const sent = request(`${world.bffs[bff].url}/views/home`, { headers: { 'accept-encoding': 'br' } }, async (response) =>
        resolve([response.headers['content-encoding'], Buffer.concat(await response.toArray())]),
      );
      sent.once('error', reject).end();
    });
    expect(encoding).toBe('br');
    expect(JSON.parse(brotliDecompressSync(bytes).toString()).products.nodes.length).toBeGreaterThan(5);
  });
});

describe('the web has more to show', () => {
  test('breadcrumbs, related products, what was sold, what was ordered', async () => {
    const { product } = (await world.view('web', `/views/product/${SKU}`)).body;
    expect(product.category.path.length).toBeGreaterThan(1);
    expect(product.related).toHaveLength(6);
    expect(product.unitsSold).toBeGreaterThan(1_000);
    const { me, orders } = (await world.view('web', '/views/my-orders?first=2', { token })).body;
    expect(me.email).toBe(CUSTOMER);
    expect(orders.nodes[0]).toMatchObject({ customer: { email: CUSTOMER }, items: { nodes: [{ product: { sku: SKU } }] } });
    const small = (await world.view('mobile', '/views/my-orders?first=2', { token })).body.orders.nodes[0];
    expect(Object.keys(small).sort()).toEqual(['number', 'placedAt', 'status', 'total']);
  });
});
