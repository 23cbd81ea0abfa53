import { describe, expect, test } from 'vitest';
import { createTextCache } from './text-cache.ts';

describe('a cache of texts', () => {
  const text = (index: number): string => `${index}`.padStart(350, '-');

  test('keeps those used last, within its bytes', () => {
    // 350 characters and what an entry needs are 1,000 bytes: 16 fit.
    const cache = createTextCache<number>(16_000);
    for (let index = 0; index < 16; index += 1) cache.set(text(index), index);
    expect(cache.get(text(0))).toBe(0);
    cache.set(text(16), 16);
    expect([0, 1, 2, 16].map((index) => cache.get(text(index)))).toEqual([0, undefined, 2, 16]);
  });

  test('counts a text once, however often it is set', () => {
    const cache = createTextCache<number>(16_000);
    cache.set(text(0), 0);
    for (let index = 0; index < 100; index += 1) cache.set(text(1), index);
    expect([cache.get(text(0)), cache.get(text(1))]).toEqual([0, 99]);
  });

  test('does not push out many small texts for a large one', () => {
    const cache = createTextCache<number>(16_000);
    cache.set(text(0), 0);
    cache.set('x'.repeat(400), 1);
    expect([cache.get(text(0)), cache.get('x'.repeat(400))]).toEqual([0, undefined]);
  });
});
