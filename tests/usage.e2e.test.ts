import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommittedCheckout, commitCheckout } from './committed-checkout.ts';
import { post, ROOT, startWorld, type World } from './world.ts';

const PRODUCT_VIEW = 'ProductView';
const NAMES = 'query Names($sku: String!) { product(sku: $sku) { name } other: product(sku: "SECRET-2") { name } }';

let folder: string;
let world: World;
let checkout: CommittedCheckout;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'supergraph-usage-'));
  const settings = join(folder, 'router.yaml');
  const text = readFileSync(`${ROOT}router/router.yaml`, 'utf8');
  writeFileSync(settings, text.replace(/^ {2}folder: ''/m, '  folder: usage').replace(/^ {2}flushSeconds: 60/m, '  flushSeconds: 1'));
  process.env['ROUTER_SETTINGS'] = settings;
  world = await startWorld();
  checkout = commitCheckout();
}, 180_000);
afterAll(async () => {
  delete process.env['ROUTER_SETTINGS'];
  await world?.stop();
  checkout?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const idOf = (manifest: string, operation: string): string => {
  const documents = JSON.parse(readFileSync(`${ROOT}clients/${manifest}`, 'utf8')) as Record<string, string>;
  return Object.entries(documents).find(([, text]) => text.includes(`query ${operation}`))?.[0] ?? '';
};

const usageFile = (): string => join(folder, 'usage', readdirSync(join(folder, 'usage')).find((name) => name.endsWith('.jsonl')) ?? '');
const usage = (): { hash: string; name?: string; client?: string; count: number }[] => {
  const lines = readFileSync(usageFile(), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line));
};
const countOf = (name: string, client?: string): number =>
  usage()
    .filter((line) => line.name === name && line.client === client)
    .reduce((sum, { count }) => sum + count, 0);

test('what a router served is in its file without values, and check says how often what a change breaks was sent', async () => {
  const documentId = idOf('web-bff/1.0.0.json', PRODUCT_VIEW);
  const client = { 'apollographql-client-name': 'web-bff', 'apollographql-client-version': '1.0.0' };
  const view = () => post(`${world.url}/web/graphql`, { documentId, variables: { sku: '85123A' } }, client);
  const names = (name: string) =>
    post(`${world.url}/graphql`, { query: NAMES, variables: { sku: 'SECRET-1' } }, { 'apollographql-client-name': name });
  for (let times = 0; times < 3; times++) expect((await view()).errors).toEqual([]);
  for (const name of ['script', 'script', 'ada@example.com']) expect((await names(name)).errors).toEqual([]);
  expect((await post(`${world.url}/graphql`, { query: '{ nonsense }' })).status).toBe(400);
  await post(`${world.url}/graphql`, { query: '{ __schema { description } }' });

  await expect.poll(() => countOf(PRODUCT_VIEW, 'web-bff'), { timeout: 10_000 }).toBe(3);
  await view();
  // What was not written yet is written when the router stops.
  await world.router.stop(5_000);
  expect(countOf(PRODUCT_VIEW, 'web-bff')).toBe(4);
  expect([countOf('Names', 'script'), countOf('Names')]).toEqual([2, 1]);
  expect(usage().find(({ name }) => name === PRODUCT_VIEW)?.hash).toBe(documentId);
  expect(usage()).toHaveLength(3);
  expect(readFileSync(usageFile(), 'utf8')).not.toMatch(/SECRET|85123A|ada@|nonsense|__schema/);

  const schema = join(checkout.folder, 'subgraphs', 'category', 'schema.graphql');
  writeFileSync(schema, readFileSync(schema, 'utf8').replace(/(^type Product [\s\S]*?^ {2})name: String!/m, '$1title: String!'));
  // As a second replica would write it.
  writeFileSync(join(folder, 'usage', 'router-other-4000.jsonl'), readFileSync(usageFile(), 'utf8'));
  const { code, output } = await checkout.supergraph('check', '--base', 'main', '--usage', join(folder, 'usage'));
  expect(code).toBe(1);
  expect(output).toMatch(/web-bff 1\.0\.0 ProductView .* used 8 times/);
  expect(output).toMatch(/script Names .* used 4 times/);
}, 120_000);
