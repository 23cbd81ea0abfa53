import { afterEach, describe, expect, it } from 'vitest';
import { type SmallGraph, startSmallGraph } from '../testing/small-graph.ts';

const reference = { __resolveReference: (entity: object) => entity };
let graph: SmallGraph;
afterEach(() => graph.both.stop());

describe('@requires', () => {
  const POSTS = `type Query { feed: [Post] } type Post @key(fields: "id") { id: ID! comments(limit: Int!): [Comment] }
    type Comment { author: String text(upper: Boolean = false): String }`;
  const AUTHORS = `type Post @key(fields: "id") { id: ID! comments(limit: Int!): [Comment] @external
      third: String @requires(fields: "comments(limit: 3) { author }") }
    type Comment { author: String @external }`;
  const texts = ['x', 'y', 'z', 'w'];
  const posts = {
    Query: { feed: () => [{ id: 'p1' }, { id: 'p2' }] },
    Post: {
      ...reference,
      comments: ({ id }: { id: string }, { limit }: { limit: number }) => texts.slice(0, limit).map((text) => ({ author: `${id}-${text}`, text })),
    },
  };
  const authors = {
    Post: { ...reference, third: ({ comments }: { comments?: { author: string }[] }) => `${comments?.length}: ${comments?.[2]?.author}` },
  };
  const start = async (): Promise<void> => {
    graph = await startSmallGraph({ posts: [POSTS, posts], authors: [AUTHORS, authors] });
  };
  const thirds = [{ third: '3: p1-z' }, { third: '3: p2-z' }];

  it('brings what is required, with its arguments', async () => {
    await start();
    expect((await graph.ask('{ feed { third } }')).data).toEqual({ feed: thirds });
  });

  it.each([
    ['other arguments', '{ feed { third comments(limit: 1) { text } } }', { comments: [{ text: 'x' }] }],
    ['the same arguments', '{ feed { third comments(limit: 3) { text } } }', { comments: [{ text: 'x' }, { text: 'y' }, { text: 'z' }] }],
    ['a variable', 'query ($n: Int! = 2) { feed { third comments(limit: $n) { text } } }', { comments: [{ text: 'x' }, { text: 'y' }] }],
    ['another name', '{ feed { third c: comments(limit: 1) { author: text } } }', { c: [{ author: 'x' }] }],
    ['fragments', '{ feed { ...A third ...A } } fragment A on Post { comments(limit: 1) { t: text } }', { comments: [{ t: 'x' }] }],
    ['its name given to something else', '{ feed { third comments: id } }', {}],
  ])("beside the client's own, with %s", async (_what, query, own) => {
    await start();
    const { data, errors } = await graph.ask(query);
    expect(errors).toBeUndefined();
    const ids = query.includes('comments: id') ? [{ comments: 'p1' }, { comments: 'p2' }] : [{}, {}];
    expect(data).toEqual({ feed: thirds.map((third, index) => ({ ...third, ...own, ...ids[index] })) });
  });

  it('asks nothing when what is required could not be fetched', async () => {
    await start();
    const { data, asked } = await graph.ask('{ feed { id third } }', {}, (service, reply) =>
      service === 'posts' ? { data: { feed: [{ __typename: 'Post', id: 'p1' }] } } : reply,
    );
    expect(data).toEqual({ feed: [{ id: 'p1', third: null }] });
    expect(asked.map(({ service }) => service)).toEqual(['posts']);
  });
});

describe('keys', () => {
  it('are told apart from a name that the client gives to something else', async () => {
    graph = await startSmallGraph({
      users: [
        'type Query { user: User } type User @key(fields: "id") { id: ID! name: String }',
        { Query: { user: () => ({ id: '1', name: 'Ann' }) }, User: reference },
      ],
      orders: ['type User @key(fields: "id") { id: ID! spent: Int }', { User: { ...reference, spent: ({ id }: { id: string }) => Number(id) * 10 } }],
    });
    expect((await graph.ask('{ user { id: name spent } }')).data).toEqual({ user: { id: 'Ann', spent: 10 } });
  });

  it('may be composite, nested and several', async () => {
    graph = await startSmallGraph({
      a: [
        'type Query { thing: Thing } type Thing @key(fields: "code place { x y }") { code: ID! place: Place! } type Place @shareable { x: Int y: Int }',
        { Query: { thing: () => ({ code: 'c', place: { x: 1, y: 2 } }) } },
      ],
      b: [
        'type Thing @key(fields: "code place { x y }") @key(fields: "sku") { code: ID! place: Place! sku: ID! } type Place @shareable { x: Int y: Int }',
        { Thing: { __resolveReference: (thing: { place: { x: number; y: number } }) => ({ ...thing, sku: `s${thing.place.x}${thing.place.y}` }) } },
      ],
      c: ['type Thing @key(fields: "sku") { sku: ID! price: Int }', { Thing: { ...reference, price: ({ sku }: { sku: string }) => sku.length } }],
    });
    expect((await graph.ask('{ thing { price place { y } } }')).data).toEqual({ thing: { price: 3, place: { y: 2 } } });
  });
});

