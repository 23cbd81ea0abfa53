import { expect, test } from 'vitest';
import { extendSession, isExpired, newSession } from './session.ts';

const START = new Date('2026-01-01T00:00:00Z');
const daysLater = (days: number): Date => new Date(START.getTime() + days * 86_400_000);

test('a session ends 30 days after it was last used', () => {
  const session = newSession('s', 'u', START);
  expect(isExpired(session, daysLater(29.99))).toBe(false);
  expect(isExpired(session, daysLater(30))).toBe(true);
  const extended = extendSession(session, daysLater(20));
  expect(extended).toEqual({ id: 's', userId: 'u', expiresAt: daysLater(50) });
  expect(isExpired(extended, daysLater(49))).toBe(false);
});
