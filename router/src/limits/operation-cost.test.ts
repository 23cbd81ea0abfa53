import { readFileSync } from 'node:fs';
import { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph } from '@apollo/federation-internals';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import type { CostModel, ListSize } from './cost-model.ts';
import { readCostModel } from './cost-model.ts';
import { SATURATED } from './measure-operation.ts';
import { actualCost, createCostCalculator, estimateCost } from './operation-cost.ts';

const SCHEMA = buildSchema(`
  type Query {
    me: User
    node: Node
    any: Any
    users(first: Int = 20, last: Int, limit: String): UserConnection
    list: [User!]
    grid: [[User]]
    best: [User]
    newest(limit: Int!): [User]
    page(max: Int, min: Int): UserPage
    search(filter: Filter, tags: [String], plain: Int): Int
    tags: [String]
    blob: Json
  }
  type Mutation { rename(name: String): User count: Int }
  type Subscription { renamed: User }
  interface Node { id: ID friends: [User] }
  union Any = User | Ghost
  type User implements Node { id: ID name: Fancy kind: Kind price: Int friends: [User] boss: User }
  type Ghost implements Node { id: ID friends: [User] haunts: [User] }
  type UserConnection { edges: [UserEdge] nodes: [User] pageInfo: PageInfo total: Int }
  type UserEdge { node: User cursor: String }
  type UserPage { items: [User] others: [User] }
  type PageInfo { hasNextPage: Boolean }
  input Filter { name: String and: [Filter] }
  enum Kind { A }
  scalar Fancy
  scalar Json
`);

const modelOf = (weights: Record<string, number> = {}, listSizes: Record<string, Partial<ListSize>> = {}): CostModel => ({
  weights: new Map(Object.entries(weights)),
  listSizes: new Map(
    Object.entries(listSizes).map(([coordinate, size]) => [
      coordinate,
      { slicingArguments: [], sizedFields: [], requireOneSlicingArgument: false, ...size },
    ]),
  ),
});

const PLAIN = modelOf();

const RICH = modelOf(
  {
    User: 3,
    Ghost: 5,
    Fancy: 2,
    Kind: 1,
    'User.price': 7,
    'User.boss': 4,
    'Query.search(filter:)': 5,
    'Query.search(tags:)': 1,
    'Filter.name': 2,
    'Query.tags': 6,
  },
  {
    'Query.best': { assumedSize: 5 },
    'Query.newest': { slicingArguments: ['limit'], assumedSize: 50 },
    'Query.page': { slicingArguments: ['max', 'min'], sizedFields: ['items'], assumedSize: 7 },
  },
);

type Row = [name: string, query: string, variables: Record<string, unknown>, cost: number];

const PLAIN_ROWS: Row[] = [
  ['an object is 1, a scalar 0', '{me{id name}}', {}, 1],
  ['objects inside each other', '{me{boss{boss{id}}}}', {}, 3],
  ['a mutation is 10 more', 'mutation{rename(name:"a"){id}}', {}, 11],
  ['a mutation of a scalar', 'mutation{count}', {}, 10],
  ['a subscription is not', 'subscription{renamed{id}}', {}, 1],
  ['__typename and introspection are free', '{__typename __schema{types{name fields{name}}} me{__typename}}', {}, 1],
  ['a list is taken to have 10', '{list{id}}', {}, 10],
  ['lists multiply', '{list{friends{friends{id}}}}', {}, 10 + 100 + 1000],
  ['lists of lists as well', '{grid{id}}', {}, 100],
  ['a list of scalars is free', '{tags}', {}, 0],
  // 1 connection + 3 × 1 user
  ['a connection has the first of its field', '{users(first:3){nodes{id}}}', {}, 4],
  ['its edges are as many, each with a node', '{users(first:3){edges{cursor node{id}}}}', {}, 1 + 3 * 2],
  ['edges, nodes and pageInfo together', '{users(first:3){edges{node{id}} nodes{id} pageInfo{hasNextPage} total}}', {}, 1 + 6 + 3 + 1],
  ['the default of the argument counts', '{users{nodes{id}}}', {}, 21],
  ['last beside the default of first: the larger', '{users(last:30){nodes{id}}}', {}, 31],
  ['first: null is an unknown size', '{users(first:null){nodes{id}}}', {}, 11],
  ['a variable', 'query($n:Int){users(first:$n){nodes{id}}}', { n: 7 }, 8],
  ['a variable that is not given', 'query($n:Int){users(first:$n){nodes{id}}}', {}, 21],
  ['zero items', '{users(first:0){nodes{id}}}', {}, 1],
  ['a negative size is none', '{users(first:-5){nodes{id}}}', {}, 1],
  ['a plain list is sized by its argument', '{newest(limit:3){id}}', {}, 3],
  // 1 + 4 × (1 user + 10 friends)
  ['lists below a connection', '{users(first:4){nodes{friends{id}}}}', {}, 45],
  ['the same field twice costs once', '{me{boss{id}} me{boss{name}} ...F} fragment F on Query{me{boss{kind}}}', {}, 2],
  ['under two aliases twice', '{a:me{id} b:me{id}}', {}, 2],
  ['inline fragments of a union add up', '{any{...on User{boss{id}} ...on Ghost{haunts{id}}}}', {}, 1 + 1 + 10],
  ['skipped by a literal', '{me @skip(if:true){id} list @include(if:false){id}}', {}, 0],
  ['skipped by a variable', 'query($s:Boolean!){me @skip(if:$s){id}}', { s: true }, 0],
  ['not skipped', 'query($s:Boolean!){me @skip(if:$s){id} list @include(if:$s){id}}', { s: false }, 1],
  ['in a fragment that is not included', 'query($s:Boolean!){me{id ...F @include(if:$s)}} fragment F on User{boss{id}}', { s: false }, 1],
  [
    'in a fragment once included, once not',
    'query($s:Boolean!){me{...F @include(if:$s) ...F @skip(if:$s)}} fragment F on User{boss{id}}',
    { s: false },
    2,
  ],
  ['included in what is not', 'query($s:Boolean!){...@include(if:$s){me @include(if:true){id}}}', { s: false }, 0],
  ['prototype keys', '{__proto__:me{id} constructor:me{toString:id}}', {}, 2],
];

