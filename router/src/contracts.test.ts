import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from './app.ts';
import { makeFolder, removeFolder, routerStarter, type TestRouter, waitUntil } from './testing/router.ts';
import { compose, startSubgraph, type TestSubgraph } from './testing/subgraphs.ts';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@tag"])';

const SHOP = `${LINK}
  type Query { lamps(draft: Boolean @tag(name: "staff")): [Lamp!]! things: [Thing] lampCosts: Int @tag(name: "staff") picks: [Pick] }
  type Mutation { light: Boolean }
  interface Thing { name: String }
  union Pick = Lamp | Ledger
  type Lamp implements Thing @key(fields: "code") { code: ID! @tag(name: "staff") name: String hue: Hue cost: Int @tag(name: "staff") }
  type Ledger implements Thing @tag(name: "staff") { name: String total: Int }
  enum Hue { WARM SECRET @tag(name: "staff") }`;
const STOCK = `${LINK}
  type Lamp @key(fields: "code") { code: ID! @tag(name: "staff") stock: Int }`;

const LAMPS = [
  { __typename: 'Lamp', code: 'A', name: 'Lantern', hue: 'WARM', cost: 3 },
  { __typename: 'Lamp', code: 'B', name: 'Torch', hue: 'SECRET', cost: 4 },
];
const ALL = [...LAMPS, { __typename: 'Ledger', name: 'Books', total: 9 }];
const shop = { Query: { lamps: () => LAMPS, things: () => ALL, picks: () => ALL, lampCosts: () => 7 }, Mutation: { light: () => true } };
const stock = { Lamp: { __resolveReference: (lamp: object) => lamp, stock: ({ code }: { code: string }) => (code === 'A' ? 1 : 2) } };

const CONTRACTS = `contracts:
  app: { exclude: [staff] }
  shut: { exclude: [staff], introspection: false, limits: { depth: 2, listSize: 5 }, rateLimits: { anonymous: { points: 3, perSeconds: 60 } } }
`;

const startRouter = routerStarter(createApp);
let folder: string;
let file: string;
let settingsFile: string;
let subgraphs: TestSubgraph[];
let router: TestRouter;

beforeAll(async () => {
  folder = await makeFolder();
  subgraphs = [await startSubgraph('shop', SHOP, shop), await startSubgraph('stock', STOCK, stock)];
});
afterAll(async () => {
  await Promise.all(subgraphs.map((subgraph) => subgraph.stop()));
  await removeFolder(folder);
});
beforeEach(async () => {
  file = join(folder, 'supergraph.graphql');
  settingsFile = join(folder, 'router.yaml');
  await writeFile(file, compose(subgraphs));
  await writeFile(settingsFile, CONTRACTS);
  router = await startRouter(file, { settingsFile });
  return async () => router.app.close();
});

const ask = (path: string, query: string) => router.query(query, {}, {}, path);
const codesAt = async (path: string, query: string): Promise<string[]> =>
  ((await ask(path, query)).errors ?? []).map(({ extensions }: { extensions: { code: string } }) => extensions.code);

