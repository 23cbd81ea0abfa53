import { describe, expect, test } from 'vitest';
import { checkPassword, newUser, withProfile } from './user.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const ada = { email: 'ada@example.com', name: 'Ada', country: 'France' };
const invalid = (field: string) => expect.objectContaining({ code: 'USER_INVALID', details: { field } });

describe('a new user', () => {
  test('is a customer, with the email in lower case and blanks around the texts gone', () => {
    const user = newUser('1', { email: ' Ada@Example.COM ', name: ' Ada  Lovelace ', country: ' France ' }, NOW);
    expect(user).toEqual({
      id: '1',
      email: 'ada@example.com',
      name: 'Ada  Lovelace',
      country: 'France',
      role: 'CUSTOMER',
      createdAt: NOW,
      development: false,
      version: 1,
    });
  });

  test.each(['', 'ada', 'ada@', '@example.com', 'ada@example', 'a da@example.com', 'ada@@example.com', 'ada@example..com', 'ada\0@example.com'])(
    'is refused with the email %j',
    (email) => {
      expect(() => newUser('1', { ...ada, email }, NOW)).toThrow(invalid('email'));
    },
  );

  test('takes an email of 254 characters, not of 255', () => {
    const emailOf = (length: number) => `${'a'.repeat(length - '@example.com'.length)}@example.com`;
    expect(newUser('1', { ...ada, email: emailOf(254) }, NOW).email).toHaveLength(254);
    expect(() => newUser('1', { ...ada, email: emailOf(255) }, NOW)).toThrow(invalid('email'));
  });

  test.each([
    ['name', 100],
    ['country', 64],
  ])('takes a %s of 1 to %d characters', (field, maximum) => {
    const withText = (text: string) => () => newUser('1', { ...ada, [field]: text }, NOW);
    expect(withText('x'.repeat(maximum))).not.toThrow();
    for (const text of ['', '   ', 'x'.repeat(maximum + 1), 'a\0b', 'a\nb', '\ud800']) expect(withText(text)).toThrow(invalid(field));
  });
});

test('a password has 8 to 128 characters', () => {
  for (const length of [8, 128]) expect(checkPassword('x'.repeat(length))).toHaveLength(length);
  for (const length of [0, 7, 129]) expect(() => checkPassword('x'.repeat(length))).toThrow(invalid('password'));
});

test('a profile change keeps what is left out or null, and never touches email or role', () => {
  const user = newUser('1', ada, NOW);
  expect(withProfile(user, { name: 'Ada L.' })).toEqual({ ...user, name: 'Ada L.' });
  expect(withProfile(user, { name: null, country: 'Spain' })).toEqual({ ...user, country: 'Spain' });
  expect(() => withProfile(user, { name: ' ' })).toThrow(invalid('name'));
});
