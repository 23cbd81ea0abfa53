import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApp } from './app.ts';
import { makeFolder, removeFolder, routerStarter } from './testing/router.ts';
import { compose, startSubgraph, type TestSubgraph } from './testing/subgraphs.ts';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@shareable", "@context", "@fromContext"])';
const USERS = `${LINK} type Query { users: [User] } type User @key(fields: "id") { id: ID! currency: Currency } type Currency @shareable { code: String digits: Int }`;
const MONEY = `${LINK} type User @key(fields: "id") @context(name: "userContext") { id: ID! currency: Currency @external spent: Amount }
  type Currency @shareable { code: String digits: Int }
  type Amount @key(fields: "id") { id: ID! text(code: String @fromContext(field: "$userContext { currency { code } }")
    digits: Int @fromContext(field: "$userContext { currency { digits } }")): String
    symbol(code: String @fromContext(field: "$userContext { currency { code } }")): String }`;

const startRouter = routerStarter(createApp);
let folder: string;
let file: string;
let subgraphs: TestSubgraph[];

beforeAll(async () => {
  folder = await makeFolder();
  file = join(folder, 'supergraph.graphql');
  const users = [
    { id: '1', currency: { code: 'EUR', digits: 2 } },
    { id: '2', currency: { code: 'JPY', digits: 0 } },
    { id: '3', currency: null },
  ];
  const entity = { __resolveReference: (reference: object) => reference };
  const text = (_amount: unknown, { code, digits }: { code: string; digits: number }): string => `${code} ${digits}`;
  subgraphs = [
    await startSubgraph('users', USERS, { Query: { users: () => users }, User: entity }),
    await startSubgraph('money', MONEY, {
      User: { ...entity, spent: ({ id }: { id: string }) => ({ id }) },
      Amount: { ...entity, text, symbol: (_amount: unknown, { code }: { code: string | null }) => code?.slice(0, 1) },
    }),
  ];
  await writeFile(file, compose(subgraphs));
});
afterAll(async () => {
  await Promise.all(subgraphs.map((subgraph) => subgraph.stop()));
  await removeFolder(folder);
});

it('a supergraph with contexts is served: planned in the worker, its values passed over HTTP', async () => {
  const router = await startRouter(file);
  try {
    const { data, errors } = await router.query('{ users { spent { text symbol } } }');
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      users: [{ spent: { text: 'EUR 2', symbol: 'E' } }, { spent: { text: 'JPY 0', symbol: 'J' } }, { spent: { text: 'null null', symbol: null } }],
    });
    expect(subgraphs.map(({ requests }) => requests.length)).toEqual([1, 1]);
    const set = await router.query('{ users { spent { text(code: "XXX") } } }');
    expect(set.errors[0].message).toContain('Unknown argument "code"');
  } finally {
    await router.app.close();
  }
});

it('but not by ApolloGateway, which would leave the values out', async () => {
  await expect(startRouter(file, { engine: 'apollo' })).rejects.toThrow('ROUTER_ENGINE=apollo cannot serve this supergraph');
});
