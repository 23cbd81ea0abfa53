import type { PageRequest } from '@supergraph/pagination';
import { describe, expect, test } from 'vitest';
import { createBatchLoader, createPageLoader } from './loaders.ts';

const page = (limit: number, ...after: string[]): PageRequest => ({ limit, after: after.length === 0 ? undefined : after });

describe('a batch loader', () => {
  test('reads all keys of one tick at once, each once', async () => {
    const reads: (readonly string[])[] = [];
    const loader = createBatchLoader(async (keys) => {
      reads.push(keys);
      return new Map(keys.map((key) => [key, key.toUpperCase()]));
    });
    expect(await Promise.all(['a', 'b', 'a'].map((key) => loader.load(key)))).toEqual(['A', 'B', 'A']);
    expect(await loader.load('b')).toBe('B');
    expect(reads).toEqual([['a', 'b']]);
  });

  test('answers each key with its own value, whatever order the read finds them in, and null for what it leaves out', async () => {
    const loader = createBatchLoader(
      async () =>
        new Map([
          ['c', 3],
          ['a', 0],
        ]),
    );
    expect(await loader.loadMany(['a', 'b', 'c'])).toEqual([0, null, 3]);
  });

  test('reads at most 1,000 keys at once, so that no statement grows without end', async () => {
    const sizes: number[] = [];
    const loader = createBatchLoader(async (keys) => {
      sizes.push(keys.length);
      return new Map<string, string>();
    });
    await Promise.all(Array.from({ length: 2_500 }, (_, index) => loader.load(String(index))));
    expect(sizes).toEqual([1_000, 1_000, 500]);
  });

  test('fails every key of a read that fails', async () => {
    const loader = createBatchLoader(async () => Promise.reject(new Error('no database')));
    const results = await Promise.allSettled([loader.load('a'), loader.load('b')]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

describe('a page loader', () => {
  const recording = () => {
    const reads: { keys: readonly string[]; page: PageRequest }[] = [];
    const loader = createPageLoader(async (keys, asked) => {
      reads.push({ keys, page: asked });
      return new Map(keys.filter((key) => key !== 'empty').map((key) => [key, `${key} ${asked.limit} ${asked.after}`]));
    });
    return { reads, loader };
  };

  test('reads once for all parents that ask for the same page', async () => {
    const { reads, loader } = recording();
    expect(await Promise.all([loader.load('a', page(2)), loader.load('b', page(2)), loader.load('empty', page(2))])).toEqual([
      'a 2 undefined',
      'b 2 undefined',
      null,
    ]);
    expect(reads).toEqual([{ keys: ['a', 'b', 'empty'], page: page(2) }]);
  });

  test('keeps apart pages of another size or after another item, of one parent too', async () => {
    const { reads, loader } = recording();
    const pages = [page(2), page(3), page(2, 'x'), page(2, 'x', 'y'), page(2, 'x,y')];
    expect(await Promise.all(pages.map((asked) => loader.load('a', asked)))).toEqual([
      'a 2 undefined',
      'a 3 undefined',
      'a 2 x',
      'a 2 x,y',
      'a 2 x,y',
    ]);
    expect(reads.map((read) => read.page)).toEqual(pages);
  });
});
