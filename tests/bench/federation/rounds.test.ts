import { parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { countExpandedFields, heavyFields } from './heavy-query.ts';
import { percentile } from './load.ts';
import { medianWithRange } from './rounds.ts';

describe('what the benchmark computes', () => {
  test('a median and its range by ranks: one wild value moves neither', () => {
    const values = Array.from({ length: 101 }, (_, index) => index);
    expect(medianWithRange(values)).toEqual({ median: 50, low: 40, high: 60 });
    expect(medianWithRange([...values.slice(0, 100), 1_000_000])).toEqual({ median: 50, low: 40, high: 60 });
    expect(medianWithRange([1, 2, 3, 10]).median).toBe(2.5);
    expect(medianWithRange([3])).toEqual({ median: 3, low: 3, high: 3 });
  });

  test('a percentile is a value that was measured', () => {
    expect(percentile([5, 1, 3, 2, 4], 0.5)).toBe(3);
    expect(percentile([5, 1, 3, 2, 4], 0.99)).toBe(5);
    expect(percentile([], 0.5)).toBeNaN();
  });

  test('fragments count where they are spread', () => {
    expect(countExpandedFields(parse('{ a { ...F ... on T { b } } c { ...F } } fragment F on T { d { e } }'))).toBe(7);
    expect(heavyFields()).toBe(55);
  });
});