describe('@provides, @override, @shareable', () => {
  it('spare a fetch, or take over a field', async () => {
    graph = await startSmallGraph({
      a: [
        'type Query { box: Box } type Box { one: Item @provides(fields: "name") two: Item } type Item @key(fields: "id") { id: ID! name: String @external size: Int @override(from: "b") }',
        { Query: { box: () => ({ one: { id: '1', name: 'provided' }, two: { id: '2' } }) }, Item: { ...reference, size: () => 1 } },
      ],
      b: [
        'type Item @key(fields: "id") { id: ID! name: String @shareable size: Int }',
        { Item: { ...reference, name: () => 'fetched', size: () => 2 } },
      ],
    });
    const one = await graph.ask('{ box { one { name size } } }');
    expect(one.data).toEqual({ box: { one: { name: 'provided', size: 1 } } });
    expect(one.asked.map(({ service }) => service)).toEqual(['a']);
    expect((await graph.ask('{ box { two { name } } }')).data).toEqual({ box: { two: { name: 'fetched' } } });
  });
});

describe('@interfaceObject', () => {
  const start = async (): Promise<void> => {
    const kinds: Record<string, string> = { '1': 'Book', '2': 'Film' };
    const resolveItem = ({ id }: { id: string }) => ({ __typename: kinds[id], id, title: `t${id}`, pages: 5 });
    graph = await startSmallGraph({
      home: [
        `type Query { items: [Item] } interface Item @key(fields: "id") { id: ID! title: String }
         type Book implements Item @key(fields: "id") { id: ID! title: String pages: Int } type Film implements Item @key(fields: "id") { id: ID! title: String }`,
        { Query: { items: () => [resolveItem({ id: '1' }), resolveItem({ id: '2' })] }, Item: { __resolveReference: resolveItem } },
      ],
      stars: [
        'type Query { best: [Item] } type Item @key(fields: "id") @interfaceObject { id: ID! stars: Int next: Item }',
        {
          Query: { best: () => [{ id: '2' }, { id: '1' }] },
          Item: { ...reference, stars: ({ id }: { id: string }) => Number(id), next: () => ({ id: '1' }) },
        },
      ],
    });
  };

  it('gives a field to every type of the interface (ValueSetter)', async () => {
    await start();
    const { data, plan } = await graph.ask('{ items { __typename title stars } }');
    expect(plan).toContain('"kind":"ValueSetter"');
    expect(data).toEqual({
      items: [
        { __typename: 'Book', title: 't1', stars: 1 },
        { __typename: 'Film', title: 't2', stars: 2 },
      ],
    });
  });

  it('what it answers need not tell its type unless somebody asks for it', async () => {
    await start();
    expect((await graph.ask('{ best { id stars next { stars } } }')).data).toEqual({
      best: [
        { id: '2', stars: 2, next: { stars: 1 } },
        { id: '1', stars: 1, next: { stars: 1 } },
      ],
    });
    const { data } = await graph.ask('{ best { __typename ... on Book { pages } stars } }');
    expect(data).toEqual({
      best: [
        { __typename: 'Film', stars: 2 },
        { __typename: 'Book', pages: 5, stars: 1 },
      ],
    });
  });

  it('never puts the name of the interface over the name of the type', async () => {
    await start();
    expect((await graph.ask('{ items { ... on Item { __typename stars } ... on Book { __typename } } }')).data).toEqual({
      items: [
        { __typename: 'Book', stars: 1 },
        { __typename: 'Film', stars: 2 },
      ],
    });
  });
});

describe('abstract types', () => {
  it('fields of one name that a subgraph gives other types are told apart there (KeyRenamer)', async () => {
    const resolvers = {
      Query: {
        any: () => [
          { __typename: 'A', id: '1', value: 'one' },
          { __typename: 'B', id: '2', value: null },
        ],
      },
    };
    graph = await startSmallGraph({
      a: [
        `type Query { any: [Any] } union Any = A | B type A @key(fields: "id") { id: ID! value: String! @shareable }
         type B @key(fields: "id") { id: ID! value: String }`,
        { ...resolvers, A: reference, B: reference },
      ],
      b: ['type A @key(fields: "id") { id: ID! value: String @shareable }', { A: reference }],
    });
    const { data, plan } = await graph.ask('{ any { ... on A { value } ... on B { value } } }');
    expect(plan).toContain('KeyRenamer');
    expect(data).toEqual({ any: [{ value: 'one' }, { value: null }] });
  });
});

describe('@inaccessible', () => {
  it('enum values and types that clients do not see become null', async () => {
    graph = await startSmallGraph({
      a: [
        'type Query { kinds: [Kind] any: [Any] } enum Kind { SEEN HIDDEN @inaccessible } union Any = Seen | Hidden type Seen { a: Int } type Hidden @inaccessible { a: Int }',
        {
          Query: {
            kinds: () => ['SEEN', 'HIDDEN'],
            any: () => [
              { __typename: 'Seen', a: 1 },
              { __typename: 'Hidden', a: 2 },
            ],
          },
        },
      ],
    });
    const { data, errors } = await graph.ask('{ kinds any { __typename ... on Seen { a } } }');
    expect(errors).toBeUndefined();
    expect(data).toEqual({ kinds: ['SEEN', null], any: [{ __typename: 'Seen', a: 1 }, null] });
  });
});
