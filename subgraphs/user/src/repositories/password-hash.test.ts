import { describe, expect, test } from 'vitest';
import { createPasswordHasher } from './password-hash.scrypt.ts';

const hasher = createPasswordHasher();

const cpuMs = async (work: () => Promise<unknown>): Promise<number> => {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
};

describe('a password hash', () => {
  test('fits its password only, and is salted', async () => {
    const [first, second] = await Promise.all([hasher.hash('supergraph'), hasher.hash('supergraph')]);
    expect(first).not.toBe(second);
    expect(first).not.toContain('supergraph');
    expect(await hasher.verify('supergraph', first)).toBe(true);
    expect(await hasher.verify('Supergraph', first)).toBe(false);
    expect(await hasher.verify('', first)).toBe(false);
  });

  test('carries its cost, so that hashes of another cost stay valid', async () => {
    // Made with N = 2^4, r = 8, p = 1 by OpenSSL: openssl kdf -keylen 32 -kdfopt pass:supergraph -kdfopt salt:saltsaltsaltsalt … SCRYPT
    const cheap = '$scrypt$ln=4,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$icHHZlrUyEUkAMCpwSx7k1VR1qT3kfWNpaMDtkGPP2Y';
    expect(await hasher.verify('supergraph', cheap)).toBe(true);
    expect(await hasher.verify('supergrapx', cheap)).toBe(false);
  });

  test('takes a password composed or decomposed', async () => {
    expect(await hasher.verify('cafe\u0301-creme', await hasher.hash('caf\u00e9-creme'))).toBe(true);
  });

  test('that is not one of ours is an error, never a match', async () => {
    await expect(hasher.verify('supergraph', '$2b$10$abcdefghijklmnopqrstuv')).rejects.toThrow('not in the scrypt format');
  });

  test('costs the same when there is none to compare with', async () => {
    const hash = await hasher.hash('supergraph');
    const known = await cpuMs(() => hasher.verify('wrong-password', hash));
    const unknown = await cpuMs(async () => expect(await hasher.verify('wrong-password', undefined)).toBe(false));
    expect(unknown / known).toBeGreaterThan(0.5);
    expect(unknown / known).toBeLessThan(2);
  });
});

test('more hashes at once than can be made in time are refused, and the rest still finish', async () => {
  const cheap = '$scrypt$ln=4,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$icHHZlrUyEUkAMCpwSx7k1VR1qT3kfWNpaMDtkGPP2Y';
  const results = await Promise.allSettled(Array.from({ length: 60 }, () => hasher.verify('supergraph', cheap)));
  const refused = results.filter((result) => result.status === 'rejected');
  expect(refused).toHaveLength(8);
  expect(refused[0]).toMatchObject({ reason: { code: 'SIGN_IN_BUSY', kind: 'unavailable' } });
  expect(results.filter((result) => result.status === 'fulfilled' && result.value)).toHaveLength(52);
  expect(await hasher.verify('supergraph', cheap)).toBe(true);
});
