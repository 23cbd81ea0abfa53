import { afterEach, describe, expect, it } from 'vitest';
import { argument, reference, told } from '../testing/context-graph.ts';
import { type SmallGraph, startSmallGraph } from '../testing/small-graph.ts';

let graph: SmallGraph;
afterEach(() => graph.both.stop());

describe('a context on an abstract type', () => {
  const types = (name: string): string => `${name} implements Named @key(fields: "id")`;
  const start = async (): Promise<void> => {
    const thing = (__typename: string) => ({ __typename, id: __typename.toLowerCase() });
    const fields = {
      ...reference,
      name: ({ id }: { id: string }) => `name ${id}`,
      child: () => ({ id: '1' }),
      one: () => 1,
      two: () => 2,
    };
    graph = await startSmallGraph({
      s: [
        `type Query { named: [Named] both: [[Both]] c: C } union Both @context(name: "both") = A | B
         interface Named @context(name: "named") { id: ID! name: String child: Child }
         type ${types('A')} { id: ID! name: String child: Child one: Int } type ${types('B')} { id: ID! name: String child: Child two: Int }
         type C implements Named @key(fields: "id") @context(name: "both") { id: ID! name: String child: Child one: Int }
         type Child @key(fields: "id") { id: ID! byInterface(${argument('$named { name }')}): String
           byUnion(${argument('$both ... on A { one } ... on B { two } ... on C { one }', 'Int')}): String
           some(${argument('$named ... on A { one }', 'Int')}): String two(${argument('$named { name }')} ${argument('$named { id }', 'ID', 'id')}): String }`,
        {
          Query: { named: () => ['A', 'B', 'C', 'A'].map(thing), both: () => [[thing('A'), null, thing('B')], null], c: () => thing('C') },
          ...{ A: fields, B: fields, C: fields },
          Child: {
            ...reference,
            byInterface: told,
            byUnion: told,
            some: told,
            two: (_child: unknown, { from, id }: { from: string; id: string }) => `${id}: ${from}`,
          },
        },
      ],
    });
  };

  it('an interface: a field of its own, of whichever type the object is', async () => {
    await start();
    const { data } = await graph.ask('{ named { child { byInterface two } } }');
    expect(data).toEqual({
      named: ['a', 'b', 'c', 'a'].map((id) => ({ child: { byInterface: `1 "name ${id}"`, two: `${id}: name ${id}` } })),
    });
  });

  it('a union: by type conditions, in nested lists', async () => {
    await start();
    const { data } = await graph.ask(
      '{ both { ... on A { child { byUnion byInterface } } ... on B { child { byUnion } } } c { child { byUnion } } }',
    );
    expect(data).toEqual({
      both: [[{ child: { byUnion: '1 1', byInterface: '1 "name a"' } }, null, { child: { byUnion: '1 2' } }], null],
      c: { child: { byUnion: '1 1' } },
    });
  });

  it('null for a type that no condition names', async () => {
    await start();
    const { data } = await graph.ask('{ named { child { some } } }');
    expect(data).toEqual({ named: ['1 1', '1 null', '1 null', '1 1'].map((some) => ({ child: { some } })) });
  });
});

