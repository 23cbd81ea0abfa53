import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SmallGraph, startSmallGraph } from '../testing/small-graph.ts';

const SHELF = `type Query { shelves: [[Item]] item(id: ID!): Item best: Book broken: Int! numbers: [Int!]! }
  type Mutation { first: Int! third: Int! rename(id: ID!): Book }
  interface Item { id: ID! }
  type Book implements Item @key(fields: "id") { id: ID! title: String }
  type Film implements Item @key(fields: "id") { id: ID! }
  union Media = Book | Film`;
const STOCK = `type Query { top: Book }
  type Mutation { second: Int! }
  type Book @key(fields: "id") { id: ID! stock(unit: String = "piece"): String failing: String strict: String! }
  type Film @key(fields: "id") { id: ID! minutes: Int }`;

const [book, film, other] = [
  { __typename: 'Book', id: 'b1', title: 'Emma' },
  { __typename: 'Film', id: 'f1' },
  { __typename: 'Book', id: 'b2', title: null },
];

let graph: SmallGraph;
let count = 0;
const next = (): number => ++count;

beforeAll(async () => {
  const reference = { __resolveReference: (entity: object) => entity };
  graph = await startSmallGraph({
    shelf: [
      SHELF,
      {
        Query: {
          shelves: () => [[book, film], null, [other, book, null]],
          item: () => book,
          best: () => other,
          numbers: () => [1, null],
          broken: () => null,
        },
        Mutation: { first: next, third: next, rename: () => ({ ...book, title: 'Persuasion' }) },
      },
    ],
    stock: [
      STOCK,
      {
        Query: { top: () => ({ id: 'b1' }) },
        Mutation: { second: next },
        Book: {
          ...reference,
          stock: ({ id }: { id: string }, { unit }: { unit: string }) => `${id} ${unit}`,
          failing: ({ id }: { id: string }) => {
            if (id === 'b1') throw new Error('it failed');
            return 'fine';
          },
          strict: ({ id }: { id: string }) => (id === 'b2' ? null : 'there'),
        },
        Film: { ...reference, minutes: () => 160 },
      },
    ],
  });
});
afterAll(() => graph.both.stop());

describe('a plan is run node by node:', () => {
  it('Sequence, Flatten through lists of lists, Fetch of entities of several types', async () => {
    const { data, errors, plan } = await graph.ask('{ shelves { id ... on Book { stock } ... on Film { minutes } } }');
    expect(plan).toContain('"path":["shelves","@","@"]');
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      shelves: [
        [
          { id: 'b1', stock: 'b1 piece' },
          { id: 'f1', minutes: 160 },
        ],
        null,
        [{ id: 'b2', stock: 'b2 piece' }, { id: 'b1', stock: 'b1 piece' }, null],
      ],
    });
  });

  it('Parallel', async () => {
    const { data, plan } = await graph.ask('{ best { title } top { stock } }');
    expect(plan).toContain('"kind":"Parallel"');
    expect(data).toEqual({ best: { title: null }, top: { stock: 'b1 piece' } });
  });

  it('a Sequence of mutations: in the order they stand in, whichever subgraph they are of', async () => {
    count = 0;
    const { data, asked } = await graph.ask('mutation { first second third }');
    expect(data).toEqual({ first: 1, second: 2, third: 3 });
    expect(asked.map(({ service }) => service)).toEqual(['shelf', 'stock', 'shelf']);
  });

  it.each([
    [true, true, { top: { stock: 'b1 piece' }, best: { title: null } }, 2],
    [true, false, { top: { stock: 'b1 piece' } }, 1],
    [false, true, { best: { title: null } }, 1],
    [false, false, {}, 0],
  ])('Condition: top %s, best %s', async (top, best, expected, fetches) => {
    const { data, asked, plan } = await graph.ask(
      'query ($top: Boolean!, $best: Boolean!) { top @include(if: $top) { stock } best @include(if: $best) { title } }',
      { top, best },
    );
    expect(plan).toContain('"kind":"Condition"');
    expect(data).toEqual(expected);
    expect(asked).toHaveLength(fetches);
  });

  it('a Condition in a Condition, by a default and by a value', async () => {
    const query = `query ($a: Boolean!, $b: Boolean = true) { best { id ... on Book @include(if: $a) { title ... on Book @skip(if: $b) { stock } } } }`;
    expect((await graph.ask(query, { a: true })).data).toEqual({ best: { id: 'b2', title: null } });
    expect((await graph.ask(query, { a: true, b: false })).data).toEqual({ best: { id: 'b2', title: null, stock: 'b2 piece' } });
    const { data, asked } = await graph.ask(query, { a: false, b: false });
    expect(data).toEqual({ best: { id: 'b2' } });
    expect(asked).toHaveLength(1);
  });

  it('arguments by literal, variable, default and null', async () => {
    const { data } = await graph.ask(
      'query ($unit: String, $box: String = "box") { best { a: stock(unit: "ton") b: stock(unit: $unit) c: stock(unit: $box) d: stock } }',
      {
        unit: null,
      },
    );
    expect(data).toEqual({ best: { a: 'b2 ton', b: 'b2 null', c: 'b2 box', d: 'b2 piece' } });
  });

  it('type names at the root ask nobody; introspection is answered beside data', async () => {
    const { data, asked } = await graph.ask(
      '{ t: __typename __type(name: "Media") { possibleTypes { name } } best { __typename kind: __typename } }',
    );
    expect(data).toEqual({ t: 'Query', __type: { possibleTypes: [{ name: 'Book' }, { name: 'Film' }] }, best: { __typename: 'Book', kind: 'Book' } });
    expect(asked).toHaveLength(1);
    expect((await graph.ask('{ __typename __schema { queryType { name } } }')).asked).toEqual([]);
  });

  it('the same entity is asked for once and stands, with its error, at every place', async () => {
    const { data, errors, asked } = await graph.ask('{ shelves { ... on Book { failing } } }');
    expect(asked[1]?.variables['representations']).toEqual([
      { __typename: 'Book', id: 'b1' },
      { __typename: 'Book', id: 'b2' },
    ]);
    expect(data).toEqual({ shelves: [[{ failing: null }, {}], null, [{ failing: 'fine' }, { failing: null }, null]] });
    expect(errors?.map(({ path }) => path)).toEqual([
      ['shelves', 0, 0, 'failing'],
      ['shelves', 2, 1, 'failing'],
    ]);
  });

  it('null where none may be goes up to the first that may: an entity, a list item, the whole', async () => {
    const strict = await graph.ask('{ shelves { id ... on Book { strict } } }');
    expect(strict.data).toEqual({ shelves: [[{ id: 'b1', strict: 'there' }, { id: 'f1' }], null, [null, { id: 'b1', strict: 'there' }, null]] });
    expect(strict.errors?.map(({ path }) => path)).toEqual([['shelves', 2, 0, 'strict']]);
    expect((await graph.ask('{ numbers }')).data).toBeNull();
    expect((await graph.ask('{ broken best { id } }')).data).toBeNull();
  });

  it('a subgraph that is down costs its own data only', async () => {
    const { data, errors } = await graph.ask('{ best { title stock } }', {}, (service, reply) =>
      service === 'stock' ? { data: null, errors: [{ message: 'down' }] } : reply,
    );
    expect(data).toEqual({ best: { title: null, stock: null } });
    expect(errors).toEqual([{ message: 'down', path: ['best'], extensions: { code: 'DOWNSTREAM_SERVICE_ERROR', serviceName: 'stock' } }]);
  });
});
