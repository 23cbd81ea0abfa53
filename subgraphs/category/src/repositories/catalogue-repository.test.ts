import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import type { Page, PageRequest, SortKeys } from '@supergraph/pagination';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Category } from '../domain/category.ts';
import type { Product } from '../domain/product.ts';
import type { CategoryReader, ProductReader, TransactCatalogue } from '../use-cases/ports.ts';
import { createCategoryReader } from './category-repository.postgres.ts';
import { createProductReader } from './product-repository.postgres.ts';
import { createTransactCatalogue } from './transact-catalogue.postgres.ts';

let fixture: TestDatabase;
let categories: CategoryReader;
let products: ProductReader;
let transact: TransactCatalogue;

beforeAll(async () => {
  fixture = await createTestDatabase('category', new URL('../../migrations/', import.meta.url));
  categories = createCategoryReader(fixture.database);
  products = createProductReader(fixture.database);
  transact = createTransactCatalogue(fixture.database);
});
afterAll(() => fixture.drop());
beforeEach(() => fixture.database.query('truncate products, categories'));

const addCategory = async (slug: string, parent?: Category, name = slug): Promise<Category> => {
  const category = { id: randomUUID(), slug, name, parentId: parent?.id, version: 1 };
  await transact((catalogue) => catalogue.categories.add(category));
  return category;
};
const addProduct = async (sku: string, category: Category, { name = sku, amount = 100 } = {}): Promise<Product> => {
  const product = { id: randomUUID(), sku, name, price: { amount, currency: 'GBP' }, categoryId: category.id, version: 1 };
  await transact((catalogue) => catalogue.products.add(product));
  return product;
};
const first = (limit: number): PageRequest => ({ limit, after: undefined });
const slugs = (page: Page<Category> | undefined): string[] => page?.items.map(({ slug }) => slug) ?? [];
const skus = (page: Page<Product> | undefined): string[] => page?.items.map(({ sku }) => sku) ?? [];

/** Reads page after page, as a client does who follows the cursors. */
const follow = async <Item>(
  limit: number,
  read: (page: PageRequest) => Promise<Page<Item> | undefined>,
  keys: (item: Item) => SortKeys,
): Promise<Item[][]> => {
  const pages: Item[][] = [];
  let request = first(limit);
  for (;;) {
    const page = await read(request);
    const last = page?.items.at(-1);
    pages.push(page?.items ?? []);
    if (!page?.hasNextPage || last === undefined) return pages;
    request = { limit, after: keys(last) };
  }
};
const categoryKeys = ({ name, slug }: Category): SortKeys => [name, slug];
const productKeys = ({ name, sku }: Product): SortKeys => [name, sku];

describe('a category', () => {
  test('comes back as it was written, by id and by slug; what is absent has no entry', async () => {
    const home = await addCategory('home');
    const lamps = await addCategory('lamps', home);
    expect(await categories.byIds([lamps.id, home.id, randomUUID(), 'no uuid'])).toEqual(
      new Map([
        [home.id, home],
        [lamps.id, lamps],
      ]),
    );
    expect(await categories.bySlugs(['lamps', 'none'])).toEqual(new Map([['lamps', lamps]]));
  });

  test('has a slug of its own, when it is made and when it is changed', async () => {
    const home = await addCategory('home');
    const lamps = await addCategory('lamps');
    const taken = expect.objectContaining({ code: 'CATEGORY_SLUG_TAKEN', kind: 'conflict' });
    await expect(addCategory('home')).rejects.toThrow(taken);
    await expect(transact((catalogue) => catalogue.categories.change({ ...lamps, slug: 'home' }))).rejects.toThrow(taken);
    expect([...(await categories.byIds([home.id, lamps.id])).values()]).toEqual(expect.arrayContaining([home, lamps]));
  });

  test('is removed only when nothing belongs to it', async () => {
    const home = await addCategory('home');
    const lamps = await addCategory('lamps', home);
    await addProduct('L1', lamps);
    const remove = ({ id }: Category) => transact((catalogue) => catalogue.categories.remove(id));
    expect([await remove(home), await remove(lamps)]).toEqual([false, false]);
    await fixture.database.query('truncate products');
    expect([await remove(home), await remove(lamps), await remove(home)]).toEqual([false, true, true]);
    expect(await categories.list(first(10))).toEqual({ items: [], hasNextPage: false });
  });
});

