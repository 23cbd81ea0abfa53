import { readFileSync } from 'node:fs';
import { CONTRACTS } from '@supergraph/events/registry';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { entityOf } from './event-entity.ts';
import { MAX_SELECTION_BYTES, variablesFor, wrapSelection } from './wrap-selection.ts';

const order = entityOf('order.placed.v1');
if (order === undefined) throw new Error('orders have no entity');

const queryOf = (selection: string): string => {
  const wrapped = wrapSelection(selection, order);
  if ('reason' in wrapped) throw new Error(wrapped.reason);
  return wrapped.query.replaceAll(/\s+/g, ' ');
};

const reasonOf = (selection: string): string | undefined => {
  const wrapped = wrapSelection(selection, order);
  return 'reason' in wrapped ? wrapped.reason : undefined;
};

describe('the query made of a selection', () => {
  test.each<[string, string, string]>([
    ['a selection', '{ number total { amount } }', '{ number total { amount } }'],
    ['one with a name', 'query Mine { number }', '{ number }'],
    ['arguments, aliases, directives on fields', '{ n: number items(first: 100) @include(if: true) { nodes { line } } }', ''],
    ['an inline fragment', '{ ... on Order { number } }', '{ ... on Order { number } }'],
  ])('asks for %s below the entity, by its key', (_what, selection, below) => {
    expect(queryOf(selection)).toContain(`query WebhookPayload($key: String!) { entity: order(number: $key) ${below || selection} }`);
  });

  test('keeps fragments, and takes nothing else of the text', () => {
    expect(queryOf('{ ...F } fragment F on Order { number } # a comment')).toBe(
      'query WebhookPayload($key: String!) { entity: order(number: $key) { ...F } } fragment F on Order { number }',
    );
  });

  test('gets the key as a variable, whatever stands in it', () => {
    expect(variablesFor('") { x } evil: y(z: "')).toEqual({ key: '") { x } evil: y(z: "' });
  });
});

describe('what is no selection on one entity', () => {
  test.each<[string, string, RegExp]>([
    ['an attempt to break out', '{ number } } evil: users { nodes { email } ', /^Syntax Error.* at line 1, column/],
    ['nothing', '', /^Syntax Error/],
    ['an empty selection', '{ }', /^Syntax Error/],
    ['a mutation', 'mutation { payOrder(input: { number: "1" }) { order { number } } }', /not a mutation/],
    ['a subscription', 'subscription { number }', /not a subscription/],
    ['two operations', 'query A { number } query B { number }', /one selection/],
    ['only a fragment', 'fragment F on Order { number }', /one selection/],
    ['a type', '{ number } type Order { evil: Int }', /define types/],
    ['an extension of the schema', '{ number } extend schema @link(url: "x")', /define types/],
    ['a variable', 'query ($n: Int) { items(first: $n) { nodes { line } } }', /variables/],
    ['our variable', '{ number again: items(after: $key) { nodes { line } } }', /variables/],
    ['a directive on the operation', 'query @x { number }', /directives/],
    ['more bytes than are kept', `{ number } #${'é'.repeat(MAX_SELECTION_BYTES / 2)}`, /10240 bytes/],
    ['too many tokens', `{ ${'a '.repeat(3_000)} }`, /2000 tokens/],
    ['too many levels', `${'{a'.repeat(300)}${'}'.repeat(300)}`, /too deep/],
  ])('%s is refused, with the reason', (_what, selection, reason) => {
    expect(reasonOf(selection)).toMatch(reason);
  });

  test('is refused at once, however it is made', () => {
    const began = performance.now();
    for (const selection of [`${'{a'.repeat(1_000)}${'}'.repeat(1_000)}`, `{a(b:${'['.repeat(9_000)}`, '{'.repeat(10_000)])
      expect(reasonOf(selection)).toEqual(expect.any(String));
    expect(performance.now() - began).toBeLessThan(500);
  });
});

describe('the entity of an event', () => {
  const schema = buildSchema(readFileSync(new URL('../../../supergraph.graphql', import.meta.url), 'utf8'), { assumeValid: true });
  const events = CONTRACTS.filter(({ kind }) => kind === 'event').map(({ type }) => type);

  test('stands in the graph as it is asked for', () => {
    const asked = events.filter((type) => {
      const entity = entityOf(type);
      if (entity === undefined) return false;
      const wrapped = wrapSelection('{ id }', entity);
      expect('query' in wrapped && validate(schema, parse(wrapped.query)), type).toEqual([]);
      return true;
    });
    expect(asked).toEqual(
      expect.arrayContaining(['order.placed.v1', 'payment.settled.v1', 'product.price-changed.v1', 'user.updated.v1', 'category.updated.v1']),
    );
  });

  test('is none for what was deleted, and for what the graph does not have', () => {
    for (const type of ['category.deleted.v1', 'webhook.test.v1', 'constructor', '']) expect(entityOf(type)).toBeUndefined();
  });

  test('is found by the subject, and a category by its slug', () => {
    const reference = { type: 'x', subject: 'subject', data: { slug: 'candles' } };
    expect(entityOf('payment.failed.v1')).toBe(order);
    expect(order.keyOf(reference)).toBe('subject');
    expect(entityOf('category.created.v1')?.keyOf(reference)).toBe('candles');
    expect(entityOf('category.created.v1')?.keyOf({ ...reference, data: {} })).toBeUndefined();
  });
});
