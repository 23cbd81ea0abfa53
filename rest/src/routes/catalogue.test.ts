import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Reply, startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());
beforeEach(() => {
  api.rooms.received.length = 0;
});

const skusOf = ({ body }: Reply): string[] => body._embedded.products.map(({ sku }: { sku: string }) => sku);
const callsMade = (): string[] => api.rooms.received.map(({ method }) => method);

describe('a list', () => {
  test('is walked to its end and back by links alone, which keep the rest of the query', async () => {
    const walked: string[][] = [];
    let page = await api.ask(undefined, 'GET', '/products?first=4&category=candles');
    const firstSelf = page.body._links.self.href;
    for (; page.body._links.next !== undefined; page = await api.ask(undefined, 'GET', page.body._links.next.href)) walked.push(skusOf(page));
    walked.push(skusOf(page));
    expect(walked.flat()).toEqual(Array.from({ length: 22 }, (_, index) => `P${String(2 * index + 2).padStart(2, '0')}`));
    const back: string[][] = [skusOf(page)];
    for (; page.body._links.prev !== undefined; ) {
      page = await api.ask(undefined, 'GET', page.body._links.prev.href);
      back.unshift(skusOf(page));
    }
    expect(back).toEqual(walked);
    expect(page.body._links.self.href).toBe(firstSelf);
  });

  test('that is longer than its trail still leads back to its first page', async () => {
    let page = await api.ask(undefined, 'GET', '/products?first=2');
    for (let pages = 0; pages < 20; pages++) page = await api.ask(undefined, 'GET', page.body._links.next.href);
    for (; page.body._links.prev !== undefined; ) page = await api.ask(undefined, 'GET', page.body._links.prev.href);
    expect(skusOf(page)[0]).not.toBe('P01');
    expect(skusOf(await api.ask(undefined, 'GET', page.body._links.first.href))[0]).toBe('P01');
  });

  test('starts behind a cursor of the GraphQL interface, too', async () => {
    expect(skusOf(await api.ask(undefined, 'GET', '/products?first=2&after=4'))).toEqual(['P05', 'P06']);
  });

  test('embeds with one call however many items it has, and only what is asked for', async () => {
    const page = await api.ask(undefined, 'GET', '/products?first=45&embed=category&fields=sku,price');
    expect(callsMade()).toEqual(['ListProducts', 'GetCategories']);
    expect(page.body._embedded.products).toHaveLength(45);
    expect(page.body._embedded.products[1]).toEqual({
      sku: 'P02',
      price: { amount: 200, currency: 'GBP' },
      _links: { self: { href: '/products/P02' }, category: { href: '/categories/candles' } },
      _embedded: { category: expect.objectContaining({ slug: 'candles', parentSlug: 'home' }) },
    });
  });
});

describe('links', () => {
  test('show what the caller may do, and an action its method', async () => {
    const actions = async (who: string | undefined, path: string) => {
      const { body } = await api.ask(who, 'GET', path);
      return Object.entries<{ title?: string }>(body._links).flatMap(([rel, { title }]) => (/^(POST|PATCH|DELETE): /.test(title ?? '') ? [rel] : []));
    };
    for (const who of [undefined, 'ada'])
      for (const path of ['/products', '/products/P01', '/categories', '/categories/home']) expect(await actions(who, path), path).toEqual([]);
    expect(await actions('sam', '/products')).toEqual(['create']);
    expect(await actions('sam', '/products/P01')).toEqual(['edit']);
    expect(await actions('sam', '/categories')).toEqual(['create']);
    expect(await actions('sam', '/categories/candles')).toEqual(['edit', 'delete']);
  });

  test('lead from the root to everything, for nobody and for who is signed in', async () => {
    const rels = async (who?: string) => Object.keys((await api.ask(who, 'GET', '/')).body._links);
    const always = ['categories', 'category', 'docs', 'product', 'products', 'self', 'service-desc'];
    expect((await rels()).sort()).toEqual([...always, 'sign-in', 'sign-up'].sort());
    expect((await rels('ada')).sort()).toEqual([...always, 'me', 'order', 'orders'].sort());
  });
});