describe('the tree', () => {
  test('tells the way from the root to each of many categories', async () => {
    const home = await addCategory('home');
    const light = await addCategory('light', home);
    const lamps = await addCategory('lamps', light);
    const garden = await addCategory('garden');
    expect(await categories.paths([lamps.id, garden.id, light.id, randomUUID()])).toEqual(
      new Map([
        [lamps.id, [home, light, lamps]],
        [garden.id, [garden]],
        [light.id, [home, light]],
      ]),
    );
  });

  test('tells how many levels a branch has at its highest', async () => {
    const home = await addCategory('home');
    const light = await addCategory('light', home);
    await addCategory('lamps', light);
    const garden = await addCategory('garden', home);
    const height = ({ id }: { id: string }) => transact((catalogue) => catalogue.categories.height(id));
    expect([await height(home), await height(light), await height(garden), await height({ id: randomUUID() })]).toEqual([3, 2, 1, 0]);
  });

  test('is changed by one at a time: a rule about it holds until the change is written', async () => {
    const steps: string[] = [];
    const change = (name: string) =>
      transact(async (catalogue) => {
        steps.push(`${name} begins`);
        await catalogue.categories.add({ id: randomUUID(), slug: name, name, parentId: undefined, version: 1 });
        await sleep(30);
        steps.push(`${name} ends`);
      });
    await Promise.all([change('a'), change('b')]);
    expect(steps).toEqual(steps[0] === 'a begins' ? ['a begins', 'a ends', 'b begins', 'b ends'] : ['b begins', 'b ends', 'a begins', 'a ends']);
  });

  test('is not changed when a part of the change fails', async () => {
    await addCategory('home');
    const both = transact(async (catalogue) => {
      await catalogue.categories.add({ id: randomUUID(), slug: 'lamps', name: 'Lamps', parentId: undefined, version: 1 });
      await catalogue.categories.add({ id: randomUUID(), slug: 'home', name: 'Home', parentId: undefined, version: 1 });
    });
    await expect(both).rejects.toThrow();
    expect(slugs(await categories.list(first(10)))).toEqual(['home']);
  });
});

describe('lists of categories', () => {
  test('are by name, and lose and repeat nothing where a page breaks within one name', async () => {
    for (const slug of ['c', 'a', 'e', 'b', 'd']) await addCategory(slug, undefined, slug === 'e' ? 'Alone' : 'Same');
    const pages = await follow(2, (page) => categories.list(page), categoryKeys);
    expect(pages.map((page) => page.map(({ slug }) => slug))).toEqual([['e', 'a'], ['b', 'c'], ['d']]);
  });

  test('of children are a page for each parent, and parents without any are left out', async () => {
    const home = await addCategory('home');
    const garden = await addCategory('garden');
    const empty = await addCategory('empty');
    for (const slug of ['c', 'a', 'b']) await addCategory(slug, home, 'Same');
    await addCategory('z', garden);
    const pages = await categories.children([garden.id, empty.id, home.id], first(2));
    expect([...pages.keys()].sort()).toEqual([garden.id, home.id].sort());
    expect([slugs(pages.get(home.id)), pages.get(home.id)?.hasNextPage]).toEqual([['a', 'b'], true]);
    expect([slugs(pages.get(garden.id)), pages.get(garden.id)?.hasNextPage]).toEqual([['z'], false]);
    const followed = await follow(2, async (page) => (await categories.children([home.id], page)).get(home.id), categoryKeys);
    expect(followed.map((page) => page.map(({ slug }) => slug))).toEqual([['a', 'b'], ['c']]);
  });
});

