import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { reference, shop } from './testing/deferred-shop.ts';
import { createSmallDeferredGraph } from './testing/small-deferred-graph.ts';

describe('@defer is answered part by part:', () => {
  it('what is not deferred comes first, then the fragment with its label and path', async () => {
    const results = await shop.defer('{ me { name ... @defer(label: "slow") { score } } }');
    expect(results).toEqual([
      { data: { me: { name: 'user 1' } }, hasNext: true },
      { incremental: [{ data: { score: 10 }, path: ['me'], label: 'slow' }], hasNext: false },
    ]);
  });

  it('the first part does not wait for what is deferred', async () => {
    const { promise: isOpen, resolve: open } = Promise.withResolvers<void>();
    const send = shop.sender([], (service) => (service === 'reviews' ? isOpen : undefined));
    const results = shop.graph.start(shop.question('{ me { name ... @defer { score } } }'), send);
    expect((await results?.next())?.value).toEqual({ data: { me: { name: 'user 1' } }, hasNext: true });
    open();
    expect((await results?.next())?.value).toEqual({ incremental: [{ data: { score: 10 }, path: ['me'] }], hasNext: false });
    expect((await results?.next())?.done).toBe(true);
  });

  it('named fragments, each spread with a label of its own though the fragment is one', async () => {
    const results = await shop.defer(
      'query { me { ...S @defer(label: "mine") } node { id ...S @defer(label: "other") } } fragment S on User { score }',
    );
    expect(results[0]?.data).toEqual({ me: {}, node: { id: '2' } });
    const patches = results.flatMap(({ incremental = [] }) => incremental);
    expect(patches).toHaveLength(2);
    expect(patches).toContainEqual({ data: { score: 10 }, path: ['me'], label: 'mine' });
    expect(patches).toContainEqual({ data: { score: 20 }, path: ['node'], label: 'other' });
  });

  it('a fragment with @defer within is spread twice: both places get their part', async () => {
    const results = await shop.defer('{ me { ...F } strictMe { ...F } } fragment F on User { id ... @defer(label: "in") { score } }');
    const patches = results.flatMap(({ incremental = [] }) => incremental);
    expect(patches.map(({ path, label }) => [path[0], label]).toSorted()).toEqual([
      ['me', 'in'],
      ['strictMe', 'in'],
    ]);
  });

  it('at the root, asked for at once', async () => {
    const asked: string[] = [];
    const results = await shop.defer('{ me { id } ... @defer(label: "root") { top { title } } }', {}, shop.sender(asked));
    expect(results).toEqual([
      { data: { me: { id: '1' } }, hasNext: true },
      { incremental: [{ data: { top: [{ title: 'Emma' }] }, path: [], label: 'root' }], hasNext: false },
    ]);
    expect(asked.toSorted()).toEqual(['reviews', 'shop']);
  });

  it('what breaks while nobody waits for it yet is told all the same', async () => {
    const send = shop.sender([], async (service) => {
      if (service === 'reviews') throw new RangeError('broken');
      await sleep(20);
    });
    await expect(shop.defer('{ me { id } ... @defer { top { title } } }', {}, send)).rejects.toThrow('broken');
  });

  it('in lists: one patch for each object, and none where the list has null', async () => {
    const results = await shop.defer('{ maybe { id ... @defer { score } } }');
    expect(results).toEqual([
      { data: { maybe: [{ id: '1' }, null, { id: '3' }] }, hasNext: true },
      {
        incremental: [
          { data: { score: 10 }, path: ['maybe', 0] },
          { data: { score: 30 }, path: ['maybe', 2] },
        ],
        hasNext: false,
      },
    ]);
  });

  it('a part within a part comes after it', async () => {
    const results = await shop.defer(
      '{ me { id ... @defer(label: "outer") { reviews { text product { id ... @defer(label: "inner") { stock } } } } } }',
    );
    expect(results).toEqual([
      { data: { me: { id: '1' } }, hasNext: true },
      { incremental: [{ data: { reviews: [{ text: 'of 1', product: { id: 'p1' } }] }, path: ['me'], label: 'outer' }], hasNext: true },
      { incremental: [{ data: { stock: 7 }, path: ['me', 'reviews', 0, 'product'], label: 'inner' }], hasNext: false },
    ]);
  });

  it('a part that is ready before the one around it waits for that one', async () => {
    const send = shop.sender([], async (_service, query) => {
      if (query.includes('score')) await sleep(60);
    });
    const results = await shop.defer('{ me { ... @defer(label: "outer") { score ... @defer(label: "inner") { name } } } }', {}, send);
    expect(results.flatMap(({ incremental = [] }) => incremental.map(({ label }) => label))).toEqual(['outer', 'inner']);
  });

  it('the one that is ready first is told first, whatever their order in the document', async () => {
    const send = shop.sender([], async (_service, query) => {
      if (query.includes('score')) await sleep(80);
    });
    const results = await shop.defer('{ me { ... @defer(label: "late") { score } ... @defer(label: "soon") { name } } }', {}, send);
    expect(results.slice(1).map(({ incremental, hasNext }) => [incremental?.[0]?.label, hasNext])).toEqual([
      ['soon', true],
      ['late', false],
    ]);
  });

  it('a part that needs no fetch of its own is told right after', async () => {
    expect(await shop.defer('{ plain { a ... @defer { b } } }')).toEqual([
      { data: { plain: { a: 'a' } }, hasNext: true },
      { incremental: [{ data: { b: 'b' }, path: ['plain'] }], hasNext: false },
    ]);
  });

  it('a field that is asked for in both stands in both', async () => {
    const results = await shop.defer('{ me { name id ... @defer { name friends { name } } } }');
    expect(results[1]?.incremental?.[0]?.data).toEqual({ name: 'user 1', friends: [{ name: 'user 2' }, { name: 'user 3' }] });
  });

  it('aliases, __typename and introspection, in the order of the document', async () => {
    const results = await shop.defer(
      '{ me { x: name ... @defer { s: score t: __typename y: name } } ... @defer(label: "s") { __schema { queryType { name } } } }',
    );
    const patches = results.flatMap(({ incremental = [] }) => incremental);
    expect(patches.map(({ data }) => JSON.stringify(data)).toSorted()).toEqual([
      '{"__schema":{"queryType":{"name":"Query"}}}',
      '{"s":10,"t":"User","y":"user 1"}',
    ]);
  });

  it('type conditions: only where the type fits', async () => {
    const query = '{ node { id ... on User @defer(label: "user") { score } } users { id ... on Node @defer(label: "node") { id } } }';
    const patches = (await shop.defer(query)).flatMap(({ incremental = [] }) => incremental);
    expect(patches.filter(({ label }) => label === 'user')).toEqual([{ data: { score: 20 }, path: ['node'], label: 'user' }]);
    expect(patches.filter(({ label }) => label === 'node')).toHaveLength(3);
  });
});

