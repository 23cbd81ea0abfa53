import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../app.ts';
import { makeFolder, removeFolder, routerStarter, type TestRouter } from '../testing/router.ts';
import { startSubgraph, type TestSubgraph, writeSupergraph } from '../testing/subgraphs.ts';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@shareable"])';

const LIBRARY = `${LINK}
  type Query { items: [Item!]! item(id: ID!): Item things(kind: Kind = ALL): [Thing] shelves: [[Item]] nothing: Item broken: Int! enums: [Kind] }
  type Mutation { rename(id: ID!, name: String!): Item }
  enum Kind { ALL BOOKS }
  interface Item { id: ID! name: String }
  type Book implements Item @key(fields: "id") { id: ID! name: String pages: Int author: Author }
  type Film implements Item @key(fields: "id") { id: ID! name: String minutes: Int }
  type Author @key(fields: "id") { id: ID! name: String! books: [Book!] }
  union Thing = Book | Film | Author`;

const STOCK = `${LINK}
  type Query { best: Book }
  type Book @key(fields: "id") { id: ID! pages: Int @external stock: Int weight: Int @requires(fields: "pages") failing: String required: String! }
  type Film @key(fields: "id") { id: ID! stock(unit: String = "piece"): Int }
  type Author @key(fields: "id") { id: ID! rating: Float }`;

const BOOKS = [
  { __typename: 'Book', id: 'b1', name: 'Emma', pages: 474, author: { id: 'a1' } },
  { __typename: 'Book', id: 'b2', name: null, pages: null, author: null },
];
const FILMS = [{ __typename: 'Film', id: 'f1', name: 'Ran', minutes: 160 }];
const ITEMS = [BOOKS[0], FILMS[0], BOOKS[1], BOOKS[0]];
const AUTHOR = { __typename: 'Author', id: 'a1', name: 'Jane', books: BOOKS };
const find = ({ id }: { id: string }) => [...BOOKS, ...FILMS].find((item) => item.id === id) ?? null;

const library = {
  Query: {
    items: () => ITEMS,
    item: (_: unknown, given: { id: string }) => find(given),
    things: (_: unknown, { kind }: { kind: string }) => (kind === 'BOOKS' ? BOOKS : [...ITEMS, AUTHOR, null]),
    shelves: () => [[BOOKS[0], null], null, [FILMS[0]]],
    nothing: () => null,
    broken: () => {
      throw new Error('secret');
    },
    enums: () => ['ALL', null, 'BOOKS'],
  },
  Mutation: { rename: (_: unknown, { id, name }: { id: string; name: string }) => ({ ...find({ id }), name }) },
  Book: { __resolveReference: find, author: ({ author }: { author: unknown }) => author && AUTHOR },
  Film: { __resolveReference: find },
  Author: { __resolveReference: () => AUTHOR },
};
const stock = {
  Query: { best: () => ({ id: 'b1' }) },
  Book: {
    __resolveReference: (book: object) => book,
    stock: ({ id }: { id: string }) => (id === 'b2' ? null : 3),
    weight: ({ pages }: { pages: number | null }) => (pages === null ? null : pages * 2),
    failing: ({ id }: { id: string }) => {
      if (id === 'b1') throw new Error('secret');
      return 'fine';
    },
    required: ({ id }: { id: string }) => (id === 'b2' ? null : 'there'),
  },
  Film: { __resolveReference: (film: object) => film, stock: () => 7 },
  Author: { __resolveReference: (author: object) => author, rating: () => 4.5 },
};

