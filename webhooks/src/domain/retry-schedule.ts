/** Seconds before each attempt, counted from the one before (https://www.standardwebhooks.com, "Deliverability and reliability"). */
export const RETRY_SCHEDULE_SECONDS: readonly number[] = [0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

const JITTER = 0.2;

/**
 * When to try again after attempt number `attempt` (1 for the first) has failed; undefined when that was the last one. What a receiver asks
 * for with Retry-After counts between once and twice the scheduled pause.
 * @param random between 0 and 1, as Math.random gives.
 */
export const nextAttemptAt = (
  attempt: number,
  now: Date,
  random: () => number,
  retryAfterSeconds?: number,
  schedule: readonly number[] = RETRY_SCHEDULE_SECONDS,
): Date | undefined => {
  const base = schedule[attempt];
  if (base === undefined) return undefined;
  const isAsked = retryAfterSeconds !== undefined && !Number.isNaN(retryAfterSeconds);
  const seconds = isAsked ? Math.min(Math.max(retryAfterSeconds, base), 2 * base) : base * (1 - JITTER + 2 * JITTER * random());
  return new Date(now.getTime() + Math.round(seconds * 1_000));
};
