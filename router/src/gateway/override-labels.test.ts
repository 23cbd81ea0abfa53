import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ANONYMOUS_IDENTITY } from '@supergraph/identity/identity';
import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../app.ts';
import { makeFolder, removeFolder, routerStarter, type TestRouter } from '../testing/router.ts';
import { compose, startSubgraph, type TestSubgraph } from '../testing/subgraphs.ts';
import { labelsInForce, readOverrideLabels } from './override-labels.ts';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@override"])';
const OLD = `${LINK} type Query { order: Order } type Order @key(fields: "id") { id: ID! status: String total: Int }`;
const NEW = `${LINK} type Order @key(fields: "id") { id: ID!
  status: String @override(from: "orders", label: "use-fulfillment") total: Int @override(from: "orders", label: "percent(0)") }`;

const user = (userId: string) => ({ requestId: 'r', identity: { ...ANONYMOUS_IDENTITY, caller: { role: 'customer', userId } as const } });
const anonymous = (requestId: string) => ({ requestId, identity: ANONYMOUS_IDENTITY });

describe('labels of @override', () => {
  it('hold for about as many callers as they say, and for a user always or never', () => {
    const labels = ['percent(25)', 'use-fulfillment'];
    const users = Array.from({ length: 2_000 }, (_, index) => user(`u${index}`));
    const held = users.map((context) => labelsInForce(labels, { 'use-fulfillment': 60 }, context));
    const share = (label: string): number => held.filter((active) => active.includes(label)).length / users.length;
    expect(share('percent(25)')).toBeGreaterThan(0.2);
    expect(share('percent(25)')).toBeLessThan(0.3);
    expect(share('use-fulfillment')).toBeGreaterThan(0.55);
    expect(share('use-fulfillment')).toBeLessThan(0.65);
    expect(users.map((context) => labelsInForce(labels, { 'use-fulfillment': 60 }, context))).toEqual(held);
    const both = held.filter((active) => active.length === 2).length / users.length;
    expect(both, 'labels do not depend on each other').toBeGreaterThan(0.11);
    expect(both).toBeLessThan(0.19);
  });

  it('hold for nobody unless named, for everybody at 100; the settings win over percent(x); unknown callers take a side by request', () => {
    expect(labelsInForce(['a', 'percent(100)'], {}, user('u'))).toEqual(['percent(100)']);
    expect(labelsInForce(['a', 'percent(100)'], { a: 100, 'percent(100)': 0 }, user('u'))).toEqual(['a']);
    const sides = new Set(Array.from({ length: 100 }, (_, index) => labelsInForce(['a'], { a: 50 }, anonymous(`r${index}`)).length));
    expect(sides).toEqual(new Set([0, 1]));
  });
});

describe('the router', () => {
  const startRouter = routerStarter(createApp);
  let folder: string;
  let subgraphs: TestSubgraph[];
  let router: TestRouter;

  beforeAll(async () => {
    folder = await makeFolder();
    const byId = { __resolveReference: (order: object) => order };
    subgraphs = [
      await startSubgraph('orders', OLD, { Query: { order: () => ({ id: '1' }) }, Order: { ...byId, status: () => 'old', total: () => 1 } }),
      await startSubgraph('fulfillment', NEW, { Order: { ...byId, status: () => 'new', total: () => 2 } }),
    ];
    const supergraph = compose(subgraphs);
    expect(readOverrideLabels(parse(supergraph))).toEqual(['percent(0)', 'use-fulfillment']);
    await writeFile(join(folder, 'supergraph.graphql'), supergraph);
    await writeFile(join(folder, 'router.yaml'), 'overrides: { use-fulfillment: 0 }');
    router = await startRouter(join(folder, 'supergraph.graphql'), { settingsFile: join(folder, 'router.yaml') });
  });
  afterAll(async () => {
    await router.app.close();
    await Promise.all(subgraphs.map((subgraph) => subgraph.stop()));
    await removeFolder(folder);
  });

  it('plans the same operation anew when a label begins to hold', async () => {
    const ask = async (): Promise<unknown> => (await router.query('{ order { status total } }')).data;
    expect(await ask()).toEqual({ order: { status: 'old', total: 1 } });
    await writeFile(join(folder, 'router.yaml'), 'overrides: { use-fulfillment: 100 }');
    await expect.poll(ask).toEqual({ order: { status: 'new', total: 1 } });
  });
});
