import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from './app.ts';
import { makeFolder, removeFolder, routerStarter, type TestRouter } from './testing/router.ts';
import { startOrders, startProducts, type TestSubgraph, writeSupergraph } from './testing/subgraphs.ts';

const QUERY = '{ products { name unitsSold } }';

const startRouter = routerStarter(createApp);

let folder: string;
let subgraphs: TestSubgraph[];
let router: TestRouter;

beforeAll(async () => {
  folder = await makeFolder();
  subgraphs = [await startProducts(), await startOrders()];
  await writeSupergraph(join(folder, 'supergraph.graphql'), subgraphs);
  router = await startRouter(join(folder, 'supergraph.graphql'));
});

afterAll(async () => {
  await router.app.close();
  await Promise.all(subgraphs.map((subgraph) => subgraph.stop()));
  await removeFolder(folder);
});

describe('query plans', () => {
  it('are shown only to those who ask', async () => {
    expect(await router.query(QUERY)).not.toHaveProperty('extensions');
    expect(await router.query(QUERY, { 'apollo-expose-query-plan': 'false' })).not.toHaveProperty('extensions');
  });

  it("speak Apollo's dialect, beside the data", async () => {
    const { data, extensions } = await router.query(QUERY, { 'apollo-expose-query-plan': 'true' });
    expect(data.products).toHaveLength(2);
    expect(Object.keys(extensions)).toEqual(['apolloQueryPlan']);
    expect(extensions.apolloQueryPlan.text).toMatch(/^QueryPlan \{/);
    expect(extensions.apolloQueryPlan.object).toMatchObject({
      kind: 'QueryPlan',
      node: {
        kind: 'Sequence',
        nodes: [
          { kind: 'Fetch', serviceName: 'products' },
          { kind: 'Flatten', path: ['products', '@'] },
        ],
      },
    });
  });

  it("speak Hive's dialect, also from the plan cache", async () => {
    for (let time = 0; time < 2; time += 1) {
      const { extensions } = await router.query(QUERY, { 'hive-expose-query-plan': 'true' });
      expect(Object.keys(extensions)).toEqual(['queryPlan']);
      expect(extensions.queryPlan.node.nodes[1]).toMatchObject({
        kind: 'Flatten',
        path: [{ Field: 'products' }, '@'],
        node: { kind: 'Fetch', serviceName: 'orders' },
      });
    }
  });

  it('come without execution in a dry run', async () => {
    const before = subgraphs.map(({ requests }) => requests.length);
    for (const header of ['apollo-expose-query-plan', 'hive-expose-query-plan']) {
      const answer = await router.query(QUERY, { [header]: 'dry-run' });
      expect(answer.data).toBeNull();
      expect(answer.errors).toBeUndefined();
      expect(Object.keys(answer.extensions)).toHaveLength(1);
    }
    expect(subgraphs.map(({ requests }) => requests.length)).toEqual(before);
  });

  it('show conditions and introspection', async () => {
    const conditional = 'query ($sold: Boolean! = true) { products { name unitsSold @include(if: $sold) } }';
    const { extensions } = await router.query(conditional, { 'hive-expose-query-plan': 'dry-run' });
    expect(JSON.stringify(extensions.queryPlan)).toContain('"kind":"Condition"');
    const { data, extensions: own } = await router.query('{ __typename }', { 'hive-expose-query-plan': 'true' });
    expect([data, own]).toEqual([{ __typename: 'Query' }, { queryPlan: { kind: 'QueryPlan' } }]);
  });
});
