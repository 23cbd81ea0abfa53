import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type SmallGraph, startSmallGraph } from '../testing/small-graph.ts';

const A =
  'scalar JSON type Query { user: User users: [User] json: JSON } type User @key(fields: "id") { id: ID! name: String json: JSON pet: Pet } type Pet { name: String }';
const B = 'scalar JSON type User @key(fields: "id") { id: ID! age: Int more: JSON home: Home } type Home { city: String } type Query { other: JSON }';

let graph: SmallGraph;
beforeAll(async () => {
  const user = { id: '1', name: 'Ann', json: { a: 1 }, pet: { name: 'Rex' } };
  graph = await startSmallGraph({
    a: [A, { Query: { user: () => user, users: () => [user, user], json: () => ({}) } }],
    b: [B, { User: { __resolveReference: (given: object) => given, age: () => 7, more: () => ({ b: 2 }), home: () => ({ city: 'Rome' }) } }],
  });
});
afterAll(() => graph.both.stop());

const BEFORE = Object.getOwnPropertyNames(Object.prototype).toSorted();
afterEach(() => {
  expect(Object.getOwnPropertyNames(Object.prototype).toSorted()).toEqual(BEFORE);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

const POISON = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
const QUERY = '{ user { id name json pet { name } age more home { city } } users { __proto__: name constructor: age toString: more } json }';

const reply = (text: string) => ({ data: JSON.parse(text) as Record<string, unknown> });

describe('hostile answers write to no prototype, and take nothing but their own data:', () => {
  it.each([
    ['the root', `{"user":{"__typename":"User","id":"1","name":"Ann"},${POISON.slice(1)}`],
    ['an object', `{"user":{"__typename":"User","id":"1","name":"Ann",${POISON.slice(1)}}`],
    ['an object in the place of a leaf', `{"user":{"__typename":"User","id":"1","name":${POISON}}}`],
    ['a key', `{"user":{"__typename":"User","id":${POISON},"name":"Ann"}}`],
    ['a type name', `{"user":{"__typename":"__proto__","id":"1","name":"Ann"}}`],
    ['a list in the place of an object', `{"user":[${POISON}],"users":{"length":2}}`],
  ])('%s', async (_where, text) => {
    const { data } = await graph.ask(QUERY, {}, (service, good) => (service === 'a' ? reply(text) : good));
    expect(Object.keys(data as object)).toEqual(['user', 'users', 'json']);
    expect(JSON.stringify(data)).not.toContain('polluted');
  });

  it('a JSON scalar may hold such names, also when two answers bring it: the client gets it as it is', async () => {
    const { data } = await graph.ask('{ user { json more } json }', {}, (service) =>
      service === 'a'
        ? reply(`{"user":{"__typename":"User","id":"1","json":${POISON}},"json":${POISON}}`)
        : reply(`{"_entities":[{"more":${POISON}}]}`),
    );
    expect(JSON.stringify(data)).toBe(`{"user":{"json":${POISON},"more":${POISON}},"json":${POISON}}`);
  });

  it.each([
    ['none', '{"_entities":[]}'],
    ['too many', `{"_entities":[${POISON},{"age":1}]}`],
    ['no list', `{"_entities":${POISON}}`],
    ['nothing', '{}'],
  ])('entities: %s', async (_what, text) => {
    const { data, errors } = await graph.ask('{ user { name age } }', {}, (service, good) => (service === 'b' ? reply(text) : good));
    expect(data).toEqual({ user: { name: 'Ann', age: null } });
    expect(errors).toHaveLength(1);
    expect(errors?.[0]?.path).toEqual(['user']);
  });

  it('an entity that is no object, or has fields of other types, loses what is wrong and nothing else', async () => {
    const { data } = await graph.ask('{ users { name age home { city } } user { name age } }', {}, (service, good) =>
      service === 'b' ? reply(`{"_entities":[{"age":"seven","home":[${POISON}],${POISON.slice(1)}]}`) : good,
    );
    expect(data).toEqual({
      users: [
        { name: 'Ann', age: null, home: null },
        { name: 'Ann', age: null, home: null },
      ],
      user: { name: 'Ann', age: null },
    });
  });
});
