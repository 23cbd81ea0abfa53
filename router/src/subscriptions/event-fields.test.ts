import { StartupError } from '@supergraph/service/startup-error';
import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { compose } from '../testing/subgraphs.ts';
import { readEventFields } from './event-fields.ts';

const schema = (
  field: string,
  link = '@link(url: "https://supergraph.local/events/v0.1", import: ["@fromEvents"]) @composeDirective(name: "@fromEvents")',
  name = 'fromEvents',
) => `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective"]) ${link}
  directive @${name}(types: [String!]!, key: String!, subject: String) on FIELD_DEFINITION
  type Query { order: Order }
  type Subscription { ${field} }
  union Either = Order | Other
  type Order @key(fields: "number") { number: String! id: Int! }
  type Other @key(fields: "id") { id: Int! }`;

const read = (...of: Parameters<typeof schema>) =>
  readEventFields(parse(compose([{ name: 'orders', url: 'http://orders.test', sdl: schema(...of) }])));

describe('the fields that events lead to', () => {
  it('are read from the supergraph, under whatever name the directive has there', () => {
    const paid = { types: ['order.paid.v1'], key: 'number', subject: 'number', typeName: 'Order', isNumericKey: false };
    expect([...read('a(number: ID!): Order! @fromEvents(types: "order.paid.v1", key: "number", subject: "number") b: Order')]).toEqual([['a', paid]]);
    const renamed =
      '@link(url: "https://supergraph.local/events/v0.1", import: [{ name: "@fromEvents", as: "@heard" }]) @composeDirective(name: "@heard")';
    expect([...read('a: Other @heard(types: ["a.v1", "b.v1"], key: "id")', renamed, 'heard')]).toEqual([
      ['a', { types: ['a.v1', 'b.v1'], key: 'id', subject: undefined, typeName: 'Other', isNumericKey: true }],
    ]);
  });

  it('are none of a directive of another specification', () => {
    const other = '@link(url: "https://other.test/events/v0.1", import: ["@fromEvents"]) @composeDirective(name: "@fromEvents")';
    expect(read('a: Order @fromEvents(types: [], key: "nothing")', other).size).toBe(0);
  });

  it.each([
    ['no types', 'a: Order @fromEvents(types: [], key: "number")', 'at least one event type'],
    ['what is no key', 'a: Order @fromEvents(types: ["a.v1"], key: "id")', '"id" is no @key of Order'],
    ['a list', 'a: [Order!]! @fromEvents(types: ["a.v1"], key: "number")', 'one object or interface'],
    ['a union', 'a: Either @fromEvents(types: ["a.v1"], key: "number")', 'one object or interface'],
    ['a subject that is no argument', 'a: Order @fromEvents(types: ["a.v1"], key: "number", subject: "number")', 'argument of the field'],
    ['a subject that may be left out', 'a(n: ID): Order @fromEvents(types: ["a.v1"], key: "number", subject: "n")', 'must be given'],
  ])('are refused with %s', (_what, field, message) => {
    expect(() => read(field)).toThrow(StartupError);
    expect(() => read(field)).toThrow(message);
  });
});