describe('a context argument beside', () => {
  const OWNER = 'type Query { owners: [Owner] } type Owner @key(fields: "id") @context(name: "c") { id: ID! name: String child: Child }';
  const owners = ['1', '2'].map((id) => ({ id, name: `name ${id}`, child: { id: 'k', code: `c${id}` } }));
  const Query = { owners: () => owners };

  it('@requires: the entity brings both', async () => {
    graph = await startSmallGraph({
      s: [
        `${OWNER} type Child @key(fields: "id") { id: ID! size: Int @external told(${argument('$c { name }')}): String @requires(fields: "size") }`,
        { Query, Child: { ...reference, told: ({ size }: { size: number }, { from }: { from: string }) => `${from} ${size}` } },
      ],
      t: ['type Child @key(fields: "id") { id: ID! size: Int }', { Child: { ...reference, size: () => 7 } }],
    });
    const { data, asked } = await graph.ask('{ owners { child { told } } }');
    expect(data).toEqual({ owners: [{ child: { told: 'name 1 7' } }, { child: { told: 'name 2 7' } }] });
    expect(asked.map(({ service }) => service)).toEqual(['s', 't', 's']);
  });

  it('a composite @key', async () => {
    graph = await startSmallGraph({
      s: [
        `${OWNER} type Child @key(fields: "id code") { id: ID! code: ID! told(${argument('$c { name }')}): String }`,
        { Query, Child: { ...reference, told: ({ code }: { code: string }, { from }: { from: string }) => `${code} ${from}` } },
      ],
    });
    const { data } = await graph.ask('{ owners { child { told } } }');
    expect(data).toEqual({ owners: [{ child: { told: 'c1 name 1' } }, { child: { told: 'c2 name 2' } }] });
  });

  it('@interfaceObject: on a field that it gives to every type', async () => {
    graph = await startSmallGraph({
      s: [
        `${OWNER} type Child @key(fields: "id") @interfaceObject { id: ID! told(${argument('$c { name }')}): String }`,
        { Query, Child: { ...reference, told } },
      ],
      t: [
        'interface Child @key(fields: "id") { id: ID! } type Girl implements Child @key(fields: "id") { id: ID! age: Int }',
        { Child: { __resolveReference: ({ id }: { id: string }) => ({ __typename: 'Girl', id, age: 5 }) }, Girl: reference },
      ],
    });
    const { data } = await graph.ask('{ owners { child { told __typename ... on Girl { age } } } }');
    expect(data).toEqual({ owners: ['1', '2'].map((id) => ({ child: { told: `k "name ${id}"`, __typename: 'Girl', age: 5 } })) });
  });

  it('another one, of the same object: each is fetched, whatever the planner makes of it', async () => {
    graph = await startSmallGraph({
      s: [
        `type Query { owner: Owner } type Owner @key(fields: "id") @context(name: "c") { id: ID! name: String place: Place child: Child } type Place { x: Int y: Int }
         type Child @key(fields: "id") { id: ID! x(${argument('$c { place { x } }', 'Int')}): String y(${argument('$c { place { y } }', 'Int')}): String
           name(${argument('$c ... on Owner { name }')}): String }`,
        {
          Query: { owner: () => ({ id: '1', name: 'n', place: { x: 1, y: 2 }, child: { id: 'k' } }) },
          Child: { ...reference, x: told, y: told, name: told },
        },
      ],
    });
    expect((await graph.ask('{ owner { child { x y name } } }')).data).toEqual({ owner: { child: { x: 'k 1', y: 'k 2', name: 'k "n"' } } });
  });
});