describe('a product', () => {
  test('comes back as it was written, by id and by sku, also after a change', async () => {
    const home = await addCategory('home');
    const lamp = await addProduct('L1', home, { name: 'Lamp', amount: 1_000 });
    await addProduct('L2', home);
    const changed = { ...lamp, price: { amount: 900, currency: 'GBP' }, version: 2 };
    expect(await transact((catalogue) => catalogue.products.change({ ...changed, version: 1 }))).toEqual(changed);
    expect(await products.bySkus(['L1', 'none'])).toEqual(new Map([['L1', changed]]));
    expect(await products.byIds([lamp.id, randomUUID(), 'no uuid'])).toEqual(new Map([[lamp.id, changed]]));
    expect((await products.bySkus(['L2'])).get('L2')?.price.amount).toBe(100);
  });

  test('has a sku of its own', async () => {
    const home = await addCategory('home');
    await addProduct('L1', home);
    await expect(addProduct('L1', home)).rejects.toThrow(expect.objectContaining({ code: 'PRODUCT_SKU_TAKEN', kind: 'conflict' }));
  });
});

describe('lists of products', () => {
  test('are by name, and lose and repeat nothing where a page breaks within one name', async () => {
    const home = await addCategory('home');
    for (const sku of ['C', 'A', 'E', 'B', 'D']) await addProduct(sku, home, { name: sku === 'E' ? 'Alone' : 'Same' });
    const pages = await follow(2, (page) => products.list({}, page), productKeys);
    expect(pages.map((page) => page.map(({ sku }) => sku))).toEqual([['E', 'A'], ['B', 'C'], ['D']]);
  });

  test('of a category hold what belongs to it and to everything below it', async () => {
    const home = await addCategory('home');
    const light = await addCategory('light', home);
    const lamps = await addCategory('lamps', light);
    const garden = await addCategory('garden');
    await addProduct('H', home);
    await addProduct('L', lamps);
    await addProduct('G', garden);
    const of = async ({ id }: Category) => skus(await products.list({ categoryId: id }, first(10)));
    expect([await of(home), await of(light), await of(garden)]).toEqual([['H', 'L'], ['L'], ['G']]);

    const pages = await products.inCategories([home.id, light.id, garden.id, (await addCategory('empty')).id], first(1));
    expect([...pages].map(([id, page]) => [id, skus(page), page.hasNextPage]).sort()).toEqual(
      [
        [home.id, ['H'], true],
        [light.id, ['L'], false],
        [garden.id, ['G'], false],
      ].sort(),
    );
    expect(skus((await products.inCategories([home.id], { limit: 1, after: ['H', 'H'] })).get(home.id))).toEqual(['L']);
  });

  test('of a search have every word somewhere in name or sku, whatever the case', async () => {
    const home = await addCategory('home');
    await addProduct('22423', home, { name: 'REGENCY CAKESTAND 3 TIER' });
    await addProduct('85123A', home, { name: 'White hanging heart' });
    const search = async (...words: string[]) => skus(await products.list({ words }, first(10)));
    expect(await search('cake', 'Regency')).toEqual(['22423']);
    expect(await search('heart', '85123a')).toEqual(['85123A']);
    expect(await search('cake', 'heart')).toEqual([]);
    expect(await search()).toEqual(['22423', '85123A']);
  });

  test('of a search take %, _ and \\ as the characters they are', async () => {
    const home = await addCategory('home');
    await addProduct('1', home, { name: '100% cotton' });
    await addProduct('2', home, { name: '100 cottons' });
    await addProduct('3', home, { name: 'a_b' });
    await addProduct('4', home, { name: 'axb' });
    await addProduct('5', home, { name: 'back\\slash' });
    const search = async (word: string) => skus(await products.list({ words: [word] }, first(10)));
    expect([await search('100%'), await search('a_b'), await search('\\'), await search('%')]).toEqual([['1'], ['3'], ['5'], ['1']]);
  });
});

describe('related products', () => {
  test('are those of the same category that cost about the same, nearest first, for many at once', async () => {
    const home = await addCategory('home');
    const garden = await addCategory('garden');
    for (const [sku, amount] of [
      ['A', 100],
      ['B', 130],
      ['C', 90],
      ['D', 500],
      ['E', 110],
    ] as const)
      await addProduct(sku, home, { amount });
    await addProduct('G', garden, { amount: 100 });
    const related = await products.related(['A', 'D', 'G', 'none'], 3);
    // C and E are equally near: the sku decides.
    expect([...related].map(([sku, near]) => [sku, near.map((product) => product.sku)])).toEqual([
      ['A', ['C', 'E', 'B']],
      ['D', ['B', 'E', 'A']],
    ]);
  });
});
