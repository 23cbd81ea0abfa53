import { expect, test } from 'vitest';
import { createBackOff } from './back-off.ts';

test('waits twice as long after each death, gives up after eight, and begins anew for who recovered', () => {
  let now = 0;
  const backOff = createBackOff(() => now);
  const waits = Array.from({ length: 9 }, () => backOff.next('order'));
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, undefined]);
  expect(backOff.next('user')).toBe(500);
  now = 100_000;
  expect(backOff.next('order')).toBe(500);
});
