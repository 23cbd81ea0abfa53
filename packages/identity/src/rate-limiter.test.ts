import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { createMemoryRateLimiter } from './rate-limiter.memory.ts';
import { type RateLimitResult, rateLimitHeaders } from './rate-limiter.ts';
import { createRateLimiter } from './rate-limiter-factory.ts';

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const heapMegabytes = (): number => {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed / 1e6;
};

const counted = (name: string, remaining: number, resetSeconds: number): RateLimitResult => ({
  allowed: remaining > 0,
  name,
  limit: 100,
  perSeconds: 60,
  remaining,
  resetSeconds,
});

describe('a rate limiter in memory', () => {
  test('allows the points of a window for each key, and no more', async () => {
    const limiter = createRateLimiter({ name: 'sign-in', points: 3, perSeconds: 60 });
    const answers = [];
    for (let index = 0; index < 5; index++) answers.push(await limiter.consume('a'));
    expect(answers.map(({ allowed }) => allowed)).toEqual([true, true, true, false, false]);
    expect(answers.map(({ remaining }) => remaining)).toEqual([2, 1, 0, 0, 0]);
    expect(answers[4]).toEqual({ allowed: false, name: 'sign-in', limit: 3, perSeconds: 60, remaining: 0, resetSeconds: 60 });
    expect((await limiter.consume('b')).allowed).toBe(true);
  });

  test('gives the points back when the window is over', async () => {
    const limiter = createRateLimiter({ name: 'short', points: 1, perSeconds: 1 });
    expect((await limiter.consume('a')).allowed).toBe(true);
    expect((await limiter.consume('a')).allowed).toBe(false);
    await wait(1_050);
    expect((await limiter.consume('a')).allowed).toBe(true);
  });

  test.each([
    [100, false],
    [11, false],
    [10, true],
    [9.2, true],
    [0, true],
    [-5, true],
    [Number.NaN, false],
    [Number.POSITIVE_INFINITY, false],
  ])('counts %s points of 10', async (points, allowed) => {
    const limiter = createRateLimiter({ name: 'cost', points: 10, perSeconds: 60 });
    expect((await limiter.consume('a', points)).allowed).toBe(allowed);
    expect((await limiter.consume('a', 10)).allowed).toBe(false);
  });

  test('counts a refused request too: it cannot be tried for free', async () => {
    const limiter = createRateLimiter({ name: 'cost', points: 10, perSeconds: 60 });
    await limiter.consume('a', 100);
    expect(await limiter.consume('a')).toMatchObject({ allowed: false, remaining: 0 });
  });

  test('keeps no more windows than it may, and forgets the one that ends first', async () => {
    const limiter = createMemoryRateLimiter({ name: 'few', points: 1, perSeconds: 60 }, 3);
    for (const key of ['a', 'b', 'c', 'd']) await limiter.consume(key);
    expect((await limiter.consume('b')).allowed).toBe(false);
    expect((await limiter.consume('d')).allowed).toBe(false);
    expect((await limiter.consume('a')).allowed).toBe(true);
  });

  test('stays small however many keys there are', async () => {
    const limiter = createRateLimiter({ name: 'many', points: 1, perSeconds: 60 });
    const before = heapMegabytes();
    for (let index = 0; index < 100_000; index++) await limiter.consume(`${index}`.padEnd(2_000, 'x'));
    // Without the bounds it would be 240 MB.
    expect(heapMegabytes() - before).toBeLessThan(30);
  });

  test('tells long keys apart', async () => {
    const limiter = createRateLimiter({ name: 'long', points: 1, perSeconds: 60 });
    const key = 'x'.repeat(10_000);
    expect((await limiter.consume(`${key}1`)).allowed).toBe(true);
    expect((await limiter.consume(`${key}2`)).allowed).toBe(true);
    expect((await limiter.consume(`${key}2`)).allowed).toBe(false);
  });

  test.each([
    [{ name: 'a b', points: 1, perSeconds: 1 }],
    [{ name: 'a', points: 0, perSeconds: 1 }],
    [{ name: 'a', points: 1.5, perSeconds: 1 }],
    [{ name: 'a', points: 1, perSeconds: 0 }],
    [{ name: 'a', points: 1, perSeconds: 86_401 }],
  ])('refuses the policy %j', (policy) => {
    expect(() => createRateLimiter(policy)).toThrowError(RangeError);
  });
});

describe('the headers of rate limits', () => {
  test('name each policy, its quota, what is left and when it is back', () => {
    expect(rateLimitHeaders(counted('authenticated', 50, 30), counted('sign-in', 7, 10))).toEqual({
      'ratelimit-policy': '"authenticated";q=100;w=60, "sign-in";q=100;w=60',
      ratelimit: '"authenticated";r=50;t=30, "sign-in";r=7;t=10',
    });
    expect(rateLimitHeaders()).toEqual({});
  });

  test('tell a refused client when to come back: when every policy that refused lets it', () => {
    expect(rateLimitHeaders(counted('a', 0, 30), counted('b', 0, 40), counted('c', 1, 50))['retry-after']).toBe('40');
    expect(rateLimitHeaders(counted('a', 0, 0))['retry-after']).toBe('1');
  });
});
