import { buildSchema, parse, specifiedRules, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { withDeferDirective } from './defer-directive.ts';
import { DEFER_RULES } from './defer-rules.ts';

const schema = withDeferDirective(
  buildSchema(`type Query { me: User } type Mutation { rename: User } type Subscription { changed: User other: User }
    type User { id: ID! name: String friend: User }`),
);
const problems = (query: string): string[] => validate(schema, parse(query), [...specifiedRules, ...DEFER_RULES]).map(({ message }) => message);

describe('@defer is valid', () => {
  it.each([
    '{ me { ... @defer { id } ... @defer { name } } }',
    'query ($if: Boolean) { ... @defer(if: $if, label: "a") { me { id } } me { ...F @defer(label: "b") } } fragment F on User { name }',
    'mutation { rename { ... @defer(label: "a") { id } } }',
    'subscription { changed { ... @defer(if: false) { id } } }',
    'subscription ($if: Boolean!) { changed { ...F @defer(if: $if) } } fragment F on User { name }',
  ])('%s', (query) => {
    expect(problems(query)).toEqual([]);
  });
});

describe('@defer is refused:', () => {
  it.each([
    ['two labels are one', '{ me { ... @defer(label: "a") { id } friend { ... @defer(label: "a") { id } } } }', 'must be unique'],
    ['a label is a variable', 'query ($l: String) { me { ... @defer(label: $l) { id } } }', 'not a variable'],
    ['on root fields of a mutation', 'mutation { ... @defer { rename { id } } }', 'fields of Mutation'],
    ['on root fields of a mutation, by a fragment', 'mutation { ...F @defer } fragment F on Mutation { rename { id } }', 'fields of Mutation'],
    ['on the root field of a subscription', 'subscription { ... @defer(if: false) { changed { id } } }', 'fields of Subscription'],
    ['in a subscription', 'subscription { changed { ... @defer { id } } }', 'in subscriptions'],
    ['in a subscription, if: true', 'subscription { changed { ... @defer(if: true) { id } } }', 'in subscriptions'],
    ['in a fragment of a subscription', 'subscription { changed { ...F } } fragment F on User { friend { ... @defer { id } } }', 'in subscriptions'],
    ['on a field', '{ me { name @defer } }', 'may not be used on FIELD'],
    ['with a condition that is no Boolean', 'query ($if: String) { me { ... @defer(if: $if) { id } } }', 'expecting type "Boolean!"'],
  ])('%s', (_what, query, message) => {
    const found = problems(query);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });
});
