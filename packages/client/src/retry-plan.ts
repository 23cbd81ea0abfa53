import type { ClientError } from './create-client.ts';

const LONGEST_PAUSE_MS = 30_000;
/** A connection that lived so long was a good one. */
const GOOD_AFTER_MS = 10_000;

const PASSING_STATUS: ReadonlySet<number | undefined> = new Set([408, 429, 500, 502, 503, 504]);
const PASSING_KIND: ReadonlySet<unknown> = new Set(['UNAVAILABLE', 'RATE_LIMITED']);

/** With these codes the server ends a subscription that it would take again. */
export const ENDED: ReadonlySet<string | undefined> = new Set([
  'ACCESS_TOKEN_EXPIRED',
  'EVENTS_INTERRUPTED',
  'EVENTS_UNAVAILABLE',
  'READER_TOO_SLOW',
  'SHUTTING_DOWN',
  'SUBSCRIPTION_SOURCE_LOST',
  'SUBSCRIPTION_TOO_SLOW',
  'SUPERGRAPH_CHANGED',
]);

const isTokenRefused = ({ status, code }: ClientError): boolean => status === 401 || code === 'ACCESS_TOKEN_EXPIRED';

const isPassing = ({ kind, status, code, errors }: ClientError): boolean =>
  kind === 'network' || kind === 'timeout' || PASSING_STATUS.has(status) || ENDED.has(code) || PASSING_KIND.has(errors[0]?.extensions?.['kind']);

/** When a subscription is tried again. */
export interface RetryPlan {
  /** Whether the next try needs a new access token. */
  renews(): boolean;
  /** @returns the pause before the next try, in milliseconds; undefined when another one would not mend it. */
  pauseAfter(error: ClientError, livedMs: number): number | undefined;
}

/** @param retryMs the first pause; each is twice as long as the one before, and up to a half of it is left out at random. */
export const createRetryPlan = (retryMs: number): RetryPlan => {
  let attempt = 0;
  let renew = false;
  return {
    renews: () => renew,
    pauseAfter: (error, livedMs) => {
      // A new token that is refused as well will not become better.
      if (error.status === 401 ? renew : !isPassing(error)) return undefined;
      renew = isTokenRefused(error);
      if (livedMs > GOOD_AFTER_MS) attempt = 0;
      const longest = Math.min(LONGEST_PAUSE_MS, retryMs * 2 ** attempt);
      attempt += 1;
      // They all lose a server at once, and should not all come back at once.
      return Math.max((error.retryAfterSeconds ?? 0) * 1_000, longest * (0.5 + Math.random() / 2));
    },
  };
};
