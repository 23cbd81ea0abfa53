import { expect, test } from 'vitest';
import { onAnotherUser } from './on-another-user.ts';
import { createSession, type Grant } from './session.ts';

const grantOf = (id: string): Grant => ({
  accessToken: `access-${id}`,
  refreshToken: `refresh-${id}`,
  expiresIn: 900,
  user: { __typename: 'User', id, name: id, email: `${id}@example.com` },
});

test('another user and nobody are told, a renewal by the same user is not', async () => {
  const store = new Map<string, string>();
  const session = createSession({
    refresh: async () => grantOf('ada'),
    revoke: async () => undefined,
    store: {
      getItem: (key) => store.get(key) ?? null,
      setItem: (key, value) => void store.set(key, value),
      removeItem: (key) => void store.delete(key),
    },
    clock: { now: () => 0, after: () => () => undefined },
    renewBeforeMs: 60_000,
  });
  let times = 0;
  onAnotherUser(session, () => {
    times += 1;
  });
  session.begin(grantOf('ada'));
  const signedIn = times;
  await session.accessToken({ renew: true });
  const renewed = times;
  session.begin(grantOf('grace'));
  const changed = times;
  await session.signOut();
  expect([signedIn, renewed, changed, times]).toEqual([1, 1, 2, 3]);
});
