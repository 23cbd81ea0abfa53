import { describe, expect, test } from 'vitest';
import { retryAfterSeconds, verdictOf } from './verdict.ts';

const now = new Date('2026-01-31T09:30:00.000Z');

test.each([
  [200, 'delivered'],
  [204, 'delivered'],
  [299, 'delivered'],
  [199, 'failed'],
  [301, 'failed'],
  [307, 'failed'],
  [400, 'failed'],
  [404, 'failed'],
  [410, 'gone'],
  [429, 'failed'],
  [500, 'failed'],
  [null, 'failed'],
] as const)('an answer of %s is %s', (statusCode, verdict) => {
  expect(verdictOf({ statusCode })).toBe(verdict);
});

describe('Retry-After', () => {
  test.each([
    ['120', 120],
    ['999999', 999_999],
    ['0', 0],
    ['Sat, 31 Jan 2026 09:32:00 GMT', 120],
    ['Sat, 31 Jan 2026 09:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['', undefined],
    ['99999999999999999999', undefined],
    ['2027', 2_027],
    [undefined, undefined],
  ])('%s asks for %s seconds', (retryAfter, seconds) => {
    expect(retryAfterSeconds({ statusCode: 429, retryAfter }, now)).toBe(seconds);
    expect(retryAfterSeconds({ statusCode: 503, retryAfter }, now)).toBe(seconds);
  });

  test('counts with 429 and 503 only', () => {
    for (const statusCode of [500, 200, 302, null]) expect(retryAfterSeconds({ statusCode, retryAfter: '120' }, now)).toBeUndefined();
  });
});
