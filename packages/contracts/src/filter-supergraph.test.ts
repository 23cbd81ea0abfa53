import { composeServices } from '@apollo/composition';
import { gql } from 'graphql-tag';
import { expect, test } from 'vitest';
import { type ContractFilter, contractFilterShape } from './contract-settings.ts';
import { filterSupergraph } from './filter-supergraph.ts';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key", "@tag", "@inaccessible", "@shareable"])`;

const compose = (...subgraphs: string[]): string => {
  const result = composeServices(subgraphs.map((sdl, index) => ({ name: `s${index}`, url: `http://s${index}`, typeDefs: gql(`${LINK}\n${sdl}`) })));
  if (result.supergraphSdl === undefined) throw new Error(result.errors?.map(String).join('\n'));
  return result.supergraphSdl;
};

const sdlOf = (supergraph: string, filter: Partial<ContractFilter>): string => {
  const outcome = filterSupergraph(supergraph, contractFilterShape.parse(filter));
  if (outcome.problems !== undefined) throw new Error(JSON.stringify(outcome.problems));
  return outcome.sdl;
};

const problemsOf = (supergraph: string, filter: Partial<ContractFilter>) =>
  filterSupergraph(supergraph, contractFilterShape.parse(filter)).problems?.map(({ code, coordinate }) => `${code} ${coordinate}`);

const SHOP = compose(
  `type Query { lamp(id: ID!, draft: Boolean @tag(name: "staff")): Lamp  things: [Thing] @tag(name: "partner")  report: Report @tag(name: "staff") }
   type Lamp implements Named @key(fields: "id") { id: ID! @tag(name: "partner") name: String @tag(name: "partner") cost: Int @tag(name: "staff") hue: Hue }
   interface Named @tag(name: "partner") { name: String }
   union Thing @tag(name: "partner") = Lamp | Report
   type Report @tag(name: "staff") { text: String detail: Detail }
   type Detail { text: String }
   enum Hue { WARM COLD SECRET @tag(name: "staff") }
   input Wish @tag(name: "staff") { text: String }
   type Mutation { wish(wish: Wish): Boolean @tag(name: "staff") }`,
  `type Lamp @key(fields: "id") { id: ID! stock: Int @tag(name: "staff") weight: Int }`,
);

test('what carries an excluded tag is gone, and so are types that nothing leads to any more', () => {
  expect(sdlOf(SHOP, { exclude: ['staff'] })).toMatchInlineSnapshot(`
    "enum Hue {
      WARM
      COLD
    }

    type Lamp implements Named {
      id: ID!
      name: String
      hue: Hue
      weight: Int
    }

    interface Named {
      name: String
    }

    type Query {
      lamp(id: ID!): Lamp
      things: [Thing]
    }

    union Thing = Lamp
    "
  `);
});

test('with included tags, fields and unions without one are gone; an excluded tag outweighs an included one', () => {
  expect(sdlOf(SHOP, { include: ['partner'], exclude: ['staff'] })).toMatchInlineSnapshot(`
    "type Lamp implements Named {
      id: ID!
      name: String
    }

    interface Named {
      name: String
    }

    type Query {
      things: [Thing]
    }

    union Thing = Lamp
    "
  `);
});

test('no filter hides nothing but what is unreachable', () => {
  expect(sdlOf(SHOP, {})).toContain('input Wish');
});

test('what a subgraph hides from everybody stays hidden', () => {
  const supergraph = compose('type Query { open: Int secret: Int @inaccessible staff: Int @tag(name: "staff") }');
  expect(sdlOf(supergraph, { exclude: ['staff'] })).toBe('type Query {\n  open: Int\n}\n');
});

test.each<[string, string, Partial<ContractFilter>, string[]]>([
  ['a required argument', 'type Query { a(x: Int! @tag(name: "t")): Int }', { exclude: ['t'] }, ['REQUIRED_INACCESSIBLE Query.a(x:)']],
  [
    'a required input field',
    'type Query { a(i: I): Int } input I { x: Int! @tag(name: "t") y: Int }',
    { exclude: ['t'] },
    ['REQUIRED_INACCESSIBLE I.x'],
  ],
  [
    'a field of an implemented interface',
    'type Query { n: N } interface N { a: Int } type T implements N { a: Int @tag(name: "t") b: Int }',
    { exclude: ['t'] },
    ['IMPLEMENTED_BY_INACCESSIBLE N.a'],
  ],
  [
    'a type that a field still gives',
    'type Query { a: T b: Int } type T @tag(name: "t") { x: Int }',
    { exclude: ['t'] },
    ['REFERENCED_INACCESSIBLE Query.a'],
  ],
  ['every field of Query', 'type Query { a: Int @tag(name: "t") }', { exclude: ['t'] }, ['QUERY_ROOT_TYPE_INACCESSIBLE Query']],
  [
    'a default value',
    'type Query { a(h: H = X): Int } enum H { X @tag(name: "t") Y }',
    { exclude: ['t'] },
    ['DEFAULT_VALUE_USES_INACCESSIBLE Query.a(h:)'],
  ],
])('refuses a filter that takes away %s', (_, sdl, filter, expected) => {
  expect(problemsOf(compose(sdl), filter)).toEqual(expected);
});

test('a renamed @tag is followed', () => {
  const supergraph = compose('type Query { a: Int b: Int @tag(name: "t") }').replace(
    /@link\(url: "https:\/\/specs.apollo.dev\/tag\/v0.3"\)/,
    '@link(url: "https://specs.apollo.dev/tag/v0.3", as: "mark")',
  );
  expect(supergraph).toContain('"mark"');
  expect(sdlOf(supergraph.replaceAll('@tag', '@mark'), { exclude: ['t'] })).toBe('type Query {\n  a: Int\n}\n');
});
