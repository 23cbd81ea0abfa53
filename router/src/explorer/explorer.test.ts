import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createLogger } from '@supergraph/service/logging';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder, removeFolder } from '../testing/router.ts';
import { addExplorer } from './explorer.ts';
import { assetPath } from './explorer-page.ts';
import { readOperationCollections } from './operation-collections.ts';

let root: string;
let shop: string;

const write = async (path: string, text: string): Promise<void> => {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), text);
};

beforeEach(async () => {
  root = await makeFolder();
  shop = join(root, 'shop');
  await write('shop/add.graphql', 'mutation Add { add }');
  await write('shop/by-sku.graphql', 'query BySku($sku: ID!) { product(sku: $sku) { ...Card } }');
  await write(
    'shop/catalogue.graphql',
    '# Everything on sale,\n# newest first.\nquery Catalogue($first: Int! = 5) { products(first: $first) { ...Card } }',
  );
  await write('shop/fragments.graphql', 'fragment Card on Product { sku ...Name }\nfragment Name on Product { name }');
  await write('shop/staff/orders.graphql', '{ orders { number } }');
});

afterEach(() => removeFolder(root));

describe('operation collections', () => {
  it('are one for each folder, named by it, operations named by themselves or their file', async () => {
    const { collections, problems } = await readOperationCollections([shop]);
    expect(collections.map(({ name, operations }) => [name, operations.map((operation) => operation.name)])).toEqual([
      ['shop', ['Add', 'BySku', 'Catalogue']],
      ['staff', ['orders']],
    ]);
    expect(problems).toEqual([]);
  });

  it('come in the order asked for, each file once', async () => {
    const { collections, firstToRun } = await readOperationCollections([join(shop, 'staff'), shop]);
    expect(collections.map(({ name, operations }) => [name, operations.length])).toEqual([
      ['staff', 1],
      ['shop', 3],
    ]);
    expect(firstToRun?.name).toBe('orders');
  });

  it('have the comment as description, the fragments of other files, and ask for the query plan', async () => {
    const { collections } = await readOperationCollections([shop]);
    const catalogue = collections[0]?.operations[2];
    expect(catalogue?.description).toBe('Everything on sale, newest first.');
    expect(catalogue?.query.match(/fragment \w+/g)).toEqual(['fragment Card', 'fragment Name']);
    expect(JSON.parse(catalogue?.headers ?? '')).toEqual({ 'Hive-Expose-Query-Plan': 'true' });
  });

  it('open the first query that can run as it stands', async () => {
    expect((await readOperationCollections([shop])).firstToRun?.name).toBe('Catalogue');
    await write('shop/by-sku.variables.json', '{ "sku": "A-1" }');
    const { firstToRun } = await readOperationCollections([shop]);
    expect(firstToRun).toMatchObject({ name: 'BySku', variables: '{ "sku": "A-1" }' });
  });

  it('get another id when their file changes, and keep it when not', async () => {
    const idOf = async () => (await readOperationCollections([shop])).firstToRun?.id;
    const before = await idOf();
    expect(await idOf()).toBe(before);
    await write('shop/catalogue.graphql', 'query Catalogue { products { sku } }');
    expect(await idOf()).not.toBe(before);
  });

  it('leave out what cannot be read, and say so; a missing folder is empty', async () => {
    await write('shop/bad.graphql', 'query {');
    await write('shop/orders.graphql', 'query Orders { orders { number } }');
    await write('shop/orders.variables.json', '{ nonsense');
    const { collections, problems } = await readOperationCollections([shop, join(root, 'missing')]);
    expect(collections[0]?.operations).toHaveLength(3);
    expect(problems).toEqual([expect.stringMatching(/bad\.graphql: Syntax Error/), expect.stringMatching(/orders\.graphql: .*JSON/)]);
  });
});

describe('explorer', () => {
  const serve = (): FastifyInstance => {
    const http = fastify();
    addExplorer(http, {
      operationFolders: [shop],
      contracts: () => ['mobile'],
      logger: createLogger('test', 'silent'),
      mountGraphql: (url) => http.post(url, () => ({ data: null })),
    });
    return http;
  };

  it('is a small page that carries the operations, safe against their text', async () => {
    await write('shop/staff/orders.graphql', '# </script><script>alert(1)</script>\n{ orders { number } }');
    const { body, headers } = await serve().inject({ method: 'GET', url: '/' });
    expect(headers['content-type']).toContain('text/html');
    expect(body.length).toBeLessThan(20_000);
    expect(body).toContain('query Catalogue');
    expect(body).toContain('href="/mobile/graphql"');
    expect(body).not.toContain('<script>alert');
    expect(body.match(/(src|href)="https?:[^"]*"/g)).toEqual(['href="https://studio.apollographql.com/sandbox/explorer"']);
  });

  it('sends its scripts compressed, to be cached for ever', async () => {
    const http = serve();
    const compressed = await http.inject({ method: 'GET', url: assetPath('editor.js'), headers: { 'accept-encoding': 'gzip, br' } });
    expect(compressed.headers).toMatchObject({ 'content-encoding': 'gzip', 'cache-control': expect.stringContaining('immutable') });
    const plain = await http.inject({ method: 'GET', url: assetPath('editor.js'), headers: { 'accept-encoding': 'identity' } });
    expect(gunzipSync(compressed.rawPayload).equals(plain.rawPayload)).toBe(true);
    expect((await http.inject({ method: 'GET', url: assetPath('laboratory.js') })).body).toContain('HiveLaboratory');
  });

  it('answers GraphQL at / too, where Apollo Sandbox looks first', async () => {
    expect((await serve().inject({ method: 'POST', url: '/', payload: { query: '{ __typename }' } })).json()).toEqual({ data: null });
  });
});
