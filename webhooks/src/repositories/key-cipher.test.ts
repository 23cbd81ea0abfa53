import { describe, expect, test } from 'vitest';
import { createKeyCipher, newSecret } from './key-cipher.crypto.ts';

describe('the key cipher', () => {
  const cipher = createKeyCipher('a secret of the room');
  const secret = newSecret();
  const sealed = cipher.seal(secret, 'e1');

  test('opens what it sealed, also after a restart', () => {
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(createKeyCipher('a secret of the room').open(sealed, 'e1')).toBe(secret);
    expect(cipher.seal(secret, 'e1')).not.toEqual(sealed);
    expect(sealed.toString('latin1')).not.toContain(secret);
  });

  test('refuses another secret, another endpoint, and what was changed', () => {
    const changed = Buffer.from(sealed);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    const wrong = 'were made with another WEBHOOKS_KEY_SECRET';
    expect(() => createKeyCipher('another secret of it').open(sealed, 'e1')).toThrow(wrong);
    expect(() => cipher.open(sealed, 'e2')).toThrow(wrong);
    expect(() => cipher.open(changed, 'e1')).toThrow(wrong);
    expect(() => cipher.open(sealed.subarray(0, 20), 'e1')).toThrow(wrong);
  });
});
