import { describe, expect, test } from 'vitest';
import { DomainError, ERROR_KINDS } from './domain-error.ts';

const mappings = Object.entries(ERROR_KINDS);

describe('a domain error', () => {
  test('has a cause only when it was given one: what reads it logs it', () => {
    expect('cause' in new DomainError('conflict', 'LAMP_SOLD_OUT', 'There is no lamp left.')).toBe(false);
    const cause = new Error('no lamp');
    expect(new DomainError('conflict', 'LAMP_SOLD_OUT', 'There is no lamp left.', {}, cause).cause).toBe(cause);
  });
});

describe('the kinds of errors', () => {
  test('can be told apart in every transport', () => {
    for (const transport of ['graphql', 'http', 'grpc'] as const)
      expect(new Set(mappings.map(([, mapping]) => mapping[transport])).size, transport).toBe(mappings.length);
  });

  test('have the same name in GraphQL, in capitals', () => {
    for (const [kind, { graphql }] of mappings) expect(graphql).toBe(kind.toUpperCase().replaceAll('-', '_'));
  });

  test("are the client's fault in HTTP, all but one", () => {
    expect(mappings.filter(([, { http }]) => http < 400 || http > 499).map(([kind]) => kind)).toEqual(['unavailable']);
  });

  test('are never OK, UNKNOWN or INTERNAL in gRPC: those are for success and for what nobody foresaw', () => {
    for (const [kind, { grpc }] of mappings) expect([0, 2, 13], kind).not.toContain(grpc);
  });

  test('are worth another try only where time can change the answer', () => {
    expect(mappings.filter(([, { retry }]) => retry).map(([kind]) => kind)).toEqual(['conflict', 'rate-limited', 'unavailable']);
  });
});
