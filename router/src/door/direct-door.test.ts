import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApolloServer } from '@apollo/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../app.ts';
import { makeFolder, removeFolder, routerStarter, type TestRouter } from '../testing/router.ts';
import { startOrders, startProducts, type TestSubgraph, writeSupergraph } from '../testing/subgraphs.ts';

let folder: string;
let router: TestRouter;
let subgraphs: TestSubgraph[];
let asked = 0;
// Apollo Server tells how often it was asked, and works as ever.
const { executeHTTPGraphQLRequest } = ApolloServer.prototype;

beforeAll(async () => {
  ApolloServer.prototype.executeHTTPGraphQLRequest = function (...request) {
    // The subgraphs of this test are Apollo Servers too; what they get has a deadline.
    if (!request[0].httpGraphQLRequest.headers.has('x-deadline-ms')) asked += 1;
    return executeHTTPGraphQLRequest.apply(this, request);
  };
  folder = await makeFolder();
  const file = join(folder, 'supergraph.graphql');
  const settingsFile = join(folder, 'router.yaml');
  await writeFile(settingsFile, 'operations: { share: true }\n');
  subgraphs = [await startProducts(), await startOrders()];
  await writeSupergraph(file, subgraphs);
  router = await routerStarter(createApp)(file, { settingsFile, production: true, corsOrigins: ['https://shop.example'] });
});

afterAll(async () => {
  ApolloServer.prototype.executeHTTPGraphQLRequest = executeHTTPGraphQLRequest;
  await Promise.all([router.app.close(), ...subgraphs.map((subgraph) => subgraph.stop())]);
  await removeFolder(folder);
});

const OWN_OF_EACH_ANSWER = ['date', 'ratelimit', 'x-request-id'];
const REFERENCE = /[0-9a-f]{8}-[0-9a-f-]{27}/g;

const send = async (body: Record<string, unknown>, headers: Record<string, string> = {}) => {
  const before = asked;
  const response = await fetch(`${router.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return {
    byApolloServer: asked > before,
    answer: {
      status: response.status,
      text: text.replaceAll(REFERENCE, 'REFERENCE'),
      headers: [...response.headers].filter(([name]) => !OWN_OF_EACH_ANSWER.includes(name)),
    },
  };
};

const CASES: readonly [what: string, body: Record<string, unknown>, headers?: Record<string, string>][] = [
  ['data', { query: '{ products { name unitsSold } }' }],
  ['data with their cost', { query: '{ products { sku } }' }, { 'x-expose-cost': 'true' }],
  ['data for those who take anything', { query: '{ products { sku name } }' }, { accept: '*/*' }],
  ['data in the current media type', { query: '{ products { name } }' }, { accept: 'application/graphql-response+json' }],
  ['data in one of two media types', { query: '{ products { name } }' }, { accept: 'application/graphql-response+json, application/json;q=0.9' }],
  ['data in the older media type', { query: '{ products { name } }' }, { accept: 'application/json' }],
  ['data for a page of another origin', { query: '{ products { sku name } }' }, { origin: 'https://shop.example' }],
  ['data for a page that may not read them', { query: '{ products { sku name } }' }, { origin: 'https://other.example' }],
  ['variables', { query: 'query P($sku: ID!) { product(sku: $sku) { name } }', variables: { sku: 'A-1' }, operationName: 'P' }],
  ['one of two operations', { query: 'query A { products { sku } } query B { products { name } }', operationName: 'B' }],
  ['parameters that are null', { query: '{ products { name sku } }', variables: null, operationName: null }],
  ['an error of a subgraph', { query: '{ forbidden orders { number } }' }],
  ['an error that is masked', { query: '{ broken }' }],
];

describe('an operation that was answered before', () => {
  it.each(CASES)('is answered the same without Apollo Server: %s', async (what, body, headers) => {
    // What has extensions goes through Apollo Server each time.
    const first = await send({ ...body, extensions: {} }, headers);
    const again = await send(body, headers);
    expect(first.byApolloServer).toBe(true);
    expect(again.byApolloServer).toBe(what.includes('error'));
    expect(again.answer).toEqual(first.answer);
  });

  it.each<[string, Record<string, unknown>, Record<string, string>]>([
    ['variables that do not fit', { query: 'query P($sku: ID!) { product(sku: $sku) { name } }', variables: {} }, {}],
    ['the same for a legacy client', { query: 'query P($sku: ID!) { product(sku: $sku) { name } }', variables: {} }, { accept: 'application/json' }],
    ['an operation that is not there', { query: 'query A { products { sku } } query B { products { name } }', operationName: 'C' }, {}],
    ['no choice of several', { query: 'query A { products { sku } } query B { products { name } }' }, {}],
    ['a list too long', { query: 'query L($n: Int!) { latest(first: $n) { sku } }', variables: { n: 100_000 } }, {}],
  ])('is refused the same, and executed no second time: %s', async (_what, body, headers) => {
    const fetches = () => subgraphs.reduce((sum, { requests }) => sum + requests.length, 0);
    const before = fetches();
    const first = await send({ ...body, extensions: {} }, headers);
    const again = await send(body, headers);
    expect(again.answer).toEqual(first.answer);
    expect(JSON.parse(first.answer.text)).toHaveProperty('errors');
    expect(fetches()).toBe(before);
  });

  it('runs once when its answer has errors that Apollo Server tells', async () => {
    const body = { query: '{ orders { number } forbidden }' };
    await send(body);
    const before = subgraphs.map(({ requests }) => requests.length);
    await send(body);
    expect(subgraphs.map(({ requests }, index) => requests.length - (before[index] ?? 0))).toEqual([0, 1]);
  });

  it('is counted once, whoever answers it', async () => {
    const left = async (query: string): Promise<number> => {
      const response = await fetch(`${router.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      await response.text();
      return Number(/r=(\d+)/.exec(response.headers.get('ratelimit') ?? '')?.[1]);
    };
    const counts: number[] = [];
    for (const query of ['{ products { sku } }', '{ products { sku } }', '{ broken }', '{ broken }', '{ first: products { sku } }'])
      counts.push(await left(query));
    expect(counts.map((count) => (counts[0] ?? 0) - count)).toEqual([0, 1, 2, 3, 4]);
  });

  it('goes through Apollo Server when it asks for more than its data', async () => {
    const query = '{ products { name } }';
    await send({ query });
    expect((await send({ query })).byApolloServer).toBe(false);
    expect((await send({ query }, { accept: 'text/html' })).byApolloServer).toBe(true);
    expect((await send({ query }, { 'apollo-expose-query-plan': 'true' })).byApolloServer).toBe(true);
    expect((await send({ query, extensions: { persistedQuery: { version: 1, sha256Hash: '00' } } })).byApolloServer).toBe(true);
    const byGet = await fetch(`${router.url}/graphql?query=${encodeURIComponent(query)}`, { headers: { 'apollo-require-preflight': '1' } });
    expect(await byGet.json()).toMatchObject({ data: { products: [{ name: 'Lantern' }, { name: 'Teapot' }] } });
  });

  it('runs once for several who ask at the same time', async () => {
    const body = { query: '{ products { name sku unitsSold } }' };
    await send(body);
    const fetches = () => subgraphs.reduce((sum, { requests }) => sum + requests.length, 0);
    const before = fetches();
    const answers = await Promise.all(Array.from({ length: 5 }, () => send(body)));
    expect(new Set(answers.map(({ answer }) => answer.text)).size).toBe(1);
    expect(fetches() - before).toBeLessThan(10);
  });
});
