import { describe, expect, test } from 'vitest';
import { purposeOf } from './delegation.ts';

describe('the purpose of a delegated token', () => {
  test('is one of those that exist', () => {
    expect(purposeOf({ claims: { purpose: 'webhook' } })).toBe('webhook');
  });

  test.each([undefined, null, '', 'made-up', 'toString', '__proto__', ['webhook'], 7])('is none when the claim is %j', (purpose) => {
    expect(purposeOf({ claims: { purpose } })).toBeUndefined();
  });

  test('is none for a token of a person', () => {
    expect(purposeOf({ claims: { sub: '7' } })).toBeUndefined();
  });
});
