import { afterEach, expect, test, vi } from 'vitest';
import { ANONYMOUS_IDENTITY } from './identity.ts';
import { createVerifiedTokens } from './verified-tokens.ts';

const HOUR_MS = 3_600_000;

afterEach(() => vi.useRealTimers());

test('the token that was not used for longest leaves first when there are too many', () => {
  const tokens = createVerifiedTokens(3);
  const add = (token: string): void => tokens.add(token, ANONYMOUS_IDENTITY, Date.now() + HOUR_MS);
  for (const token of ['a', 'b', 'c']) add(token);
  tokens.get('a');
  add('d');
  expect(['a', 'b', 'c', 'd'].filter((token) => tokens.get(token) !== undefined)).toEqual(['a', 'c', 'd']);
});

test('a token is known until it ends, for a minute at most, and never when it has ended', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const tokens = createVerifiedTokens();
  tokens.add('long', ANONYMOUS_IDENTITY, Date.now() + HOUR_MS);
  tokens.add('short', ANONYMOUS_IDENTITY, Date.now() + 5_000);
  tokens.add('over', ANONYMOUS_IDENTITY, Date.now() - 1);
  const known = (): string[] => ['long', 'short', 'over'].filter((token) => tokens.get(token) !== undefined);
  expect(known()).toEqual(['long', 'short']);
  vi.setSystemTime(Date.now() + 5_000);
  expect(known()).toEqual(['long']);
  vi.setSystemTime(Date.now() + 55_000);
  expect(known()).toEqual([]);
});