describe('a state that was read', () => {
  test('is not sent again while it is the same, for this caller', async () => {
    const first = await api.ask(undefined, 'GET', '/products/P03');
    const tag = first.headers.get('etag') ?? '';
    expect(tag).toMatch(/^"1\.[\w-]{16}"$/);
    const again = await api.ask(undefined, 'GET', '/products/P03', { headers: { 'if-none-match': `"x", W/${tag}` } });
    expect([again.status, again.body, again.headers.get('etag'), again.headers.get('content-type')]).toEqual([304, undefined, tag, null]);
    expect((await api.ask('sam', 'GET', '/products/P03', { headers: { 'if-none-match': tag } })).status).toBe(200);
    const page = await api.ask(undefined, 'GET', '/products');
    const pageTag = page.headers.get('etag') ?? '';
    expect((await api.ask(undefined, 'GET', '/products', { headers: { 'if-none-match': pageTag } })).status).toBe(304);
  });

  test('may be kept by anybody for nobody, and by the caller alone for somebody', async () => {
    const cached = async (who?: string) => (await api.ask(who, 'GET', '/products/P03')).headers.get('cache-control');
    expect(await cached()).toBe('public, max-age=60');
    expect(await cached('ada')).toBe('private, no-cache');
  });

  test('is what a change has to name: 428 without, 412 with another, 200 with it, and then it is another', async () => {
    const change = (ifMatch?: string) =>
      api.ask('sam', 'PATCH', '/products/P04', { body: { name: 'RENAMED' }, headers: ifMatch === undefined ? {} : { 'if-match': ifMatch } });
    const tag = (await api.ask('sam', 'GET', '/products/P04')).headers.get('etag') ?? '';
    expect((await change()).body).toMatchObject({ status: 428, code: 'PRECONDITION_REQUIRED' });
    for (const other of ['"7.abcdefghijklmnop"', '"foreign"', `W/${tag}`])
      expect((await change(other)).body, other).toMatchObject({ status: 412, code: 'VERSION_MISMATCH' });
    expect(api.rooms.products[3]?.name).toBe('PRODUCT 4');
    const changed = await change(tag);
    expect([changed.status, changed.body.name]).toEqual([200, 'RENAMED']);
    expect(changed.headers.get('etag')).toBe((await api.ask('sam', 'GET', '/products/P04')).headers.get('etag'));
    expect((await change(tag)).status).toBe(412);
    expect((await change('*')).status).toBe(200);
  });

  test('is what a deletion has to name', async () => {
    expect((await api.ask('sam', 'DELETE', '/categories/home')).status).toBe(428);
    expect((await api.ask('sam', 'DELETE', '/categories/home', { headers: { 'if-match': '"2.x"' } })).status).toBe(412);
    const gone = await api.ask('sam', 'DELETE', '/categories/home', { headers: { 'if-match': '"1.x"' } });
    expect([gone.status, gone.body]).toEqual([204, undefined]);
  });
});

describe('a write', () => {
  const created = { sku: 'NEW', name: 'New', price: { amount: 5 }, categorySlug: 'home' };

  test('answers where the new thing is', async () => {
    const reply = await api.ask('sam', 'POST', '/products', { body: created });
    expect([reply.status, reply.headers.get('location')]).toEqual([201, '/products/NEW']);
    expect(reply.body.price).toEqual({ amount: 5, currency: 'GBP' });
  });

  test('carries the key of the client, and a hash that is the same exactly for the same request', async () => {
    const hashOf = async (body: object, key: string) => {
      await api.ask('sam', 'POST', '/products', { body, headers: { 'idempotency-key': key } });
      const { request } = api.rooms.received.at(-1) ?? {};
      return (request as { idempotency: { key: string; requestHash: string } }).idempotency;
    };
    const first = await hashOf(created, 'key-1');
    expect(first).toEqual({ key: 'key-1', requestHash: expect.stringMatching(/^[\w-]{43}$/) });
    expect(await hashOf(Object.fromEntries(Object.entries(created).reverse()), '"key-1"')).toEqual(first);
    expect((await hashOf({ ...created, name: 'Other' }, 'key-1')).requestHash).not.toBe(first.requestHash);
    const bad = await api.ask('sam', 'POST', '/products', { body: created, headers: { 'idempotency-key': 'x'.repeat(256) } });
    expect(bad.body).toMatchObject({ status: 400, errors: [{ header: 'Idempotency-Key' }] });
  });

  test('of nobody is 401 before anything of it is looked at, of a customer 403, of what is not there 404', async () => {
    expect((await api.ask(undefined, 'POST', '/products', { body: '{{{' })).body).toMatchObject({ status: 401, code: 'SIGN_IN_REQUIRED' });
    expect((await api.ask('ada', 'POST', '/products', { body: created })).body).toMatchObject({ status: 403, code: 'NOT_ALLOWED' });
    const absent = await api.ask('sam', 'PATCH', '/products/NOPE', { body: {}, headers: { 'if-match': '*' } });
    expect(absent.body).toMatchObject({ status: 404, code: 'PRODUCT_NOT_FOUND', details: { sku: 'NOPE' } });
  });

  test('moves a category to the top with null, and leaves it where it is without', async () => {
    const patch = async (body: object) => {
      await api.ask('sam', 'PATCH', '/categories/candles', { body, headers: { 'if-match': '*' } });
      return api.rooms.received.at(-1)?.request;
    };
    expect(await patch({ parentSlug: null })).toMatchObject({ slug: 'candles', root: true });
    expect(await patch({ parentSlug: 'home', slug: 'lights' })).toMatchObject({ parentSlug: 'home', newSlug: 'lights' });
    const renamed = await patch({ name: 'Lights' });
    expect(renamed).toMatchObject({ name: 'Lights' });
    expect(renamed).not.toMatchObject({ root: true });
  });
});