describe('what the planner cannot do:', () => {
  it('an operation that it cannot plan in parts is answered whole, and not planned again', async () => {
    let planned = 0;
    const plan = () => {
      planned += 1;
      throw new Error('a flaw');
    };
    const ask = () => shop.graph.start(shop.question('{ me { name ... @defer { score } } }'), shop.sender([]), { mutant: { name: 'flaw', plan } });
    for (const results of [ask(), ask()]) {
      expect((await results?.next())?.value).toEqual({ data: { me: { name: 'user 1', score: 10 } }, hasNext: false });
      expect((await results?.next())?.done).toBe(true);
    }
    expect(planned).toBe(1);
  });

  it('the type of an object that only the part itself tells: fragments on other types are not told', async () => {
    const graph = createSmallDeferredGraph({
      home: [
        `type Query { items: [Item] } interface Item @key(fields: "id") { id: ID! }
         type Book implements Item @key(fields: "id") { id: ID! title: String } type Film implements Item @key(fields: "id") { id: ID! minutes: Int }`,
        {
          Query: { items: () => [{ __typename: 'Book', id: 'b' }] },
          Item: { __resolveReference: ({ id }: { id: string }) => ({ id, __typename: id === 'b' ? 'Book' : 'Film' }) },
          Book: { ...reference, title: () => 'Emma' },
          Film: { ...reference, minutes: () => 90 },
        },
      ],
      next: ['type Item @key(fields: "id") @interfaceObject { id: ID! next: Item }', { Item: { ...reference, next: () => ({ id: 'f' }) } }],
    });
    const query = '{ items { next { id ... on Book @defer(label: "b") { title } ... on Film @defer(label: "f") { minutes } } } }';
    const results = await graph.defer(query);
    expect(results[0]?.data).toEqual({ items: [{ next: { id: 'f' } }] });
    const patches = results.flatMap(({ incremental = [] }) => incremental);
    expect(patches).toEqual([{ data: { minutes: 90 }, path: ['items', 0, 'next'], label: 'f' }]);
    expect(results.at(-1)?.hasNext).toBe(false);
  });
});

describe('if, @skip and @include:', () => {
  const CONDITIONAL = 'query ($yes: Boolean, $other: Boolean = false) { me { id ... @defer(if: $yes) { score } ... @defer(if: $other) { name } } }';

  it('only the fragments whose condition holds are deferred', async () => {
    expect(await shop.defer(CONDITIONAL, { yes: true })).toEqual([
      { data: { me: { id: '1', name: 'user 1' } }, hasNext: true },
      { incremental: [{ data: { score: 10 }, path: ['me'] }], hasNext: false },
    ]);
    expect((await shop.defer(CONDITIONAL, { yes: false, other: true }))[0]?.data).toEqual({ me: { id: '1', score: 10 } });
  });

  it('a variable that is not sent leaves the condition to its default, which is true', async () => {
    expect((await shop.defer(CONDITIONAL))[0]?.data).toEqual({ me: { id: '1', name: 'user 1' } });
  });

  it.each([
    ['no condition holds', CONDITIONAL, { yes: false }],
    ['if: false', '{ me { id ... @defer(if: false) { score } } }', {}],
    ['there is none', '{ me { id score } }', {}],
    ['there are too many', `{ me { ${Array.from({ length: 70 }, () => '... @defer { score }').join(' ')} } }`, {}],
  ])('answered whole when %s', (_why, query, variables) => {
    expect(shop.graph.start(shop.question(query, variables), shop.sender([]))).toBeUndefined();
  });

  it('a fragment that is left out is not told', async () => {
    const query = 'query ($no: Boolean!) { me { id ... @defer @include(if: $no) { score } ... @defer(label: "b") { name } } }';
    const results = await shop.defer(query, { no: false });
    expect(results.flatMap(({ incremental = [] }) => incremental)).toEqual([{ data: { name: 'user 1' }, path: ['me'], label: 'b' }]);
  });

  it('nothing is left to tell when all that is deferred is left out', async () => {
    const results = await shop.defer('query ($no: Boolean!) { me { id ... @defer @include(if: $no) { score } } }', { no: false });
    expect(results).toEqual([{ data: { me: { id: '1' } }, hasNext: false }]);
  });
});
