import { RateLimiterRedis } from 'rate-limiter-flexible';
import { answerOf, createMemoryRateLimiter, toRateLimitResult, wholePoints } from './rate-limiter.memory.ts';
import { assertPolicy, type RateLimiter, type RateLimitPolicy } from './rate-limiter.ts';
import type { RateLimitConnection } from './rate-limiter-connection.ts';

/** Counts in Redis, so that all replicas share a limit; in this process, from where the shared count was, while Redis is away. */
export const createRedisRateLimiter = (policy: RateLimitPolicy, connection: RateLimitConnection): RateLimiter => {
  assertPolicy(policy);
  const { name, points, perSeconds } = policy;
  const shared = new RateLimiterRedis({ storeClient: connection.redis, keyPrefix: `rate-limit:${name}`, points, duration: perSeconds });
  const local = createMemoryRateLimiter(policy);
  return {
    consume: async (key, consumed = 1) => {
      const counted = await connection.attempt(() => answerOf(shared.consume(key, wholePoints(consumed))));
      if (counted === undefined) return local.consume(key, consumed);
      local.adopt(key, counted);
      return toRateLimitResult(policy, counted);
    },
  };
};
