import { expect, it } from 'vitest';
import { readDeadline } from './deadline.ts';

it.each<[string | string[] | undefined, number]>([
  ['1500', 1_500],
  ['0', 1],
  ['999999', 30_000],
  [undefined, 7_000],
  ['', 7_000],
  ['-5', 7_000],
  ['1e3', 7_000],
  ['15.5', 7_000],
  [['1', '2'], 7_000],
  ['9'.repeat(100), 7_000],
])('a client that sends %j waits %i ms', (header, expected) => {
  expect(readDeadline(header, 7_000, 100)).toBe(100 + expected);
});

it('is 30 s away when nothing is told', () => {
  expect(readDeadline(undefined, undefined, 0)).toBe(30_000);
});