const RICH_ROWS: Row[] = [
  ['the weight of a type', '{me{id}}', {}, 3],
  ['of scalars and enums', '{me{name kind}}', {}, 6],
  ['of a field instead of its type', '{me{boss{id} price}}', {}, 3 + 4 + 7],
  ['the heaviest type behind an interface', '{node{id}}', {}, 5],
  ['and behind a union', '{any{...on User{kind}}}', {}, 6],
  ['assumedSize', '{best{id}}', {}, 15],
  ['a slicing argument rather than assumedSize', '{newest(limit:2){kind}}', {}, 8],
  ['assumedSize when no slicing argument is given', '{page{items{id}}}', {}, 1 + 7 * 3],
  ['the largest of several', '{page(min:2 max:4){items{id}}}', {}, 1 + 4 * 3],
  ['only sized fields are sized', '{page(max:2){items{id} others{id}}}', {}, 1 + 2 * 3 + 10 * 3],
  ['a list of scalars with a weight', '{tags}', {}, 60],
  ['arguments, once a field and not once an item', '{search(filter:{name:"a"})}', {}, 5 + 2],
  ['input objects inside each other', '{search(filter:{and:[{name:"a"} {name:"b" and:[]}]})}', {}, 5 + 4],
  ['a list argument, each item', '{search(tags:["a","b","c"])}', {}, 3],
  ['arguments in variables', 'query($f:Filter){search(filter:$f)}', { f: { name: 'a', and: [{ name: 'b' }] } }, 5 + 2 + 2],
  ['arguments without a value', '{search(filter:null tags:null plain:3)}', {}, 0],
];

const estimate = (model: CostModel, query: string, variables: Record<string, unknown>): number => {
  const document = parse(query);
  expect(validate(SCHEMA, document)).toEqual([]);
  return estimateCost(model, SCHEMA, document, undefined, variables);
};

/** Milliseconds of this thread's CPU: what other processes do meanwhile does not count. */
const cpuOf = (work: () => unknown): number => {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
};