describe('values', () => {
  it('are what leaves and lists of leaves are: enums, custom scalars, lists in lists, null among them', async () => {
    const owner = {
      id: '1',
      tags: ['a', null],
      kind: 'ONE',
      json: { deep: [1] },
      boxes: [[{ n: 1 }, { n: null }], null],
      flag: false,
      child: { id: 'k' },
    };
    const takes = (field: string, type: string): string => `${field.split(' ')[0]}(${argument(`$c { ${field} }`, type)}): String`;
    graph = await startSmallGraph({
      s: [
        `type Query { owner: Owner } scalar Json enum Kind { ONE TWO } type Box { n: Int }
         type Owner @key(fields: "id") @context(name: "c") { id: ID! tags: [String] kind: Kind! json: Json boxes: [[Box]] flag: Boolean child: Child }
         type Child @key(fields: "id") { id: ID! ${takes('tags', '[String]')} ${takes('kind', 'Kind')} ${takes('json', 'Json')} ${takes('boxes { n }', '[[Int]]')} ${takes('flag', 'Boolean')} }`,
        { Query: { owner: () => owner }, Child: { ...reference, tags: told, kind: told, json: told, boxes: told, flag: told } },
      ],
    });
    expect((await graph.ask('{ owner { child { tags kind json boxes flag } } }')).data).toEqual({
      owner: { child: { tags: 'k ["a",null]', kind: 'k "ONE"', json: 'k {"deep":[1]}', boxes: 'k [[1,null],null]', flag: 'k false' } },
    });
  });

  it('may come from the root, in queries and mutations', async () => {
    const root = { tenant: () => 'acme', child: () => ({ id: 'k' }) };
    const own = '{ tenant: String child: Child }';
    graph = await startSmallGraph({
      s: [
        `type Query @context(name: "c") ${own} type Mutation @context(name: "c") { rename: Owner tenant: String }
         type Owner @key(fields: "id") @context(name: "c") { id: ID! tenant: String child: Child } type Child @key(fields: "id") { id: ID! told(${argument('$c { tenant }')}): String }`,
        { Query: root, Mutation: { rename: () => ({ id: '1', tenant: 'renamed', child: { id: 'k' } }) }, Child: { ...reference, told } },
      ],
    });
    expect((await graph.ask('{ child { told } other: child { told } }')).data).toEqual({ child: { told: 'k "acme"' }, other: { told: 'k "acme"' } });
    const changed = await graph.ask('mutation { rename { child { told } } }');
    expect(changed.data).toEqual({ rename: { child: { told: 'k "renamed"' } } });
    expect(changed.asked).toHaveLength(2);
  });
});

describe('entities in a batch', () => {
  const start = async (values: readonly (string | null)[]): Promise<void> => {
    graph = await startSmallGraph({
      users: [
        'type Query { users: [User] } type User @key(fields: "id") { id: ID! name: String group: Group } type Group @key(fields: "id") { id: ID! }',
        { Query: { users: () => values.map((name, id) => ({ id: String(id), name, group: { id: 'g' } })) } },
      ],
      staff: [
        `type Group @key(fields: "id") { id: ID! boss: Boss bosses: [Boss] } type Boss @key(fields: "id") { id: ID! about: About } type About { size: Int }`,
        { Group: { ...reference, boss: () => ({ id: 'b', about: { size: 1 } }), bosses: () => [{ id: 'b' }, { id: 'c' }, { id: 'b' }] } },
      ],
      tales: [
        `type User @key(fields: "id") @context(name: "c") { id: ID! name: String @external } type Boss @key(fields: "id") { id: ID! told(${argument('$c { name }')}): String }`,
        { User: reference, Boss: { ...reference, told } },
      ],
    });
  };

  it('that are the same under other objects get each its own answer: nothing of it is shared between places', async () => {
    await start(['x', 'y', 'x', null]);
    const { data, asked } = await graph.ask('{ users { group { boss { told about { size } } bosses { id told } } } }');
    expect(data).toEqual({
      users: ['"x"', '"y"', '"x"', 'null'].map((name) => ({
        group: {
          boss: { told: `b ${name}`, about: { size: 1 } },
          bosses: ['b', 'c', 'b'].map((id) => ({ id, told: `${id} ${name}` })),
        },
      })),
    });
    const last = asked.flatMap(({ variables }) => Object.entries(variables).filter(([name]) => name.startsWith('representations')));
    const counts = last.slice(1).map(([, representations]) => (representations as unknown[]).length);
    expect(counts.toSorted()).toEqual([1, 1, 1, 2, 2, 2]);
  });

  it.each([
    [1, '{ users { group { boss { told } } } }', 3],
    [64, '{ users { group { boss { told } } } }', 3],
    [65, '{ users { group { boss { told } } } }', 4],
    [130, '{ users { group { b: boss { told } } } }', 5],
  ])('with %i values go in as few requests as can be: %s', async (count, query, requests) => {
    const values = Array.from({ length: count }, (_, index) => `v${index}`);
    await start(values);
    const { data, asked } = await graph.ask(query);
    const name = query.includes('b:') ? 'b' : 'boss';
    expect(data).toEqual({ users: values.map((value) => ({ group: { [name]: { told: `b "${value}"` } } })) });
    expect(asked).toHaveLength(requests);
  });
});
