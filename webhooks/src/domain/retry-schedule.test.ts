import { describe, expect, test } from 'vitest';
import { nextAttemptAt, RETRY_SCHEDULE_SECONDS } from './retry-schedule.ts';

const NOW = new Date('2026-01-31T09:30:00.000Z');
const secondsUntil = (...[attempt, random, retryAfter, schedule]: [number, number, number?, number[]?]): number | undefined => {
  const next = nextAttemptAt(attempt, NOW, () => random, retryAfter, schedule);
  return next && (next.getTime() - NOW.getTime()) / 1_000;
};

describe('the retry schedule', () => {
  test('has ten attempts in about three days', () => {
    const pauses = RETRY_SCHEDULE_SECONDS.map((_, index) => secondsUntil(index + 1, 0.5));
    expect(pauses).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400, undefined]);
  });

  test('is shifted by at most a fifth', () => {
    expect([secondsUntil(2, 0), secondsUntil(2, 1)]).toEqual([240, 360]);
    expect(secondsUntil(1, 0.999)).toBeLessThanOrEqual(6);
  });

  test.each([
    ['between', 400, 400],
    ['too soon', 10, 300],
    ['negative', -1, 300],
    ['too late', 999_999, 600],
    ['for ever', Number.POSITIVE_INFINITY, 600],
    ['no number', Number.NaN, 300],
  ])('honours Retry-After within bounds: %s', (_, asked, seconds) => {
    expect(secondsUntil(2, 0.5, asked)).toBe(seconds);
  });

  test('ends whatever the receiver asks for, and can be another', () => {
    expect(secondsUntil(10, 0.5, 60)).toBeUndefined();
    expect([secondsUntil(1, 0.5, undefined, [0, 1]), secondsUntil(2, 0.5, undefined, [0, 1])]).toEqual([1, undefined]);
  });
});
