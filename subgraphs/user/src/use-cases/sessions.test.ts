import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import { ANONYMOUS } from '@supergraph/identity/caller';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { User } from '../domain/user.ts';
import { createPasswordHasher } from '../repositories/password-hash.scrypt.ts';
import { createRefreshTokens } from '../repositories/refresh-tokens.crypto.ts';
import { createTransactAccounts } from '../repositories/transact-accounts.postgres.ts';
import { createUserReader } from '../repositories/user-repository.postgres.ts';
import type { SignedIn } from './open-session.ts';
import { refreshSession } from './refresh-session.ts';
import { signIn } from './sign-in.ts';
import { signOut } from './sign-out.ts';
import { signUp } from './sign-up.ts';

const PASSWORD = 'correct horse';
const DAY_MS = 86_400_000;

let fixture: TestDatabase;
let clock: Date;
let hashesCompared: (string | undefined)[];

beforeAll(async () => {
  fixture = await createTestDatabase('user', new URL('../../migrations/', import.meta.url));
});
afterAll(() => fixture.drop());
beforeEach(async () => {
  clock = new Date('2026-01-01T00:00:00Z');
  hashesCompared = [];
  await fixture.database.query('truncate users, outbox, idempotency_keys cascade');
});

const later = (days: number): void => {
  clock = new Date(clock.getTime() + days * DAY_MS);
};

const useCases = ({ developmentAccounts = true } = {}) => {
  const passwords = createPasswordHasher();
  const deps = {
    users: createUserReader(fixture.database),
    transact: createTransactAccounts(fixture.database, 'a secret of tests'),
    passwords: {
      hash: passwords.hash,
      verify: (password: string, hash: string | undefined) => {
        hashesCompared.push(hash);
        return passwords.verify(password, hash);
      },
    },
    refreshTokens: createRefreshTokens(),
    // Access tokens have tests of their own; here they only need to show whom they are for.
    accessTokens: { issue: async (user: User) => ({ accessToken: `${user.id} ${user.role}`, expiresIn: 900 }) },
    now: () => clock,
    newId: randomUUID,
    developmentAccounts,
  };
  return { signUp: signUp(deps), signIn: signIn(deps), refreshSession: refreshSession(deps), signOut: signOut(deps) };
};

const signUpAda = (): Promise<SignedIn> =>
  useCases().signUp(ANONYMOUS, { email: 'Ada@example.com', password: PASSWORD, name: 'Ada', country: 'France' });
const refresh = (refreshToken: string, cases = useCases()): Promise<SignedIn> => cases.refreshSession(ANONYMOUS, { refreshToken });
const count = async (table: string): Promise<number> => (await fixture.database.query(`select 1 from ${table}`)).length;
const coded = (code: string) => expect.objectContaining({ code });
const TOKEN_INVALID = coded('REFRESH_TOKEN_INVALID');

describe('signing up', () => {
  test('makes a customer who can sign in, whatever the case of the email', async () => {
    const { user, expiresIn, accessToken } = await signUpAda();
    expect(user).toMatchObject({ email: 'ada@example.com', role: 'CUSTOMER', createdAt: clock, development: false });
    expect({ expiresIn, accessToken }).toEqual({ expiresIn: 900, accessToken: `${user.id} CUSTOMER` });
    expect((await useCases().signIn(ANONYMOUS, { email: ' ADA@example.com', password: PASSWORD })).user).toEqual(user);
  });

  test('twice with one email is refused, also at the same moment, and leaves no session behind', async () => {
    const results = await Promise.allSettled([signUpAda(), signUpAda(), signUpAda()]);
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(2);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'USER_EMAIL_TAKEN', kind: 'conflict' });
    expect([await count('users'), await count('sessions')]).toEqual([1, 1]);
  });

  test('again under its key makes one user and one event, and a session each time', async () => {
    const key = { callerId: 'anonymous', key: 'a-key-of-enough-length', requestHash: 'h1' };
    const ada = { email: 'ada@example.com', password: PASSWORD, name: 'Ada', country: 'France' };
    const first = await useCases().signUp(ANONYMOUS, ada, key);
    const again = await useCases().signUp(ANONYMOUS, ada, key);
    expect([again.user, again.refreshToken === first.refreshToken]).toEqual([first.user, false]);
    expect([await count('users'), await count('outbox'), await count('sessions')]).toEqual([1, 1, 2]);
  });

  test('with a bad password writes nothing', async () => {
    const attempt = useCases().signUp(ANONYMOUS, { email: 'ada@example.com', password: 'short', name: 'Ada', country: 'France' });
    await expect(attempt).rejects.toThrow(coded('USER_INVALID'));
    expect(await count('users')).toBe(0);
  });
});

