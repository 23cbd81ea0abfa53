import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import { createGrpcClient, type GrpcClient } from '@supergraph/grpc/grpc-client';
import { createGrpcServer, type GrpcServer } from '@supergraph/grpc/grpc-server';
import type { Caller } from '@supergraph/identity/caller';
import type { Identity } from '@supergraph/identity/identity';
import { createLogger } from '@supergraph/service/logging';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CatalogueDefinition } from '../generated/proto/supergraph/category/v1/Catalogue.ts';
import { createCategoryReader } from '../repositories/category-repository.postgres.ts';
import { createProductReader } from '../repositories/product-repository.postgres.ts';
import { createIdempotently, createTransactCatalogue } from '../repositories/transact-catalogue.postgres.ts';
import { readCatalogue } from '../use-cases/read-catalogue.ts';
import { catalogueHandlers } from './catalogue-handlers.ts';

const KEY = 'k'.repeat(32);
const PROTO = new URL('../../proto/category.proto', import.meta.url);
const SERVICE = 'supergraph.category.v1.Catalogue';

const as = (caller: Caller): { identity: Identity } => ({ identity: { caller, scopes: [], claims: {} } });
const NOBODY = as({ role: 'anonymous' });
const CUSTOMER = as({ role: 'customer', userId: 'ada' });
const STAFF = as({ role: 'staff', userId: 'bob' });
const ADMIN = as({ role: 'admin', userId: 'root' });

let fixture: TestDatabase;
let server: GrpcServer;
let client: GrpcClient<CatalogueDefinition>;
let statements = 0;

beforeAll(async () => {
  fixture = await createTestDatabase('category', new URL('../../migrations/', import.meta.url));
  const { database } = fixture;
  const query: typeof database.query = (...given) => {
    statements += 1;
    return database.query(...given);
  };
  server = await createGrpcServer({
    name: 'category',
    protoFile: PROTO,
    service: SERVICE,
    handlers: catalogueHandlers({
      read: readCatalogue({ categories: createCategoryReader({ query }), products: createProductReader({ query }) }),
      transact: createTransactCatalogue(database),
      idempotently: createIdempotently(database),
      now: () => new Date(),
      newId: randomUUID,
    }),
    internalKey: KEY,
    logger: createLogger('category', 'silent'),
    readiness: database.readiness,
  });
  const address = `127.0.0.1:${await server.listen('127.0.0.1', 0)}`;
  client = createGrpcClient({ address, protoFile: PROTO, service: SERVICE, audience: 'category', key: KEY });
});
afterAll(async () => {
  client.close();
  await server.close();
  await fixture.drop();
});
beforeEach(() => fixture.database.query('truncate products, categories, outbox, idempotency_keys'));

const addCategory = async (slug: string, parentSlug?: string) =>
  (await client.call('CreateCategory', { slug, name: slug, parentSlug }, STAFF)).category;
const addProduct = async (sku: string, categorySlug: string) =>
  (await client.call('CreateProduct', { sku, name: sku, price: { amount: 100, currency: 'GBP' }, categorySlug }, STAFF)).product;
const refused = (code: string, kind: string) => expect.objectContaining({ code, kind });
const slugs = ({ categories }: { categories: readonly { slug: string }[] }): string[] => categories.map(({ slug }) => slug);
const skus = ({ products }: { products: readonly { sku: string }[] }): string[] => products.map(({ sku }) => sku);
const count = async (table: string): Promise<unknown> => (await fixture.database.query(`select count(*)::integer from ${table}`))[0]?.['count'];
const events = async (): Promise<unknown[]> =>
  (await fixture.database.query<{ envelope: string }>('select envelope from outbox order by id')).map(({ envelope }) => JSON.parse(envelope).type);
const counted = async (work: () => Promise<unknown>): Promise<number> => {
  const before = statements;
  await work();
  return statements - before;
};

