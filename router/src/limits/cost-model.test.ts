import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { readCostModel } from './cost-model.ts';

interface Names {
  link: string;
  cost: string;
  listSize: string;
  key?: string;
}

const subgraph = ({ link, cost, listSize, key = 'key' }: Names): string => `
  extend schema ${link}
  type Query {
    products(first: Int = 20, filter: Filter @${cost}(weight: 3)): ProductConnection
      @${listSize}(slicingArguments: ["first"], sizedFields: ["nodes"], requireOneSlicingArgument: false)
    top: [Product!]! @${listSize}(assumedSize: 5)
  }
  type ProductConnection { nodes: [Product!]! }
  type Product @${key}(fields: "id") @${cost}(weight: 4) { id: ID! price: Int @${cost}(weight: 7) size: Size code: Code }
  input Filter { name: String @${cost}(weight: 2) and: Filter }
  enum Size @${cost}(weight: 1) { S L }
  scalar Code @${cost}(weight: 9)
`;

const compose = (...subgraphs: string[]): string => {
  const services = subgraphs.map((text, index) => ({ name: `s${index}`, url: `http://s${index}`, typeDefs: parse(text) }));
  const { errors, supergraphSdl } = composeServices(services);
  if (supergraphSdl === undefined) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return supergraphSdl;
};

const federation = (version: string, rest: string): string => `@link(url: "https://specs.apollo.dev/federation/${version}", ${rest})`;

const PLAIN: Names = { link: federation('v2.9', 'import: ["@key", "@cost", "@listSize"]'), cost: 'cost', listSize: 'listSize' };

const EXPECTED = {
  weights: {
    Product: 4,
    'Product.price': 7,
    'Query.products(filter:)': 3,
    'Filter.name': 2,
    Size: 1,
    Code: 9,
  },
  listSizes: {
    'Query.products': { slicingArguments: ['first'], sizedFields: ['nodes'], requireOneSlicingArgument: false },
    'Query.top': { slicingArguments: [], sizedFields: [], requireOneSlicingArgument: true, assumedSize: 5 },
  },
};

const read = (sdl: string) => {
  const { weights, listSizes } = readCostModel(sdl);
  return { weights: Object.fromEntries(weights), listSizes: Object.fromEntries(listSizes) };
};

describe('the cost model of a composed supergraph', () => {
  const renamed = 'import: ["@key", { name: "@cost", as: "@weight" }, { name: "@listSize", as: "@size" }]';
  const ownSpec = '@link(url: "https://specs.apollo.dev/cost/v0.1", import: ["@cost", "@listSize"])';
  const table: [string, Names][] = [
    ['with the usual names', PLAIN],
    ['of federation 2.12', { ...PLAIN, link: federation('v2.12', 'import: ["@key", "@cost", "@listSize"]') }],
    ['with aliases', { link: federation('v2.9', renamed), cost: 'weight', listSize: 'size' }],
    ['with a namespace', { link: federation('v2.9', 'as: "fed"'), cost: 'fed__cost', listSize: 'fed__listSize', key: 'fed__key' }],
    ['without imports', { link: federation('v2.9', 'import: ["@key"]'), cost: 'federation__cost', listSize: 'federation__listSize' }],
    ['linked on its own', { ...PLAIN, link: `${federation('v2.9', 'import: ["@key"]')} ${ownSpec}` }],
  ];

  test.each(table)('%s', (_, names) => {
    expect(read(compose(subgraph(names)))).toEqual(EXPECTED);
  });

  test('has the larger weight where two subgraphs disagree', () => {
    const other = `extend schema ${PLAIN.link} type Product @key(fields: "id") @cost(weight: 6) { id: ID! rating: Int }`;
    expect(read(compose(subgraph(PLAIN), other)).weights).toEqual({ ...EXPECTED.weights, Product: 6 });
  });

  test('is empty without the specification, whatever directives are called', () => {
    const sdl = `
      schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://example.com/cost/v1.0", import: ["@listSize"]) { query: Query }
      directive @cost(weight: Int!) on FIELD_DEFINITION
      type Query { a: Int @cost(weight: 7) }`;
    expect(read(sdl)).toEqual({ weights: {}, listSizes: {} });
  });

  test('follows the namespace of the link itself, for the specification by its name', () => {
    const sdl = `
      schema @link(url: "https://specs.apollo.dev/cost/v0.1", as: "price") { query: Query }
      type Query { a: [Int] @price(weight: 7) @price__listSize(assumedSize: 3) b: Int @cost(weight: 9) }`;
    expect(read(sdl)).toEqual({
      weights: { 'Query.a': 7 },
      listSizes: { 'Query.a': { assumedSize: 3, slicingArguments: [], sizedFields: [], requireOneSlicingArgument: true } },
    });
  });
});
