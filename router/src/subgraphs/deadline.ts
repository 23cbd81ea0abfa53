import { performance } from 'node:perf_hooks';

/** Milliseconds the sender will still wait. Read from clients, sent to subgraphs. */
export const DEADLINE_HEADER = 'x-deadline-ms';

const MIN_MS = 1;
const MAX_MS = 30_000;
const WHOLE_NUMBER = /^\d{1,12}$/;

/**
 * When a client stops waiting, in `performance.now()` milliseconds. What it asks for is clamped to 1 ms to 30 s; what is no whole
 * number is as good as nothing.
 */
export const readDeadline = (header: string | readonly string[] | undefined, defaultMs = MAX_MS, now = performance.now()): number => {
  const asked = typeof header === 'string' && WHOLE_NUMBER.test(header) ? Number(header) : defaultMs;
  return now + Math.min(Math.max(asked, MIN_MS), MAX_MS);
};