describe('reading', () => {
  test('tells all there is of categories and products, to anybody, and leaves out what is absent', async () => {
    const home = await addCategory('home');
    const lamps = await addCategory('lamps', 'home');
    const product = await addProduct('L1', 'lamps');
    expect(home).toEqual({ id: expect.any(String), slug: 'home', name: 'home', version: 1 });
    expect(lamps).toEqual({ id: expect.any(String), slug: 'lamps', name: 'lamps', parentId: home?.id, parentSlug: 'home', version: 1 });
    expect(product).toEqual({
      id: expect.any(String),
      sku: 'L1',
      name: 'L1',
      price: { amount: 100, currency: 'GBP' },
      categoryId: lamps?.id,
      categorySlug: 'lamps',
      version: 1,
    });
    const { categories } = await client.call('GetCategories', { slugs: ['lamps', 'home', 'none'] }, NOBODY);
    expect(categories.toSorted((a, b) => a.slug.localeCompare(b.slug))).toEqual([home, lamps]);
    expect(await client.call('GetCategoriesById', { ids: [lamps?.id ?? '', randomUUID(), 'x'] }, NOBODY)).toEqual({ categories: [lamps] });
    expect(await client.call('GetProducts', { skus: ['L1', 'none'] }, CUSTOMER)).toEqual({ products: [product] });
    expect(await client.call('GetCategoryPaths', { ids: [lamps?.id ?? '', randomUUID()] }, NOBODY)).toEqual({
      paths: [{ id: lamps?.id, categories: [home, lamps] }],
    });
  });

  test('follows the pages of all categories, of the roots, and of the children of one', async () => {
    for (const slug of ['garden', 'home', 'kitchen']) await addCategory(slug);
    for (const slug of ['candles', 'lamps']) await addCategory(slug, 'home');
    const follow = async (filter: { rootsOnly?: boolean; parentSlug?: string }): Promise<string[][]> => {
      const pages: string[][] = [];
      let after: string | undefined;
      do {
        const page = await client.call('ListCategories', { ...filter, page: { first: 2, after } }, NOBODY);
        expect(page.pageInfo?.hasPreviousPage).toBe(after !== undefined);
        pages.push(slugs(page));
        after = page.pageInfo?.hasNextPage === true ? page.pageInfo.endCursor : undefined;
      } while (after !== undefined);
      return pages;
    };
    expect(await follow({})).toEqual([['candles', 'garden'], ['home', 'kitchen'], ['lamps']]);
    expect(await follow({ rootsOnly: true })).toEqual([['garden', 'home'], ['kitchen']]);
    expect(await follow({ parentSlug: 'home' })).toEqual([['candles', 'lamps']]);
    expect(await follow({ parentSlug: 'none' })).toEqual([[]]);
    await expect(client.call('ListCategories', { page: { first: 101 } }, NOBODY)).rejects.toEqual(refused('PAGE_SIZE_INVALID', 'invalid'));
    await expect(client.call('ListCategories', { page: { first: 0 } }, NOBODY)).rejects.toEqual(refused('PAGE_SIZE_INVALID', 'invalid'));
    await expect(client.call('ListProducts', { page: { after: 'x' } }, NOBODY)).rejects.toEqual(refused('CURSOR_INVALID', 'invalid'));
  });

  test('lists the products of a branch and of a search; only the products of a category need one that exists', async () => {
    await addCategory('home');
    await addCategory('lamps', 'home');
    await addCategory('garden');
    for (const [sku, slug] of [
      ['A', 'home'],
      ['B', 'lamps'],
      ['C', 'garden'],
    ] as const)
      await addProduct(sku, slug);
    const first = await client.call('ListCategoryProducts', { slug: 'home', page: { first: 1 } }, NOBODY);
    const after = first.pageInfo?.endCursor;
    expect([skus(first), skus(await client.call('ListCategoryProducts', { slug: 'home', page: { first: 1, after } }, NOBODY))]).toEqual([
      ['A'],
      ['B'],
    ]);
    expect(skus(await client.call('ListProducts', {}, NOBODY))).toEqual(['A', 'B', 'C']);
    expect(skus(await client.call('ListProducts', { categorySlug: 'lamps' }, NOBODY))).toEqual(['B']);
    expect(skus(await client.call('ListProducts', { search: 'c' }, NOBODY))).toEqual(['C']);
    expect(skus(await client.call('ListProducts', { categorySlug: 'none' }, NOBODY))).toEqual([]);
    await expect(client.call('ListCategoryProducts', { slug: 'none' }, NOBODY)).rejects.toMatchObject({
      code: 'CATEGORY_NOT_FOUND',
      kind: 'not-found',
      message: "There is no category 'none'.",
      details: { slug: 'none' },
    });
  });

  test('costs a fixed number of statements, of 1 and of 50', async () => {
    await addCategory('home');
    const ids: string[] = [];
    for (let index = 0; index < 50; index += 1) {
      ids.push((await addCategory(`c${index}`, 'home'))?.id ?? '');
      await addProduct(`P${index}`, `c${index}`);
    }
    for (const length of [1, 50]) {
      const some = Array.from({ length }, (_, index) => index);
      const page = { first: length };
      expect(await counted(() => client.call('GetProducts', { skus: some.map((index) => `P${index}`) }, NOBODY))).toBe(2);
      expect(await counted(() => client.call('GetCategories', { slugs: some.map((index) => `c${index}`) }, NOBODY))).toBe(2);
      expect(await counted(() => client.call('GetCategoryPaths', { ids: ids.slice(0, length) }, NOBODY))).toBe(1);
      expect(await counted(() => client.call('ListCategories', { page }, NOBODY))).toBe(2);
      expect(await counted(() => client.call('ListCategoryProducts', { slug: 'home', page }, NOBODY))).toBe(3);
    }
    const tooMany = Array.from({ length: 1_001 }, () => 'P1');
    await expect(client.call('GetProducts', { skus: tooMany }, NOBODY)).rejects.toEqual(refused('PRODUCT_INVALID', 'invalid'));
    await expect(client.call('GetCategories', { slugs: tooMany }, NOBODY)).rejects.toEqual(refused('CATEGORY_INVALID', 'invalid'));
  });
});

