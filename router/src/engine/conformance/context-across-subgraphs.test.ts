import { afterEach, describe, expect, it } from 'vitest';
import { argument, given, reference, told } from '../testing/context-graph.ts';
import { type SmallGraph, startSmallGraph } from '../testing/small-graph.ts';

let graph: SmallGraph;
afterEach(() => graph.both.stop());

describe('referencing fields across subgraphs', () => {
  const start = async (currencies: Record<string, string | null>): Promise<void> => {
    graph = await startSmallGraph({
      users: [
        'type Query { users: [User] } type User @key(fields: "id") { id: ID! name: String userCurrency: Currency } type Currency @shareable { isoCode: String! }',
        {
          Query: { users: () => Object.keys(currencies).map((id) => ({ id, name: `name ${id}` })) },
          User: { ...reference, userCurrency: ({ id }: { id: string }) => (currencies[id] === null ? null : { isoCode: currencies[id] }) },
        },
      ],
      money: [
        `type User @key(fields: "id") @context(name: "userContext") { id: ID! userCurrency: Currency @external lastTransaction: Transaction rank: Int }
         type Currency @shareable { isoCode: String! }
         type Transaction @key(fields: "id") { id: ID! amount: Int ${`told(${argument('$userContext { userCurrency { isoCode } }')}): String`} details: Details }
         type Details { amount: Int }`,
        {
          User: {
            ...reference,
            rank: ({ id }: { id: string }) => Number(id),
            lastTransaction: ({ id }: { id: string }) => ({ id: Number(id) % 2, amount: 5 }),
          },
          Transaction: { ...reference, told },
        },
      ],
    });
  };
  const QUERY = '{ users { rank lastTransaction { amount told } } }';

  it('@external fields are fetched first, and each entity gets its own value, in one request', async () => {
    await start({ '1': 'EUR', '2': 'GBP', '3': 'EUR' });
    const answer = await graph.ask(QUERY, { contextualArgument_1_0: 'XXX' });
    expect(answer.data).toEqual({
      users: [
        { rank: 1, lastTransaction: { amount: 5, told: '1 "EUR"' } },
        { rank: 2, lastTransaction: { amount: 5, told: '0 "GBP"' } },
        { rank: 3, lastTransaction: { amount: 5, told: '1 "EUR"' } },
      ],
    });
    expect(answer.asked.map(({ service }) => service)).toEqual(['users', 'money']);
    const id = (id: string) => ({ __typename: 'User', id });
    expect(answer.asked[1]?.variables).toEqual({
      contextualArgument_1_0_0: 'EUR',
      representations_0: [id('1'), id('3')],
      contextualArgument_1_0_1: 'GBP',
      representations_1: [id('2')],
    });
  });

  it('null where the value, or something on the way to it, is null', async () => {
    await start({ '1': 'EUR', '2': null });
    const answer = await graph.ask(QUERY);
    expect(answer.data).toMatchObject({ users: [{ lastTransaction: { told: '1 "EUR"' } }, { lastTransaction: { told: '0 null' } }] });
    expect(given(answer)).toEqual(['EUR', null]);
  });

  it('a value that could not be fetched is not passed as null: only the fields that take it are left out', async () => {
    await start({ '1': 'EUR', '2': 'GBP' });
    const answer = await graph.ask(QUERY, {}, (service, reply) =>
      service === 'users'
        ? {
            data: {
              users: [
                { __typename: 'User', id: '1', userCurrency: { isoCode: 'EUR' } },
                { __typename: 'User', id: '2' },
              ],
            },
          }
        : reply,
    );
    expect(answer.data).toEqual({
      users: [
        { rank: 1, lastTransaction: { amount: 5, told: '1 "EUR"' } },
        { rank: 2, lastTransaction: { amount: 5, told: null } },
      ],
    });
    expect(given(answer)).toEqual(['EUR']);
    const alone = await graph.ask('{ users { lastTransaction { told details { amount } } } }', {}, (service, reply) =>
      service === 'users' ? { data: { users: [{ __typename: 'User', id: '2' }] } } : reply,
    );
    expect(alone.data).toEqual({ users: [{ lastTransaction: { told: null, details: null } }] });
    expect(alone.asked[1]?.query).not.toContain('contextualArgument');
  });

  it('is fetched, and passed, as far as the field is included', async () => {
    await start({ '1': 'EUR', '2': 'GBP' });
    const query = 'query ($x: Boolean!, $y: Boolean!) { users { rank ... @include(if: $x) { lastTransaction { told @skip(if: $y) } } } }';
    const [first, second, third] = [
      { x: true, y: false },
      { x: true, y: true },
      { x: false, y: false },
    ].map((variables) => graph.ask(query, variables));
    expect((await first)?.data).toEqual({
      users: [
        { rank: 1, lastTransaction: { told: '1 "EUR"' } },
        { rank: 2, lastTransaction: { told: '0 "GBP"' } },
      ],
    });
    expect((await second)?.data).toEqual({
      users: [
        { rank: 1, lastTransaction: {} },
        { rank: 2, lastTransaction: {} },
      ],
    });
    expect((await third)?.data).toEqual({ users: [{ rank: 1 }, { rank: 2 }] });
  });

  it('is told apart from a name that the client gives to something else', async () => {
    await start({ '1': 'EUR' });
    const { data } = await graph.ask('{ users { userCurrency: name lastTransaction { told } c: userCurrency { isoCode: __typename } } }');
    expect(data).toEqual({ users: [{ userCurrency: 'name 1', lastTransaction: { told: '1 "EUR"' }, c: { isoCode: 'Currency' } }] });
  });

  it('errors have the place of their entity, and what failed for all is told once', async () => {
    await start({ '1': 'EUR', '2': 'GBP', '3': 'USD' });
    const spoilt = await graph.ask(QUERY, {}, (service, reply) =>
      service === 'money' ? { ...reply, errors: [{ message: 'no rate', path: ['_entities_1', 0, 'lastTransaction', 'told'] }] } : reply,
    );
    expect(spoilt.errors?.map(({ message, path }) => [message, path])).toEqual([['no rate', ['users', 1, 'lastTransaction', 'told']]]);
    const down = await graph.ask(QUERY, {}, (service, reply) =>
      service === 'money' ? { data: null, errors: [{ message: 'down', extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }] } : reply,
    );
    expect(down.errors?.map(({ message, path }) => [message, path])).toEqual([['down', ['users']]]);
    expect(down.asked).toHaveLength(2);
    const strict = await graph.ask(QUERY, {}, (service, reply) =>
      service === 'money' && reply.data && '_entities_1' in reply.data ? { data: null, errors: [{ message: 'one of them' }] } : reply,
    );
    expect(strict.errors).toBeUndefined();
    expect(strict.asked).toHaveLength(5);
    expect(strict.data).toMatchObject({ users: [{ rank: 1 }, { rank: 2 }, { lastTransaction: { told: '1 "USD"' } }] });
  });
});
