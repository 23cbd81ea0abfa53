import { expect, test } from 'vitest';
import { browserStorage, type TextStore } from './browser-storage.ts';

test('where storage is forbidden or full, what is written lives as long as the page', () => {
  const forbidden = browserStorage(() => {
    throw new DOMException('no storage', 'SecurityError');
  });
  forbidden.setItem('a', '1');
  expect(forbidden.getItem('a')).toBe('1');
  forbidden.removeItem('a');
  expect(forbidden.getItem('a')).toBeNull();
});

test('what could be stored is the storage’s: another tab may change it', () => {
  const stored = new Map<string, string>();
  const store: TextStore = {
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => {
      if (value === 'too much') throw new DOMException('full', 'QuotaExceededError');
      stored.set(key, value);
    },
    removeItem: (key) => void stored.delete(key),
  };
  const storage = browserStorage(() => store);
  storage.setItem('a', 'too much');
  expect(storage.getItem('a')).toBe('too much');
  storage.setItem('a', '1');
  stored.set('a', '2');
  expect(storage.getItem('a')).toBe('2');
});