describe('signing in', () => {
  test('refuses an unknown email, a wrong password and an account without one alike, after the same work', async () => {
    await signUpAda();
    await fixture.database.query(
      "insert into users (id, email, name, country, role, created_at) values ('1', 'no-password@example.com', 'N', 'France', 'CUSTOMER', now())",
    );
    const attempts = [
      ['ada@example.com', 'wrong horse'],
      ['nobody@example.com', PASSWORD],
      ['no-password@example.com', PASSWORD],
      ['\0', PASSWORD],
      ['ada@example.com', ''],
    ] as const;
    const refusals = [];
    for (const [email, password] of attempts)
      refusals.push(
        await useCases()
          .signIn(ANONYMOUS, { email, password })
          .catch(({ code, kind, message, details }) => ({ code, kind, message, details })),
      );
    expect(new Set(refusals.map((refusal) => JSON.stringify(refusal))).size).toBe(1);
    expect(refusals[0]).toMatchObject({ code: 'CREDENTIALS_INVALID', kind: 'unauthenticated' });
    expect(hashesCompared).toEqual([expect.any(String), undefined, undefined, undefined, expect.any(String)]);
    expect(await count('sessions')).toBe(1);
  });

  test('forgets sessions that have ended, and only those', async () => {
    const ended = await signUpAda();
    later(29);
    const alive = await useCases().signIn(ANONYMOUS, { email: 'ada@example.com', password: PASSWORD });
    later(2);
    await useCases().signIn(ANONYMOUS, { email: 'ada@example.com', password: PASSWORD });
    expect([await count('sessions'), await count('refresh_tokens')]).toEqual([2, 2]);
    await expect(refresh(ended.refreshToken)).rejects.toThrow(TOKEN_INVALID);
    expect((await refresh(alive.refreshToken)).user.email).toBe('ada@example.com');
  });
});

