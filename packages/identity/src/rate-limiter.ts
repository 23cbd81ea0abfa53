/** How much in how long. */
export interface RateLimitPolicy {
  /** Stable name: part of the headers and of the keys in Redis. Letters, digits, dots and dashes. */
  name: string;
  /** Points that one key may consume in a window; a whole number above 0. */
  points: number;
  /** Length of a window, which opens with a key's first consumption; whole seconds, at most a day. */
  perSeconds: number;
}

export interface RateLimitResult {
  allowed: boolean;
  /** The policy's name. */
  name: string;
  /** The policy's points. */
  limit: number;
  /** The policy's window in seconds. */
  perSeconds: number;
  /** Points left in this window. */
  remaining: number;
  /** Whole seconds until the window ends and all points are back. */
  resetSeconds: number;
}

/** Counts what each key consumes. */
export interface RateLimiter {
  /**
   * Takes points (1 when not told, rounded up) from a key's window. Never throws. What is refused counts too until the
   * window ends, so that one request of many points cannot be tried for free.
   */
  consume(key: string, points?: number): Promise<RateLimitResult>;
}

const POLICY_NAME = /^[A-Za-z][\w.-]{0,63}$/;
const MAX_SECONDS = 86_400;

/** @throws RangeError for a policy that a limiter cannot keep; that is a mistake in the code that made it. */
export const assertPolicy = ({ name, points, perSeconds }: RateLimitPolicy): void => {
  if (!POLICY_NAME.test(name)) throw new RangeError(`a rate limit cannot be called ${JSON.stringify(name)}`);
  if (!Number.isSafeInteger(points) || points < 1) throw new RangeError(`rate limit ${name}: points must be a whole number above 0, got ${points}`);
  if (!Number.isSafeInteger(perSeconds) || perSeconds < 1 || perSeconds > MAX_SECONDS)
    throw new RangeError(`rate limit ${name}: perSeconds must be a whole number from 1 to ${MAX_SECONDS}, got ${perSeconds}`);
};

/**
 * The standard headers (draft-ietf-httpapi-ratelimit-headers-10) of one answer that several policies counted, and, when
 * one of them refused, `Retry-After` in seconds (RFC 9110, section 10.2.3).
 */
export const rateLimitHeaders = (...results: readonly RateLimitResult[]): Record<string, string> => {
  if (results.length === 0) return {};
  const headers: Record<string, string> = {
    'ratelimit-policy': results.map(({ name, limit, perSeconds }) => `"${name}";q=${limit};w=${perSeconds}`).join(', '),
    ratelimit: results.map(({ name, remaining, resetSeconds }) => `"${name}";r=${remaining};t=${resetSeconds}`).join(', '),
  };
  const refused = results.filter(({ allowed }) => !allowed);
  if (refused.length > 0) headers['retry-after'] = String(Math.max(1, ...refused.map(({ resetSeconds }) => resetSeconds)));
  return headers;
};
