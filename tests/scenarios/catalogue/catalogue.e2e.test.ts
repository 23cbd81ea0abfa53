import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CategoriesDocument,
  type CategoriesQuery,
  CategoryDocument,
  ChangePriceDocument,
  CreateCategoryDocument,
  CreateProductDocument,
  DeleteCategoryDocument,
  ProductDocument,
  ProductsDocument,
  UpdateCategoryDocument,
} from '../../generated/graphql.ts';
import { type Answer, startWorld, type World } from '../../world.ts';

let world: World;
let staff: string;
let customer: string;

beforeAll(async () => {
  world = await startWorld();
  [staff, customer] = await Promise.all([world.signIn('staff@example.com'), world.signIn('customer-17850@example.com')]);
}, 120_000);
afterAll(() => world.stop());

const codes = (answer: { errors: { extensions: { code: string } }[] }): string[] => answer.errors.map(({ extensions }) => extensions.code);

describe('reading the catalogue, signed in or not', () => {
  test('categories come as a tree of 35', async () => {
    const { data, errors } = await world.ask(CategoriesDocument, {});
    expect(errors).toEqual([]);
    const nodes = data?.categories?.nodes ?? [];
    expect(nodes).toHaveLength(35);
    expect(nodes.map(({ name }) => name)).toEqual(nodes.map(({ name }) => name).toSorted());
    const lamps = nodes.find(({ slug }) => slug === 'lamps');
    expect(lamps?.parent?.slug).toBe('lighting');
    expect(lamps?.path.map(({ slug }) => slug)).toEqual(['lighting', 'lamps']);
    const lighting = nodes.find(({ slug }) => slug === 'lighting');
    expect(lighting?.children.nodes.map(({ slug }) => slug)).toEqual(['candles', 'lamps']);
  });

  test('pages follow each other without gap or repetition', async () => {
    const slugs: string[] = [];
    let after: string | null | undefined = null;
    for (let page = 0; page < 10; page++) {
      const answer: Answer<CategoriesQuery> = await world.ask(CategoriesDocument, { first: 10, after });
      slugs.push(...(answer.data?.categories?.nodes ?? []).map(({ slug }) => slug));
      after = answer.data?.categories?.pageInfo.endCursor;
      if (answer.data?.categories?.pageInfo.hasNextPage !== true) break;
    }
    expect(slugs).toHaveLength(35);
    expect(new Set(slugs).size).toBe(35);
  });

  test('a category has its products, and those of the categories below it', async () => {
    const { data, errors } = await world.ask(CategoryDocument, { slug: 'lighting' });
    expect(errors).toEqual([]);
    expect(data?.category?.name).toBe('Lighting');
    expect(data?.category?.products.nodes).toHaveLength(5);
    expect(data?.category?.products.nodes[0]?.price.currency).toBe('GBP');
    expect(await world.ask(CategoryDocument, { slug: 'no-such' })).toMatchObject({ data: { category: null }, errors: [] });
  });

  test('a product joins its price, its neighbours and how it sells', async () => {
    const { data, errors } = await world.ask(ProductDocument, { sku: '85123A' }, staff);
    expect(errors).toEqual([]);
    expect(data?.product).toMatchObject({
      sku: '85123A',
      name: 'WHITE HANGING HEART T-LIGHT HOLDER',
      price: { amount: 295, currency: 'GBP' },
      category: { slug: 'candles', path: [{ slug: 'lighting' }, { slug: 'candles' }] },
    });
    expect(data?.product?.related).toHaveLength(3);
    expect(data?.product?.related.map(({ sku }) => sku)).not.toContain('85123A');
    expect(data?.product?.unitsSold).toBeGreaterThan(30_000);
    expect(data?.product?.averageDiscountPercent).toBeTypeOf('number');
    expect(await world.ask(ProductDocument, { sku: 'no-such' })).toMatchObject({ data: { product: null }, errors: [] });
    const forCustomers = await world.ask(ProductDocument, { sku: '85123A' }, customer);
    expect(forCustomers.data?.product).toEqual({ ...data?.product, averageDiscountPercent: null });
    expect(forCustomers.errors).toMatchObject([{ path: ['product', 'averageDiscountPercent'], extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' } }]);
  });

  test('products are found by category and by words, whatever the case and with characters that LIKE knows', async () => {
    const { data, errors } = await world.ask(ProductsDocument, { category: 'lighting', search: 'lantern WHITE', first: 100 });
    expect(errors).toEqual([]);
    const nodes = data?.products?.edges.map(({ node }) => node) ?? [];
    expect(nodes.length).toBeGreaterThan(0);
    for (const { name, category } of nodes) {
      expect(name).toMatch(/LANTERN/);
      expect(name).toMatch(/WHITE/);
      expect(['lighting', 'candles', 'lamps']).toContain(category.slug);
    }
    expect((await world.ask(ProductsDocument, { search: '%' })).data?.products?.edges.every(({ node }) => node.name.includes('%'))).toBe(true);
    expect((await world.ask(ProductsDocument, { category: 'no-such' })).data?.products?.edges).toEqual([]);
  });

  test('an edge cursor starts the page behind its product', async () => {
    const whole = await world.ask(ProductsDocument, { search: 'lantern', first: 4 });
    const [, second] = whole.data?.products?.edges ?? [];
    const rest = await world.ask(ProductsDocument, { search: 'lantern', first: 2, after: second?.cursor ?? '' });
    expect(rest.data?.products?.edges).toEqual(whole.data?.products?.edges.slice(2));
    expect(rest.data?.products?.pageInfo.hasPreviousPage).toBe(true);
  });

  test.each([
    ['first of 0', { first: 0 }, 'PAGE_SIZE_INVALID'],
    ['first above 100', { first: 101 }, 'MAX_LIST_SIZE_LIMIT'],
    ['a cursor that is none', { after: 'nonsense' }, 'CURSOR_INVALID'],
    ['a cursor of another list', { after: Buffer.from('[1]').toString('base64url') }, 'CURSOR_INVALID'],
    ['a null character', { search: 'a\0b' }, 'TEXT_INVALID'],
    ['a very long search', { search: 'x'.repeat(101) }, 'PRODUCT_INVALID'],
  ])('%s is refused with a code', async (_what, variables, code) => {
    const answer = await world.ask(ProductsDocument, variables);
    expect(codes(answer)).toEqual([code]);
    expect(JSON.stringify(answer)).not.toMatch(/stack|node_modules|select /);
  });
});

describe('changing the catalogue', () => {
  test('nobody and customers may not', async () => {
    const input = { slug: 'mine', name: 'Mine' };
    expect(codes(await world.ask(CreateCategoryDocument, { input }))).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
    expect(codes(await world.ask(CreateCategoryDocument, { input }, customer))).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
    expect(codes(await world.ask(DeleteCategoryDocument, { input: { slug: 'lamps' } }, customer))).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
    expect(codes(await world.ask(ChangePriceDocument, { input: { sku: '71053', price: { amount: 1 } } }, customer))).toEqual([
      'UNAUTHORIZED_FIELD_OR_TYPE',
    ]);
  });

  test('staff add, move, rename and delete categories', async () => {
    const created = await world.ask(CreateCategoryDocument, { input: { slug: 'torches', name: 'Torches', parentSlug: 'lighting' } }, staff);
    expect(created.errors).toEqual([]);
    expect(created.data?.createCategory?.category.path.map(({ slug }) => slug)).toEqual(['lighting', 'torches']);
    const again = await world.ask(CreateCategoryDocument, { input: { slug: 'torches', name: 'Torches' } }, staff);
    expect(codes(again)).toEqual(['CATEGORY_SLUG_TAKEN']);

    const moved = await world.ask(
      UpdateCategoryDocument,
      { input: { slug: 'torches', newSlug: 'head-torches', name: 'Head torches', parentSlug: null } },
      staff,
    );
    expect(moved.data?.updateCategory?.category).toEqual({ slug: 'head-torches', name: 'Head torches', path: [{ slug: 'head-torches' }] });
    const cycle = await world.ask(UpdateCategoryDocument, { input: { slug: 'lighting', parentSlug: 'lamps' } }, staff);
    expect(codes(cycle)).toEqual(['CATEGORY_CYCLE']);

    expect(codes(await world.ask(DeleteCategoryDocument, { input: { slug: 'lamps' } }, staff))).toEqual(['CATEGORY_NOT_EMPTY']);
    const deleted = await world.ask(DeleteCategoryDocument, { input: { slug: 'head-torches' } }, staff);
    expect(deleted.data?.deleteCategory?.deletedId).toBe(created.data?.createCategory?.category.id);
    expect(codes(await world.ask(DeleteCategoryDocument, { input: { slug: 'head-torches' } }, staff))).toEqual(['CATEGORY_NOT_FOUND']);
  });

  test('two moves at once cannot tie a knot into the tree', async () => {
    for (const slug of ['knot-a', 'knot-b']) await world.ask(CreateCategoryDocument, { input: { slug, name: slug } }, staff);
    const moves = await Promise.all([
      world.ask(UpdateCategoryDocument, { input: { slug: 'knot-a', parentSlug: 'knot-b' } }, staff),
      world.ask(UpdateCategoryDocument, { input: { slug: 'knot-b', parentSlug: 'knot-a' } }, staff),
    ]);
    expect(moves.flatMap(codes)).toEqual(['CATEGORY_CYCLE']);
  });

  test('staff add products and change prices', async () => {
    const input = { sku: 'NEW-1', name: 'Paper lantern, new', price: { amount: 450 }, categorySlug: 'lamps' };
    const created = await world.ask(CreateProductDocument, { input }, staff);
    expect(created.errors).toEqual([]);
    expect(created.data?.createProduct?.product).toEqual({
      sku: 'NEW-1',
      name: 'Paper lantern, new',
      price: { amount: 450, currency: 'GBP' },
      unitsSold: 0,
    });
    expect(codes(await world.ask(CreateProductDocument, { input }, staff))).toEqual(['PRODUCT_SKU_TAKEN']);
    expect(codes(await world.ask(CreateProductDocument, { input: { ...input, sku: 'NEW-2', categorySlug: 'no-such' } }, staff))).toEqual([
      'CATEGORY_NOT_FOUND',
    ]);
    expect(codes(await world.ask(CreateProductDocument, { input: { ...input, sku: 'NEW-2', price: { amount: -1 } } }, staff))).toEqual([
      'PRODUCT_INVALID',
    ]);

    const changed = await world.ask(ChangePriceDocument, { input: { sku: 'NEW-1', price: { amount: 500 } } }, staff);
    expect(changed.data?.changePrice?.product.price).toEqual({ amount: 500, currency: 'GBP' });
    expect(codes(await world.ask(ChangePriceDocument, { input: { sku: 'NEW-1', price: { amount: 5, currency: 'EUR' } } }, staff))).toEqual([
      'PRODUCT_INVALID',
    ]);
    expect(codes(await world.ask(ChangePriceDocument, { input: { sku: 'no-such', price: { amount: 5 } } }, staff))).toEqual(['PRODUCT_NOT_FOUND']);
  });
});
