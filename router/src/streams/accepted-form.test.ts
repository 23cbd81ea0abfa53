import { describe, expect, it } from 'vitest';
import { formOf, kindOf, mayStream } from './accepted-form.ts';

const APOLLO_SUBSCRIPTION = 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9';
const APOLLO_DEFER = 'multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9';
const URQL_SUBSCRIPTION = 'text/event-stream, multipart/mixed';
const URQL = 'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed';
const EVENTS = 'text/event-stream';

describe('how an operation is answered', () => {
  it.each([
    [APOLLO_SUBSCRIPTION, 'subscription', 'multipart-subscription'],
    [APOLLO_SUBSCRIPTION, 'query', undefined],
    [APOLLO_SUBSCRIPTION, 'deferred', undefined],
    [APOLLO_DEFER, 'deferred', 'multipart-incremental'],
    [APOLLO_DEFER, 'query', undefined],
    [APOLLO_DEFER, 'subscription', undefined],
    [URQL_SUBSCRIPTION, 'subscription', 'event-stream'],
    [URQL, 'query', undefined],
    [URQL, 'mutation', undefined],
    [URQL, 'subscription', 'event-stream'],
    [URQL, 'deferred', 'multipart-incremental'],
    [EVENTS, 'query', 'event-stream'],
    [EVENTS, 'mutation', 'event-stream'],
    [EVENTS, 'deferred', 'event-stream'],
    [EVENTS, undefined, 'event-stream'],
    ['Text/Event-Stream', 'query', 'event-stream'],
    ['text/event-stream, */*', 'query', undefined],
    ['text/event-stream;q=0, application/json', 'subscription', undefined],
    ['multipart/mixed;subscriptionSpec="1.0", application/json', 'subscription', 'multipart-subscription'],
    ['multipart/mixed;subscriptionSpec=2.0', 'subscription', undefined],
    ['multipart/mixed;deferSpec=20991231', 'deferred', undefined],
    ['multipart/mixed;incrementalSpec=v0.2, application/json', 'deferred', undefined],
  ] as const)('Accept: %s, %s: %s', (accept, kind, form) => {
    expect(formOf(accept, kind)).toBe(form);
  });

  it('is looked at for no client that names neither', () => {
    expect(['application/json', '*/*', undefined, ''].map(mayStream)).toEqual([false, false, false, false]);
    expect([URQL, APOLLO_DEFER, EVENTS].map(mayStream)).toEqual([true, true, true]);
  });
});

describe('what a document asks for', () => {
  it.each([
    ['{ a }', undefined, 'query'],
    ['mutation { a }', undefined, 'mutation'],
    ['query A { a } subscription B { b }', 'B', 'subscription'],
    ['query A { a } subscription B { b }', 'A', 'query'],
    ['query A { a } subscription B { b }', undefined, undefined],
    ['{ a { ...F @defer } } fragment F on T { b }', undefined, 'deferred'],
    ['{ a { ...F } } fragment F on T { b { ... @defer { c } } }', undefined, 'deferred'],
    ['{ a(text: "@defer subscription") }', undefined, 'query'],
    ['subscription { a { ... @defer { b } } }', undefined, 'subscription'],
    ['{ a', undefined, undefined],
  ])('%s, %s: %s', (query, name, kind) => {
    expect(kindOf(query, name)).toBe(kind);
  });

  it('is not what was found out of another name and text that look the same side by side', () => {
    const query = 'mutation M($name: String!) { rename(name: $name) }';
    const at = query.indexOf(':');
    expect(kindOf(query.slice(at + 1), `M:${query.slice(0, at)}`)).toBe(undefined);
    expect(kindOf(query, 'M')).toBe('mutation');
  });

  it('takes an empty name for none', () => {
    expect(kindOf('mutation { a }', '')).toBe('mutation');
  });
});
