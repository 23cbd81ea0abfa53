import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from './app.ts';
import { makeFolder, removeFolder, routerStarter, type TestRouter, waitUntil } from './testing/router.ts';
import { compose, PRODUCTS_SDL, startProducts, type TestSubgraph, writeSupergraph } from './testing/subgraphs.ts';

const WITH_COUNT = PRODUCTS_SDL.replace('products: [Product!]!', 'products: [Product!]! count: Int');
const SETTLED_MS = 400;

const startRouter = routerStarter(createApp);

let folder: string;
let file: string;
let products: TestSubgraph;
let router: TestRouter;

beforeEach(async () => {
  folder = await makeFolder();
  file = join(folder, 'supergraph.graphql');
  products = await startProducts();
  await writeSupergraph(file, [products]);
  router = await startRouter(file);
});

afterEach(async () => {
  await router.app.close();
  await products.stop();
  await removeFolder(folder);
});

const servedId = async (): Promise<string> => {
  const body = (await (await fetch(`${router.url}/health/ready`)).json()) as { supergraph: { id: string } };
  return body.supergraph.id;
};

const hasCount = async (): Promise<boolean> => {
  const { data } = await router.query('{ __type(name: "Query") { fields { name } } }');
  return data.__type.fields.some(({ name }: { name: string }) => name === 'count');
};

const settle = () => new Promise((resolve) => setTimeout(resolve, SETTLED_MS));

describe('supergraph file', () => {
  it('is swapped in when written in place, and its id changes', async () => {
    const before = await servedId();
    await writeSupergraph(file, [products], { products: WITH_COUNT });
    await waitUntil(hasCount);
    expect(await servedId()).not.toBe(before);
  });

  it('is swapped in when replaced by rename, again and again', async () => {
    for (const sdl of [WITH_COUNT, PRODUCTS_SDL, WITH_COUNT]) {
      await writeSupergraph(join(folder, 'next'), [products], { products: sdl });
      await rename(join(folder, 'next'), file);
      await waitUntil(async () => (await hasCount()) === (sdl === WITH_COUNT));
    }
  });

  it.each([
    ['cut short', (sdl: string) => sdl.slice(0, -20)],
    ['empty', () => ''],
    ['a plain schema', () => 'type Query { a: Int }'],
  ])('is refused when %s: the last good one serves on, and the next good one is taken', async (_what, spoil) => {
    const before = await servedId();
    await writeFile(file, spoil(compose([products])));
    await settle();
    expect(await servedId()).toBe(before);
    expect((await router.query('{ products { sku } }')).data.products).toHaveLength(2);
    await writeSupergraph(file, [products], { products: WITH_COUNT });
    await waitUntil(hasCount);
  });

  it('may be removed and come back', async () => {
    const before = await servedId();
    await rm(file);
    await settle();
    expect((await router.query('{ products { sku } }')).data.products).toHaveLength(2);
    await writeSupergraph(file, [products]);
    await settle();
    expect(await servedId()).toBe(before);
  });

  it('moves a subgraph without a restart', async () => {
    const moved = await startProducts();
    await products.stop();
    await writeSupergraph(file, [moved]);
    await waitUntil(async () => (await router.query('{ products { sku } }')).data?.products?.length === 2);
    products = moved;
  });
});