describe('writing', () => {
  const price = { amount: 100, currency: 'GBP' };
  const key = (name = 'k1', requestHash = 'h1') => ({ key: name, requestHash });

  test('is for staff, whatever the method', async () => {
    await addCategory('home');
    await addProduct('A', 'home');
    const writes = [
      ['CreateCategory', { slug: 'x', name: 'x' }],
      ['UpdateCategory', { slug: 'home', name: 'x' }],
      ['DeleteCategory', { slug: 'home' }],
      ['CreateProduct', { sku: 'X', name: 'x', price, categorySlug: 'home' }],
      ['UpdateProduct', { sku: 'A', name: 'x' }],
    ] as const;
    const before = await events();
    for (const [method, request] of writes) {
      await expect(client.call(method, request, NOBODY), method).rejects.toEqual(refused('SIGN_IN_REQUIRED', 'unauthenticated'));
      await expect(client.call(method, request, CUSTOMER), method).rejects.toEqual(refused('NOT_ALLOWED', 'forbidden'));
    }
    expect(await events()).toEqual(before);
  });

  test('of a category renames it, moves it, makes it a root, and leaves what is left out; each counts a version', async () => {
    const home = await addCategory('home');
    await addCategory('lamps');
    const update = async (change: object) => (await client.call('UpdateCategory', { slug: 'lamps', ...change }, ADMIN)).category;
    expect(await update({ parentSlug: 'home' })).toMatchObject({ name: 'lamps', parentId: home?.id, parentSlug: 'home', version: 2 });
    expect(await update({ name: 'Lamps' })).toMatchObject({ name: 'Lamps', parentSlug: 'home', version: 3 });
    const root = await update({ root: true });
    expect(root).toMatchObject({ slug: 'lamps', name: 'Lamps', version: 4 });
    expect(root).not.toHaveProperty('parentSlug');
    expect(await update({ newSlug: 'lights' })).toMatchObject({ slug: 'lights', name: 'Lamps', version: 5 });
    await expect(update({ name: 'x' })).rejects.toEqual(refused('CATEGORY_NOT_FOUND', 'not-found'));
    expect((await events()).slice(2)).toEqual(Array.from({ length: 4 }, () => 'category.updated.v1'));
  });

  test('of a product changes what is given; only a price is told to others', async () => {
    await addCategory('home');
    const lamps = await addCategory('lamps');
    await addProduct('A', 'home');
    const update = async (change: object) => (await client.call('UpdateProduct', { sku: 'A', ...change }, STAFF)).product;
    expect(await update({ name: 'Lamp', categorySlug: 'lamps' })).toMatchObject({
      name: 'Lamp',
      price,
      categoryId: lamps?.id,
      categorySlug: 'lamps',
      version: 2,
    });
    expect(await events()).not.toContain('product.price-changed.v1');
    expect(await update({ price: { amount: 90, currency: 'GBP' } })).toMatchObject({ name: 'Lamp', price: { amount: 90 }, version: 3 });
    expect((await events()).at(-1)).toBe('product.price-changed.v1');
    await expect(update({ categorySlug: 'none' })).rejects.toEqual(refused('CATEGORY_NOT_FOUND', 'not-found'));
    await expect(update({ price: { amount: 2 ** 40, currency: 'GBP' } })).rejects.toMatchObject({
      code: 'PRODUCT_INVALID',
      details: { field: 'price.amount' },
    });
    await expect(client.call('UpdateProduct', { sku: 'none', name: 'x' }, STAFF)).rejects.toEqual(refused('PRODUCT_NOT_FOUND', 'not-found'));
    await expect(client.call('CreateProduct', { sku: 'B', name: 'B', categorySlug: 'home' }, STAFF)).rejects.toEqual(
      refused('PRODUCT_INVALID', 'invalid'),
    );
    expect((await client.call('GetProducts', { skus: ['A'] }, NOBODY)).products[0]).toMatchObject({ price: { amount: 90 }, version: 3 });
  });

  test('needs the version that was seen, when one is named', async () => {
    await addCategory('home');
    await addProduct('A', 'home');
    await addCategory('empty');
    const mismatch = { code: 'VERSION_MISMATCH', kind: 'failed-precondition', details: { expected: 2, actual: 1 } };
    await expect(client.call('UpdateCategory', { slug: 'home', name: 'x', ifVersion: 2 }, STAFF)).rejects.toMatchObject(mismatch);
    await expect(client.call('UpdateProduct', { sku: 'A', name: 'x', ifVersion: 2 }, STAFF)).rejects.toMatchObject(mismatch);
    await expect(client.call('DeleteCategory', { slug: 'empty', ifVersion: 2 }, STAFF)).rejects.toMatchObject(mismatch);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, (_, index) => client.call('UpdateProduct', { sku: 'A', name: `n${index}`, ifVersion: 1 }, STAFF)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await client.call('UpdateCategory', { slug: 'home', name: 'x', ifVersion: 1 }, STAFF)).category?.version).toBe(2);
    expect(await client.call('DeleteCategory', { slug: 'empty', ifVersion: 1 }, STAFF)).toEqual({ deletedId: expect.any(String) });
  });

  test('deletes a category only when nothing belongs to it', async () => {
    await addCategory('home');
    await addCategory('lamps', 'home');
    await addProduct('A', 'lamps');
    for (const slug of ['home', 'lamps'])
      await expect(client.call('DeleteCategory', { slug }, STAFF)).rejects.toMatchObject({
        code: 'CATEGORY_NOT_EMPTY',
        kind: 'failed-precondition',
        details: { slug },
      });
    expect(await count('categories')).toBe(2);
    await expect(client.call('DeleteCategory', { slug: 'none' }, STAFF)).rejects.toEqual(refused('CATEGORY_NOT_FOUND', 'not-found'));
  });

  test('with a key happens once: the same answer, one of each, one event; the key stands for nothing else', async () => {
    const category = () => client.call('CreateCategory', { slug: 'home', name: 'Home', idempotency: key('c') }, STAFF);
    const product = (hash = 'h1') =>
      client.call('CreateProduct', { sku: 'A', name: 'A', price, categorySlug: 'home', idempotency: key('p', hash) }, STAFF);
    const firsts = [await category(), await product()];
    await client.call('UpdateProduct', { sku: 'A', name: 'changed' }, STAFF);
    expect([await category(), await product()]).toEqual(firsts);
    expect(await events()).toEqual(['category.created.v1', 'product.created.v1']);
    const reused = refused('IDEMPOTENCY_KEY_REUSED', 'failed-precondition');
    await expect(product('h2')).rejects.toEqual(reused);
    await expect(client.call('CreateCategory', { slug: 'x', name: 'x', idempotency: key('p') }, STAFF)).rejects.toEqual(reused);
    await expect(client.call('CreateCategory', { slug: 'home', name: 'Home', idempotency: key('c') }, ADMIN)).rejects.toEqual(
      refused('CATEGORY_SLUG_TAKEN', 'conflict'),
    );
  });
});
