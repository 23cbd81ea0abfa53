import { createHash } from 'node:crypto';
import { createMemoryRateLimiter } from './rate-limiter.memory.ts';
import { createRedisRateLimiter } from './rate-limiter.redis.ts';
import type { RateLimiter, RateLimitPolicy } from './rate-limiter.ts';
import type { RateLimitConnection } from './rate-limiter-connection.ts';

const MAX_KEY_LENGTH = 128;

const bounded = (key: string): string => (key.length <= MAX_KEY_LENGTH ? key : createHash('sha256').update(key).digest('base64url'));

export interface RateLimiterOptions extends RateLimitPolicy {
  /** Where replicas share their counts; each process counts for itself without one. */
  connection?: RateLimitConnection | undefined;
}

/**
 * A limiter over rate-limiter-flexible (https://github.com/animir/node-rate-limiter-flexible): in memory, or in Redis with
 * memory as its fallback. Never unlimited, and never an error to its caller.
 * @throws RangeError for a policy that cannot be kept.
 */
export const createRateLimiter = ({ connection, ...policy }: RateLimiterOptions): RateLimiter => {
  const limiter = connection === undefined ? createMemoryRateLimiter(policy) : createRedisRateLimiter(policy, connection);
  return { consume: (key, points) => limiter.consume(bounded(key), points) };
};