describe('a contract', () => {
  it.each(['{ lamps { cost } }', '{ lampCosts }', '{ lamps(draft: true) { name } }', '{ things { ... on Ledger { name } } }', '{ lamps { code } }'])(
    'does not have what its tags hide: %s',
    async (query) => {
      // Known to the router before, so that the shorter way is tried too.
      for (let times = 0; times < 2; times++) expect(await codesAt('/graphql', query)).toEqual([]);
      expect(await codesAt('/app/graphql', query)).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    },
  );

  it('joins over a key that it hides', async () => {
    const expected = {
      data: {
        lamps: [
          { name: 'Lantern', stock: 1 },
          { name: 'Torch', stock: 2 },
        ],
      },
    };
    for (let times = 0; times < 2; times++) expect(await ask('/app/graphql', '{ lamps { name stock } }')).toEqual(expected);
  });

  it('shows neither objects nor enum values that it hides, also when the same text shows them elsewhere', async () => {
    const query = '{ things { __typename name } picks { ... on Lamp { hue } } }';
    const whole = await ask('/graphql', query);
    expect(whole.data.things.map(({ __typename: type }: { __typename: string }) => type)).toEqual(['Lamp', 'Lamp', 'Ledger']);
    expect(whole.data.picks).toEqual([{ hue: 'WARM' }, { hue: 'SECRET' }, {}]);
    for (let times = 0; times < 2; times++) {
      const answer = await ask('/app/graphql', query);
      expect(answer.data).toEqual({
        things: [{ __typename: 'Lamp', name: 'Lantern' }, { __typename: 'Lamp', name: 'Torch' }, null],
        picks: [{ hue: 'WARM' }, { hue: null }, null],
      });
      expect(JSON.stringify(answer)).not.toMatch(/SECRET|Ledger|Books/);
    }
    expect(await ask('/graphql', query)).toEqual(whole);
  });

  it('tells its own schema, names nothing hidden in a suggestion, and none of it where that is switched off', async () => {
    const names = async (path: string): Promise<string[]> =>
      (await ask(path, '{ __schema { types { name } } }')).data.__schema.types.map(({ name }: { name: string }) => name);
    expect(await names('/graphql')).toContain('Ledger');
    expect(await names('/app/graphql')).not.toContain('Ledger');
    expect(await names('/app/graphql')).toContain('Lamp');
    expect(await codesAt('/shut/graphql', '{ __schema { description } }')).toContain('GRAPHQL_VALIDATION_FAILED');
    expect(JSON.stringify(await ask('/graphql', '{ lampCost }'))).toContain('lampCosts');
    expect(JSON.stringify(await ask('/app/graphql', '{ lampCost }'))).not.toContain('lampCosts');
  });

  it('has limits and rates of its own, and nothing is served under a name that is none', async () => {
    const deep = '{ lamps { hue stock } picks { ... on Lamp { name } } __type(name: "Lamp") { fields { name } } }';
    expect(await codesAt('/app/graphql', deep)).toEqual([]);
    expect(await codesAt('/shut/graphql', deep)).toEqual(['MAX_DEPTH_LIMIT']);
    expect(await codesAt('/shut/graphql', '{ a: __typename b: __typename }')).toEqual([]);
    expect(await codesAt('/shut/graphql', '{ a: __typename b: __typename }')).toEqual(['RATE_LIMITED']);
    expect(await codesAt('/app/graphql', '{ a: __typename b: __typename }')).toEqual([]);
    for (const path of [
      '/nope/graphql',
      '/APP/graphql',
      '/constructor/graphql',
      '/__proto__/graphql',
      '//graphql',
      '/app/app/graphql',
      '/app%2f/graphql',
    ])
      expect(await codesAt(path, '{ __typename }'), path).toEqual(['NOT_FOUND']);
  });

  it('refuses what a foreign web page could send, as the whole graph does', async () => {
    const send = (path: string) => fetch(`${router.url}${path}?query={__typename}`).then(({ status }) => status);
    expect(await send('/app/graphql')).toBe(await send('/graphql'));
    expect(await send('/app/graphql')).toBe(400);
  });
});

/** The graph with a field more, whose resolver nobody asks. */
const changed = (): string => compose(subgraphs, { shop: SHOP.replace('picks: [Pick]', 'picks: [Pick] count: Int') });

const fieldsOf = async (path: string): Promise<string[]> =>
  (await ask(path, '{ __type(name: "Query") { fields { name } } }')).data.__type.fields.map(({ name }: { name: string }) => name);

it("ApolloGateway's own engine keeps to the contract too", async () => {
  const reference = await startRouter(file, { settingsFile, engine: 'apollo' });
  try {
    const answer = await reference.query('{ things { __typename name } lamps { stock } __type(name: "Ledger") { name } }', {}, {}, '/app/graphql');
    expect(answer.data).toEqual({
      things: [{ __typename: 'Lamp', name: 'Lantern' }, { __typename: 'Lamp', name: 'Torch' }, null],
      lamps: [{ stock: 1 }, { stock: 2 }],
      __type: null,
    });
    expect((await reference.query('{ lamps { cost } }', {}, {}, '/app/graphql')).errors).toHaveLength(1);
  } finally {
    await reference.app.close();
  }
});

