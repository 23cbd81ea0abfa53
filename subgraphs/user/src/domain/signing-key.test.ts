import { describe, expect, test } from 'vitest';
import { isPublished, liveKeys, missingKeys } from './signing-key.ts';

const day = (number: number): Date => new Date(Date.UTC(2026, 0, number));
const key = (id: string, signsUntil: Date) => ({ id, signsUntil });

describe('signing keys', () => {
  test('sign in turn: the one whose time ends first, until it ends', () => {
    const keys = [key('next', day(60)), key('current', day(30)), key('retired', day(2))];
    expect(liveKeys(keys, day(3)).map(({ id }) => id)).toEqual(['current', 'next']);
    expect(liveKeys(keys, day(30)).map(({ id }) => id)).toEqual(['next']);
  });

  test('are two at the start: one for the first rotation, one for the second', () => {
    expect(missingKeys([], day(1), 30)).toEqual([day(31), day(61)]);
  });

  test('get a successor when a turn ends, and none before', () => {
    const keys = [key('first', day(31)), key('second', day(61))];
    expect(missingKeys(keys, day(30), 30)).toEqual([]);
    expect(missingKeys(keys, day(31), 30)).toEqual([day(91)]);
  });

  test('start anew after a silence longer than all turns', () => {
    expect(missingKeys([key('first', day(31)), key('second', day(61))], day(200), 30)).toEqual([day(230), day(260)]);
  });

  test('stay published until the last token they signed has expired', () => {
    const at = (minutes: number): Date => new Date(day(31).getTime() + minutes * 60_000);
    expect(isPublished(key('first', day(31)), at(16))).toBe(true);
    expect(isPublished(key('first', day(31)), at(21))).toBe(false);
  });
});
