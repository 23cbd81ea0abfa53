import { printType } from 'graphql';
import { afterEach, describe, expect, it } from 'vitest';
import { argument, reference, told } from '../testing/context-graph.ts';
import { type SmallGraph, startSmallGraph } from '../testing/small-graph.ts';

// One test for each rule of https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/entities/use-contexts; values of other
// subgraphs are in context-across-subgraphs.test.ts, what does not compose in context-composition.test.ts.

let graph: SmallGraph;
afterEach(() => graph.both.stop());

const child = (selection: string, type?: string): string =>
  `type Child @key(fields: "id") { id: ID! size: Int told(${argument(selection, type)}): String kids: [Child] }`;
const Child = { ...reference, told, size: ({ id }: { id: string }) => id.length };

describe('using one context', () => {
  const start = async (): Promise<void> => {
    graph = await startSmallGraph({
      money: [
        `type Query { user(id: ID!): User } scalar CurrencyCode type Currency { id: ID! isoCode: CurrencyCode! }
         type User @key(fields: "id") @context(name: "userContext") { id: ID! lastTransaction: Transaction! userCurrency: Currency! }
         type Transaction @key(fields: "id") { id: ID! currency: Currency! amount: Int!
           amountInUserCurrency(${argument('$userContext { userCurrency { isoCode } }', 'CurrencyCode', 'currencyCode')} digits: Int): String! }`,
        {
          Query: {
            user: (_root: unknown, { id }: { id: string }) => ({ id, userCurrency: { id: 'c', isoCode: 'EUR' }, lastTransaction: { id: 't' } }),
          },
          Transaction: {
            ...reference,
            amountInUserCurrency: (_own: unknown, { currencyCode, digits }: { currencyCode: string; digits?: number }) => `${currencyCode} ${digits}`,
          },
        },
      ],
    });
  };
  const QUERY = '{ user(id: 1) { lastTransaction { amountInUserCurrency } } }';

  it('its value is passed to the argument of a field below', async () => {
    await start();
    const answer = await graph.ask(QUERY);
    expect(answer.errors).toBeUndefined();
    expect(answer.data).toEqual({ user: { lastTransaction: { amountInUserCurrency: 'EUR undefined' } } });
    expect(answer.asked[1]?.variables).toEqual({ contextualArgument_1_0: 'EUR', representations: [{ __typename: 'Transaction', id: 't' }] });
  });

  it('the argument is not in the API schema; others of the field are, and go beside it', async () => {
    await start();
    const type = graph.both.apiSchema.getType('Transaction');
    expect(type && printType(type)).toContain('amountInUserCurrency(digits: Int): String!');
    const answer = await graph.ask('query ($d: Int) { user(id: 1) { lastTransaction { amountInUserCurrency(digits: $d) } } }', { d: 3 });
    expect(answer.data).toEqual({ user: { lastTransaction: { amountInUserCurrency: 'EUR 3' } } });
  });

  it('a client cannot set it by a variable of the same name, declared or not', async () => {
    await start();
    const answer = await graph.ask(QUERY, { contextualArgument_1_0: 'XXX' });
    expect(answer.data).toEqual({ user: { lastTransaction: { amountInUserCurrency: 'EUR undefined' } } });
    const declared =
      'query ($contextualArgument_1_0: Int) { user(id: 1) { lastTransaction { amountInUserCurrency(digits: $contextualArgument_1_0) } } }';
    await expect(graph.ask(declared, { contextualArgument_1_0: 3 })).rejects.toThrow('reserved for context arguments');
  });
});

describe('type conditions', () => {
  const start = async (selection: string): Promise<void> => {
    graph = await startSmallGraph({
      s: [
        `type Query { a: A b: B c: C any: [Any] } union Any = A | B | C
         type A @key(fields: "id") @context(name: "c") { id: ID! field: String! someField: String! child: Child! }
         type B @key(fields: "id") @context(name: "c") { id: ID! field: String! someField: String! child: Child! }
         type C @key(fields: "id") @context(name: "c") { id: ID! field: String! someOtherField: String! child: Child! } ${child(selection)}`,
        {
          Query: {
            a: () => ({ id: 'a' }),
            b: () => ({ id: 'b' }),
            c: () => ({ id: 'c' }),
            any: () => ['C', 'A', 'B', 'A'].map((__typename) => ({ __typename, id: __typename.toLowerCase() })),
          },
          ...Object.fromEntries(
            ['A', 'B', 'C'].map((name) => [
              name,
              { ...reference, field: () => 'same', someField: () => `some ${name}`, someOtherField: () => 'other', child: () => ({ id: '1' }) },
            ]),
          ),
          Child,
        },
      ],
    });
  };
  const ALL = '{ a { child { told } } b { child { told } } c { child { told } } }';
  const ANY = '{ any { ... on A { child { told } } ... on B { child { told } } ... on C { child { told } } } }';

  it('select a field of each type that sets the context', async () => {
    await start('$c ... on A { someField } ... on B { someField } ... on C { someOtherField }');
    const answers = { a: '1 "some A"', b: '1 "some B"', c: '1 "other"' };
    expect((await graph.ask(ALL)).data).toEqual(Object.fromEntries(Object.entries(answers).map(([name, told]) => [name, { child: { told } }])));
    const { data } = await graph.ask(ANY);
    expect(data).toEqual({ any: [answers.c, answers.a, answers.b, answers.a].map((told) => ({ child: { told } })) });
  });

  it('are not needed for a field that all of them have: what is equal is asked for once', async () => {
    await start('$c { field }');
    const answer = await graph.ask(ANY);
    expect(answer.data).toEqual({ any: Array(4).fill({ child: { told: '1 "same"' } }) });
    expect(answer.asked.at(-1)?.variables).toEqual({ contextualArgument_1_0: 'same', representations: [{ __typename: 'Child', id: '1' }] });
  });
});