describe('refreshing', () => {
  test('gives new tokens with the role the account has now, and only the hash of the token is kept', async () => {
    const first = await signUpAda();
    await fixture.database.query("update users set role = 'STAFF'");
    const second = await refresh(first.refreshToken);
    expect(second.accessToken).toBe(`${first.user.id} STAFF`);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(Buffer.from(second.refreshToken, 'base64url')).toHaveLength(32);
    const stored = JSON.stringify(await fixture.database.query('select * from refresh_tokens'));
    for (const token of [first.refreshToken, second.refreshToken]) expect(stored).not.toContain(token);
  });

  test('with a spent token ends the whole session, the newest token included', async () => {
    const first = await signUpAda();
    const other = await useCases().signIn(ANONYMOUS, { email: 'ada@example.com', password: PASSWORD });
    const second = await refresh(first.refreshToken);
    const third = await refresh(second.refreshToken);
    await expect(refresh(first.refreshToken)).rejects.toThrow(TOKEN_INVALID);
    await expect(refresh(third.refreshToken)).rejects.toThrow(TOKEN_INVALID);
    expect((await refresh(other.refreshToken)).user).toEqual(other.user);
  });

  test('with one token many times at once succeeds exactly once', async () => {
    for (let round = 0; round < 5; round += 1) {
      await fixture.database.query('truncate users, outbox, idempotency_keys cascade');
      const { refreshToken } = await signUpAda();
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => refresh(refreshToken)));
      expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
      for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'REFRESH_TOKEN_INVALID' });
      expect(await count('refresh_tokens')).toBe(0);
    }
  });

  test('with a spent token beside the newest one never leaves a session alive', async () => {
    for (let round = 0; round < 5; round += 1) {
      await fixture.database.query('truncate users, outbox, idempotency_keys cascade');
      const first = await signUpAda();
      const second = await refresh(first.refreshToken);
      const results = await Promise.allSettled([refresh(second.refreshToken), refresh(first.refreshToken)]);
      expect(results[1]).toMatchObject({ status: 'rejected', reason: { code: 'REFRESH_TOKEN_INVALID' } });
      expect([await count('sessions'), await count('refresh_tokens')]).toEqual([0, 0]);
    }
  });

  test('is refused 30 days after the last use, not after the first', async () => {
    let { refreshToken } = await signUpAda();
    for (let month = 0; month < 3; month += 1) {
      later(29);
      ({ refreshToken } = await refresh(refreshToken));
    }
    later(30);
    await expect(refresh(refreshToken)).rejects.toThrow(TOKEN_INVALID);
    expect(await count('sessions')).toBe(0);
  });

  test('forgets tokens spent more than 30 days ago, so that a session does not grow for ever', async () => {
    let { refreshToken } = await signUpAda();
    for (let use = 0; use < 10; use += 1) {
      later(10);
      ({ refreshToken } = await refresh(refreshToken));
    }
    expect(await count('refresh_tokens')).toBe(5);
  });

  test.each(['', 'made-up', '\0', 'x'.repeat(10_000)])('with a token that never was is refused', async (token) => {
    await expect(refresh(token)).rejects.toThrow(TOKEN_INVALID);
  });
});

describe('signing out', () => {
  test('ends the session by any of its tokens, and leaves the others', async () => {
    const first = await signUpAda();
    const other = await useCases().signIn(ANONYMOUS, { email: 'ada@example.com', password: PASSWORD });
    const second = await refresh(first.refreshToken);
    expect(await useCases().signOut(ANONYMOUS, { refreshToken: first.refreshToken })).toEqual({ signedOut: true });
    await expect(refresh(second.refreshToken)).rejects.toThrow(TOKEN_INVALID);
    expect(await useCases().signOut(ANONYMOUS, { refreshToken: first.refreshToken })).toEqual({ signedOut: false });
    expect((await refresh(other.refreshToken)).user).toEqual(other.user);
  });
});

describe('a development account', () => {
  const production = () => useCases({ developmentAccounts: false });

  test('works in development, and in production is refused only to who knows the password', async () => {
    const { user } = await signUpAda();
    await fixture.database.query('update users set development = true');
    const credentials = { email: user.email, password: PASSWORD };
    expect((await useCases().signIn(ANONYMOUS, credentials)).user.id).toBe(user.id);
    const before = await count('sessions');
    await expect(production().signIn(ANONYMOUS, credentials)).rejects.toThrow(coded('DEVELOPMENT_ACCOUNT'));
    await expect(production().signIn(ANONYMOUS, { ...credentials, password: 'wrong horse' })).rejects.toThrow(coded('CREDENTIALS_INVALID'));
    expect(await count('sessions')).toBe(before);
  });

  test('cannot carry a session over into production', async () => {
    const { refreshToken } = await signUpAda();
    await fixture.database.query('update users set development = true');
    const next = await refresh(refreshToken);
    await expect(refresh(next.refreshToken, production())).rejects.toThrow(coded('DEVELOPMENT_ACCOUNT'));
    expect(await count('sessions')).toBe(0);
  });

  test('does not keep real accounts out of production', async () => {
    const { refreshToken } = await signUpAda();
    expect((await refresh(refreshToken, production())).user.email).toBe('ada@example.com');
  });
});