describe('the estimated cost', () => {
  test.each(PLAIN_ROWS)('%s', (_, query, variables, cost) => {
    expect(estimate(PLAIN, query, variables)).toBe(cost);
  });

  test.each(RICH_ROWS)('with directives: %s', (_, query, variables, cost) => {
    expect(estimate(RICH, query, variables)).toBe(cost);
  });

  test('a negative weight saves no more than its own field costs', () => {
    const model = modelOf({ 'User.boss': -100 });
    expect(estimate(model, '{me{id} list{boss{id}}}', {})).toBe(11);
  });

  const strict = modelOf(
    {},
    {
      'Query.users': { slicingArguments: ['first', 'last'], sizedFields: ['nodes'], requireOneSlicingArgument: true },
      'Query.page': { slicingArguments: ['max', 'min'], sizedFields: ['items'], requireOneSlicingArgument: true, assumedSize: 7 },
    },
  );

  test.each([
    ['one given', '{page(max:3){items{id}}}', {}, 4],
    ['one given, another by default', '{users(last:5){nodes{id}}}', {}, 21],
    ['one by default', '{users{nodes{id}}}', {}, 21],
    ['one as a variable, one not', 'query($a:Int $b:Int){page(max:$a min:$b){items{id}}}', { b: 2 }, 3],
    ['none, and the list not asked for', '{page{others{id}}}', {}, 11],
  ])('where one slicing argument is required: %s', (_, query, variables, cost) => {
    expect(estimate(strict, query, variables)).toBe(cost);
  });

  test.each([
    ['none', '{page{items{id}}}', {}, 0],
    ['null', '{users(first:null){nodes{id}}}', {}, 0],
    ['two', '{page(max:3 min:3){items{id}}}', {}, 2],
    ['two as variables', 'query($a:Int $b:Int){page(max:$a min:$b){items{id}}}', { a: 1, b: 2 }, 2],
  ])('is refused where one slicing argument is required, with %s', (_, query, variables, value) => {
    const refused = expect.objectContaining({
      extensions: expect.objectContaining({ code: 'SLICING_ARGUMENT_REQUIRED', value, http: { status: 400 } }),
    });
    expect(() => estimate(strict, query, variables)).toThrow(refused);
  });

  test('is refused again the next time', () => {
    const document = parse('{page(max:3 min:3){items{id}}}');
    const calculate = createCostCalculator(strict, SCHEMA);
    for (let time = 0; time < 2; time += 1) expect(() => calculate(document, undefined, {})).toThrow('needs exactly one');
  });

  test('is worked out once a document without variables, for each of its operations', () => {
    const document = parse('query A{me{id}} query B{...F} fragment F on Query{list{id}}');
    const calculate = createCostCalculator(PLAIN, SCHEMA);
    const first = calculate(document, 'B', {});
    expect([calculate(document, 'A', {}).estimated, first.estimated]).toEqual([1, 10]);
    expect(calculate(document, 'B', {})).toBe(first);
    // The same nodes in another document, with another fragment.
    const [a, b] = document.definitions;
    const [other] = parse('fragment F on Query{me{id}}').definitions;
    if (a === undefined || b === undefined || other === undefined) throw new Error('a definition is missing');
    expect(calculate({ ...document, definitions: [a, b, other] }, 'B', {}).estimated).toBe(1);
  });

  test('is of the operation that is asked for', () => {
    const document = parse('query A{me{id}} query B{list{id}}');
    expect(estimateCost(PLAIN, SCHEMA, document, 'A', {})).toBe(1);
    expect(estimateCost(PLAIN, SCHEMA, document, 'B', {})).toBe(10);
    const calculate = createCostCalculator(PLAIN, SCHEMA);
    expect(['A', 'B', 'A', 'C', 'B', undefined].map((name) => calculate(document, name, {}).estimated)).toEqual([1, 10, 1, 0, 10, 0]);
  });

  test('is that of the fields below, where a field itself is free', () => {
    expect(estimate(modelOf({ 'Query.me': 0 }), '{me{boss{id}}}', {})).toBe(1);
  });

  test('can assume another size of lists', () => {
    const cost = createCostCalculator(PLAIN, SCHEMA, 3);
    expect(cost(parse('{list{friends{id}}}'), undefined, {}).estimated).toBe(12);
  });

  test('saturates, and gives up on bombs in time', () => {
    const nested = `{list${'{friends'.repeat(60)}{id}${'}'.repeat(61)}`;
    expect(estimate(PLAIN, nested, {})).toBe(SATURATED);
    const bomb = `{list{...F0}} ${Array.from({ length: 60 }, (_, i) => `fragment F${i} on User{a:boss{...F${i + 1}} b:boss{...F${i + 1}}}`).join(' ')} fragment F60 on User{id}`;
    const document = parse(bomb);
    expect(cpuOf(() => estimateCost(PLAIN, SCHEMA, document, undefined, {}))).toBeLessThan(500);
    const { estimated, actualOf } = createCostCalculator(PLAIN, SCHEMA)(document, undefined, {});
    expect([estimated, actualOf({})]).toEqual([SATURATED, SATURATED]);
    const circle = parse('{list{...F}} fragment F on User{friends{...F}}');
    expect(estimateCost(PLAIN, SCHEMA, circle, undefined, {})).toBe(SATURATED);
  });
});