describe('disambiguating contexts', () => {
  const start = async (): Promise<void> => {
    graph = await startSmallGraph({
      s: [
        `type Query { a: A! as: [A!]! } type A @key(fields: "id") @context(name: "c") { id: ID! field: String! b: B! child: Child! plain: Plain! }
         type B @key(fields: "id") @context(name: "c") { id: ID! field: String! child: Child! a: A } type Plain { child: Child! plain: Plain! } ${child('$c { field }')}`,
        {
          Query: { a: () => ({ id: 'a1' }), as: () => [{ id: 'a1' }, { id: 'a2' }] },
          A: {
            ...reference,
            field: ({ id }: { id: string }) => `of ${id}`,
            b: ({ id }: { id: string }) => ({ id: `b-${id}` }),
            child: () => ({ id: '1' }),
            plain: () => ({}),
          },
          B: {
            ...reference,
            field: ({ id }: { id: string }) => `of ${id}`,
            child: () => ({ id: '1' }),
            a: ({ id }: { id: string }) => ({ id: `a-${id}` }),
          },
          Plain: { child: () => ({ id: '1' }), plain: () => ({}) },
          Child: { ...Child, kids: () => [{ id: '2' }, { id: '1' }] },
        },
      ],
    });
  };

  it('the nearest ancestor is chosen', async () => {
    await start();
    expect((await graph.ask('{ a { b { child { told } a { child { told } } } } }')).data).toEqual({
      a: { b: { child: { told: '1 "of b-a1"' }, a: { child: { told: '1 "of a-b-a1"' } } } },
    });
  });

  it('a grandparent, or whoever is further above, sets it where nothing nearer does', async () => {
    await start();
    expect((await graph.ask('{ as { plain { plain { child { told kids { told kids { told } } } } } } }')).data).toEqual({
      as: ['a1', 'a2'].map((id) => {
        const kids = ['2', '1'].map((kid) => ({ told: `${kid} "of ${id}"` }));
        return { plain: { plain: { child: { told: `1 "of ${id}"`, kids: kids.map((kid) => ({ ...kid, kids })) } } } };
      }),
    });
  });

  it('on each way to a field its own, also under other names and in one list', async () => {
    await start();
    const answer = await graph.ask('{ x: as { b { y: child { z: told } } field: id child { told size } } }');
    expect(answer.data).toEqual({
      x: ['a1', 'a2'].map((id) => ({ b: { y: { z: `1 "of b-${id}"` } }, field: id, child: { told: `1 "of ${id}"`, size: 1 } })),
    });
  });

  it.each([
    '{ items { ... on B { child { told } } ... on A { child { told } } } }',
    '{ items { ... on A { child { told } } ... on B { child { told } } } }',
  ])('of one list each object by its own nearest, at whatever distance: %s', async (selection) => {
    const items = [
      { __typename: 'A', id: 'a', field: 'of a' },
      { __typename: 'B', id: 'b' },
    ].map((item) => ({ ...item, child: { id: '1' } }));
    graph = await startSmallGraph({
      s: [
        `type Query { g: G } type G @key(fields: "id") @context(name: "c") { id: ID! field: String items: [Item] } interface Item { id: ID! child: Child }
         type A implements Item @key(fields: "id") @context(name: "c") { id: ID! field: String child: Child } type B implements Item { id: ID! child: Child } ${child('$c { field }')}`,
        { Query: { g: () => ({ id: 'g', field: 'of g', items }) }, Child },
      ],
    });
    const { data } = await graph.ask(`{ g ${selection} }`);
    expect(data).toEqual({ g: { items: [{ child: { told: '1 "of a"' } }, { child: { told: '1 "of g"' } }] } });
  });
});