const BOTH: readonly [string, string, Record<string, unknown>?][] = [
  ['one subgraph', '{ items { id name } }'],
  ['two subgraphs', '{ items { id ... on Book { stock } ... on Film { minutes stock } } }'],
  ['what another subgraph requires', '{ items { ... on Book { weight } } }'],
  ['a union, nulls in a list', '{ things { __typename ... on Item { name } ... on Author { rating books { stock } } } }'],
  ['lists of lists', '{ shelves { id ... on Book { stock } } }'],
  ['null entities', '{ nothing { id ... on Book { stock } } }'],
  ['aliases', '{ a: items { b: id c: name ... on Book { d: stock e: stock } } items { name } }'],
  ['aliases that objects inherit', '{ constructor: items { toString: id hasOwnProperty: name } }'],
  ['an alias called __proto__', '{ __proto__: item(id: "b1") { __proto__: name ... on Book { x: stock } } }'],
  ['type names under other names', '{ items { kind: __typename again: __typename __typename } t: __typename }'],
  ['fragments in fragments', '{ items { ...A } } fragment A on Item { ...B id } fragment B on Item { name ... on Book { author { name rating } } }'],
  [
    'a field asked for twice with different selections',
    '{ item(id: "b1") { id } item(id: "b1") { name ... on Book { stock author { id } author { name } } } }',
  ],
  [
    'conditions by variables',
    'query ($yes: Boolean!, $no: Boolean = false) { items { id @skip(if: $yes) name @include(if: $yes) ... on Book @include(if: $no) { stock } ... on Film @skip(if: $no) { stock } } }',
    { yes: true },
  ],
  [
    'the same conditions, otherwise',
    'query ($yes: Boolean!, $no: Boolean = false) { items { id @skip(if: $yes) name @include(if: $yes) ... on Book @include(if: $no) { stock } ... on Film @skip(if: $no) { stock } } }',
    { yes: false, no: true },
  ],
  [
    'arguments with variables and defaults',
    'query ($id: ID!, $kind: Kind, $unit: String = "box") { item(id: $id) { name ... on Film { stock(unit: $unit) } } things(kind: $kind) { ... on Book { id } } }',
    { id: 'f1', kind: 'BOOKS' },
  ],
  ['enums', '{ enums }'],
  ['a mutation', 'mutation { rename(id: "b1", name: "Persuasion") { id name ... on Book { stock } } }'],
  ['nothing but type names', '{ __typename }'],
  ['introspection beside data', '{ __type(name: "Book") { name fields { name } } item(id: "f1") { id } __schema { queryType { name } } }'],
  ['introspection with variables', 'query ($type: String!) { __type(name: $type) { kind possibleTypes { name } } }', { type: 'Thing' }],
  ['an entity that starts elsewhere', '{ best { name stock author { name } } }'],
  ['a root field that fails and may not be null', '{ broken items { id } }'],
];

const startRouter = routerStarter(createApp);
let folder: string;
let subgraphs: TestSubgraph[];
let routers: { ours: TestRouter; apollo: TestRouter };

beforeAll(async () => {
  folder = await makeFolder();
  subgraphs = [await startSubgraph('library', LIBRARY, library), await startSubgraph('stock', STOCK, stock)];
  const file = join(folder, 'supergraph.graphql');
  await writeSupergraph(file, subgraphs);
  const [ours, apollo] = await Promise.all([startRouter(file), startRouter(file, { engine: 'apollo' })]);
  routers = { ours, apollo };
});
afterAll(async () => {
  await Promise.all([routers.ours.app.close(), routers.apollo.app.close()]);
  await Promise.all(subgraphs.map((subgraph) => subgraph.stop()));
  await removeFolder(folder);
});

/** The text, so that the order of names counts; references are made anew for each error, and errors come in any order. */
const comparable = (answer: { data?: unknown; errors?: { message: string; extensions?: Record<string, unknown> }[] }): string => {
  const errors = (answer.errors ?? []).map((error) => JSON.stringify(error).replaceAll(/[0-9a-f-]{36}/g, 'REFERENCE')).toSorted();
  return JSON.stringify({ data: answer.data, errors });
};

describe('our engine answers as ApolloGateway does:', () => {
  it.each(BOTH)('%s', async (_what, query, variables = {}) => {
    const [ours, apollo] = await Promise.all([routers.ours, routers.apollo].map((router) => router.query(query, {}, variables)));
    expect(comparable(ours)).toBe(comparable(apollo));
  });
});

describe('our engine answers rightly where ApolloGateway does not:', () => {
  it('an error of one entity stands at every place where the entity does', async () => {
    const { data, errors } = await routers.ours.query('{ items { ... on Book { failing } } }');
    expect(data).toEqual({ items: [{ failing: null }, {}, { failing: 'fine' }, { failing: null }] });
    expect(errors.map(({ path }: { path: unknown }) => path)).toEqual([
      ['items', 0, 'failing'],
      ['items', 3, 'failing'],
    ]);
  });

  it('null where none may be makes its holder null, and the error is told once for each place', async () => {
    const { data, errors } = await routers.ours.query('{ item(id: "b2") { id ... on Book { required } } }');
    expect(data).toEqual({ item: null });
    expect(errors).toHaveLength(1);
  });

  it('each entity is asked for once', async () => {
    const stockRequests = subgraphs[1]?.requests.length ?? 0;
    const { data } = await routers.ours.query('{ items { ... on Book { stock } } shelves { ... on Book { stock } } }');
    expect(data.items[0]).toEqual({ stock: 3 });
    expect((subgraphs[1]?.requests.length ?? 0) - stockRequests).toBeLessThanOrEqual(2);
  });
});
