import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { assertPolicy, type RateLimiter, type RateLimitPolicy, type RateLimitResult } from './rate-limiter.ts';

/** About 0.5 KB a key. */
const MAX_KEYS = 20_000;
/** What one call can consume at most: 2^53 is far enough away. */
const MAX_POINTS = 1e12;

/** Whole and countable, whatever the caller computed: nothing is free, and NaN is not either. */
export const wholePoints = (points: number): number => (points <= MAX_POINTS ? Math.max(1, Math.ceil(points)) : MAX_POINTS);

export const toRateLimitResult = ({ name, points, perSeconds }: RateLimitPolicy, counted: RateLimiterRes): RateLimitResult => ({
  allowed: counted.consumedPoints <= points,
  name,
  limit: points,
  perSeconds,
  remaining: Math.max(0, points - counted.consumedPoints),
  resetSeconds: Math.max(0, Math.ceil(counted.msBeforeNext / 1000)),
});

/** rate-limiter-flexible rejects with the same kind of answer when the limit is reached. */
export const answerOf = async (consumed: Promise<RateLimiterRes>): Promise<RateLimiterRes> => {
  try {
    return await consumed;
  } catch (answer) {
    if (answer instanceof RateLimiterRes) return answer;
    throw answer;
  }
};

export interface MemoryRateLimiter extends RateLimiter {
  /** Goes on from what a shared limiter counted, should that go away. */
  adopt(key: string, counted: RateLimiterRes): void;
}

/**
 * Counts in this process. At most `maxKeys` (20,000 when not told, about 10 MB) windows are kept; beyond, the one that
 * ends first is forgotten.
 */
export const createMemoryRateLimiter = (policy: RateLimitPolicy, maxKeys = MAX_KEYS): MemoryRateLimiter => {
  assertPolicy(policy);
  const limiter = new RateLimiterMemory({ keyPrefix: '', points: policy.points, duration: policy.perSeconds });
  // In the order in which they began, so nearly in that in which they end.
  const windowEnds = new Map<string, number>();

  const forgetOldest = (now: number): void => {
    for (const [key, end] of windowEnds) {
      if (end > now && windowEnds.size <= maxKeys) return;
      windowEnds.delete(key);
      if (end > now) void limiter.delete(key);
    }
  };

  const remember = (key: string, msBeforeNext: number): void => {
    const now = Date.now();
    windowEnds.delete(key);
    windowEnds.set(key, now + msBeforeNext);
    forgetOldest(now);
  };

  return {
    consume: async (key, points = 1) => {
      const counted = await answerOf(limiter.consume(key, wholePoints(points)));
      if (counted.isFirstInDuration) remember(key, counted.msBeforeNext);
      return toRateLimitResult(policy, counted);
    },
    adopt: (key, { consumedPoints, msBeforeNext }) => {
      if (msBeforeNext <= 0) return;
      void limiter.set(key, consumedPoints, msBeforeNext / 1000);
      remember(key, msBeforeNext);
    },
  };
};