describe('the actual cost', () => {
  const user = { id: '1', name: 'a', kind: 'A' };
  const rows: [string, CostModel, string, unknown, number][] = [
    ['what is null costs nothing', PLAIN, '{me{boss{id}} list{id}}', { me: { boss: null }, list: null }, 1],
    ['no data at all', PLAIN, '{me{id}}', null, 0],
    ['each item there is', PLAIN, '{list{id}}', { list: [user, user, null, user] }, 3],
    ['items below items', PLAIN, '{list{friends{id}}}', { list: [{ friends: [user, user] }, { friends: [] }] }, 4],
    ['lists of lists', PLAIN, '{grid{id}}', { grid: [[user, user], null, [user]] }, 3],
    ['a connection', PLAIN, '{users(first:50){edges{node{id}} nodes{id}}}', { users: { edges: [{ node: user }], nodes: [user] } }, 4],
    ['a mutation', PLAIN, 'mutation{rename{id}}', { rename: user }, 11],
    ['by alias', PLAIN, '{x:me{id} __proto__:me{id}}', JSON.parse('{"x":{},"__proto__":{}}'), 2],
    ['nothing inherited', PLAIN, '{toString:me{id} constructor:me{id}}', {}, 0],
    ['fields of the type it turned out to be', PLAIN, '{any{...on User{boss{id}} ...on Ghost{haunts{id}}}}', { any: { boss: user } }, 2],
    ['weights and arguments', RICH, '{search(tags:["a"]) me{name boss{id}}}', { search: 3, me: { name: 'a', boss: user } }, 1 + 3 + 2 + 4],
    ['a JSON scalar is one value', modelOf({ Json: 2 }), '{blob}', { blob: [1, 2, { a: 3 }] }, 2],
  ];

  test.each(rows)('%s', (_, model, query, data, cost) => {
    expect(actualCost(model, SCHEMA, parse(query), undefined, {}, data)).toBe(cost);
  });
});

describe('the cost of the real graph', () => {
  const root = new URL('../../../', import.meta.url);
  const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
  const sdl = read('supergraph.graphql');
  const schema = Supergraph.build(sdl, { supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES }).apiSchema().toGraphQLJSSchema();
  // Without the weights the schema may give: the figures below are those of its shape.
  const calculate = createCostCalculator(PLAIN, schema);
  const orders = parse(read('tests/scenarios/orders/orders.graphql'));

  /** An answer in which every list is as long as it may be, unless told otherwise. */
  const page = (orderCount: number, itemCount: number) => ({
    orders: {
      pageInfo: {},
      nodes: Array.from({ length: orderCount }, () => ({
        total: {},
        customer: {},
        items: { nodes: Array.from({ length: itemCount }, () => ({ product: { category: { parent: {} } } })) },
      })),
    },
  });

  test('fifty orders with their items, by hand', () => {
    // connection + pageInfo + 50 × (order + total + customer + items + 100 × (item + product + category + parent))
    expect(calculate(orders, undefined, { first: 50 }).estimated).toBe(2 + 50 * (4 + 100 * 4));
    expect(calculate(orders, undefined, { first: 2 }).estimated).toBe(2 + 2 * (4 + 100 * 4));
  });

  test.each([
    [50, 100],
    [50, 99],
    [3, 100],
    [0, 0],
  ])('is at least what it turns out to be: %i orders of %i items', (orderCount, itemCount) => {
    const { estimated, actualOf } = calculate(orders, undefined, { first: 50 });
    const actual = actualOf(page(orderCount, itemCount));
    expect(actual).toBe(2 + orderCount * (4 + itemCount * 4));
    expect(estimated).toBeGreaterThanOrEqual(actual);
  });

  test('B-22: orders of products of orders', () => {
    const level = (inner: string): string => `nodes{items(first:100){nodes{product{orders(first:100){${inner}}}}}}`;
    const fanOut = parse(`{orders(first:100){${level(level(level('nodes{number}')))}}}`);
    expect(validate(schema, fanOut)).toEqual([]);
    expect(createCostCalculator(readCostModel(sdl), schema)(fanOut, undefined, {}).estimated).toBeGreaterThan(1e13);
  });

  test('is known in microseconds', () => {
    const runs = 5_000;
    const data = page(50, 20);
    const time = (work: () => unknown): number => {
      for (let run = 0; run < 500; run += 1) work();
      const took = cpuOf(() => {
        for (let run = 0; run < runs; run += 1) work();
      });
      return (took * 1000) / runs;
    };
    const model = readCostModel(sdl);
    const first = time(() => createCostCalculator(model, schema)(orders, undefined, { first: 50 }));
    const known = time(() => calculate(orders, undefined, { first: 50 }));
    const { actualOf } = calculate(orders, undefined, { first: 50 });
    const actual = time(() => actualOf(data));
    process.stdout.write(`cost: new ${first.toFixed(1)} µs, known ${known.toFixed(1)} µs, actual of 50 × 20 ${actual.toFixed(1)} µs\n`);
    expect(known).toBeLessThan(200);
  });
});