describe('a new supergraph', () => {
  it('is served by all contracts at the same moment, and no request fails meanwhile', async () => {
    const paths = ['/graphql', '/app/graphql'];
    const seen: { begun: number; ended: number; isNew: boolean }[] = [];
    let isOver = false;
    const load = paths
      .flatMap((path) => [path, path, path])
      .map(async (path) => {
        while (!isOver) {
          const begun = performance.now();
          const fields = await fieldsOf(path);
          seen.push({ begun, ended: performance.now(), isNew: fields.includes('count') });
          const { data } = await ask(path, '{ lamps { name stock } }');
          expect(data.lamps).toHaveLength(2);
        }
      });
    await writeFile(file, changed());
    await waitUntil(async () => (await fieldsOf('/app/graphql')).includes('count'), 10_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    isOver = true;
    await Promise.all(load);
    const firstNew = Math.min(...seen.filter(({ isNew }) => isNew).map(({ ended }) => ended));
    expect(seen.filter(({ isNew }) => !isNew).length).toBeGreaterThan(0);
    expect(seen.filter(({ begun, isNew }) => !isNew && begun > firstNew)).toEqual([]);
  });

  it('that leaves a contract without a valid schema is refused with the coordinate: all serve the last good one on', async () => {
    const broken = SHOP.replace('lamps(draft: Boolean @tag', 'lamps(draft: Boolean! @tag').replace('picks: [Pick]', 'picks: [Pick] count: Int');
    await writeFile(file, compose(subgraphs, { shop: broken }));
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const path of ['/graphql', '/app/graphql']) expect(await fieldsOf(path)).not.toContain('count');
    await expect(startRouter(file, { settingsFile })).rejects.toMatchObject({
      name: 'StartupError',
      message: expect.stringMatching(/contract app: Query\.lamps\(draft:\).*REQUIRED_INACCESSIBLE/),
    });
    await writeFile(file, changed());
    await waitUntil(async () => (await fieldsOf('/app/graphql')).includes('count'), 10_000);
    expect(await fieldsOf('/graphql')).toContain('count');
  });

  it('that was refused is served once the contracts fit it', async () => {
    const broken = SHOP.replace('lamps(draft: Boolean @tag', 'lamps(draft: Boolean! @tag').replace('picks: [Pick]', 'picks: [Pick] count: Int');
    await writeFile(file, compose(subgraphs, { shop: broken }));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await fieldsOf('/graphql')).not.toContain('count');
    await writeFile(settingsFile, 'contracts: {}\n');
    await waitUntil(async () => (await fieldsOf('/graphql')).includes('count'), 10_000);
  });
});

it('contracts come, change and go while the router runs; one that cannot be served is refused, and the others stay', async () => {
  const statusOf = (path: string, query = '{ lamps { cost } }') =>
    fetch(`${router.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) }).then(
      ({ status }) => status,
    );
  await writeFile(settingsFile, 'contracts: { app: {}, more: { exclude: [staff] } }');
  await waitUntil(async () => (await statusOf('/more/graphql', '{ lamps { name } }')) === 200, 10_000);
  expect(await statusOf('/more/graphql')).toBe(400);
  expect(await statusOf('/app/graphql')).toBe(200);
  expect(await statusOf('/shut/graphql')).toBe(404);

  await writeFile(settingsFile, 'contracts: { more: { include: [nothing-has-it] } }');
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(await statusOf('/app/graphql')).toBe(200);
  expect(await statusOf('/more/graphql', '{ lamps { name } }')).toBe(200);

  await writeFile(settingsFile, 'contracts: { app: { introspection: false } }');
  await waitUntil(async () => (await statusOf('/more/graphql')) === 404, 10_000);
  await waitUntil(async () => (await statusOf('/app/graphql', '{ __schema { description } }')) === 400, 10_000);
  expect(await statusOf('/app/graphql')).toBe(200);
});
