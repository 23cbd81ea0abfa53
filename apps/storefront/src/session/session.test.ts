import { expect, test } from 'vitest';
import { ACCESS_KEY, createSession, type Grant, REFRESH_KEY, type Session, type SessionNews, SessionRefused } from './session.ts';

const grantOf = (number: number, expiresIn = 900): Grant => ({
  accessToken: `access-${number}`,
  refreshToken: `refresh-${number}`,
  expiresIn,
  user: { __typename: 'User', id: 'u1', name: 'Ada', email: 'ada@example.com' },
});

/** A session on a clock and a server of the test's own; `answers` are what refresh gives, one after another; `stored` a refresh token, or a store. */
const rig = (stored?: string | Map<string, string>, answers: (() => Promise<Grant>)[] = [], startsAt = 0) => {
  let now = startsAt;
  let timers: { at: number; action: () => void }[] = [];
  const store = typeof stored === 'object' ? stored : new Map<string, string>(stored === undefined ? [] : [[REFRESH_KEY, stored]]);
  const [sent, revoked, told]: [string[], string[], SessionNews[]] = [[], [], []];
  const session: Session = createSession({
    refresh: (token) => {
      sent.push(token);
      return answers.shift()?.() ?? Promise.reject(new Error('no answer was prepared'));
    },
    revoke: async (token) => revoked.push(token),
    store: {
      getItem: (key) => store.get(key) ?? null,
      setItem: (key, value) => void store.set(key, value),
      removeItem: (key) => void store.delete(key),
    },
    clock: {
      now: () => now,
      after: (ms, action) => {
        const timer = { at: now + ms, action };
        timers.push(timer);
        return () => {
          timers = timers.filter((other) => other !== timer);
        };
      },
    },
    renewBeforeMs: 60_000,
    tell: (news) => told.push(news),
  });
  const pass = async (ms: number): Promise<void> => {
    now += ms;
    const due = timers.filter(({ at }) => at <= now);
    timers = timers.filter(({ at }) => at > now);
    for (const { action } of due) action();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { session, store, sent, revoked, told, pass, timers: () => timers.length };
};

const refused = () => Promise.reject(new SessionRefused('used before'));
const away = () => Promise.reject(new Error('the network is away'));

test('a session is renewed before its access token expires, with the newest refresh token each time', async () => {
  const { session, sent, store, pass } = rig(undefined, [async () => grantOf(2), async () => grantOf(3)]);
  session.begin(grantOf(1));
  await pass(839_000);
  expect(sent).toEqual([]);
  await pass(1_000);
  expect(await session.accessToken()).toBe('access-2');
  await pass(840_000);
  expect([sent, store.get(REFRESH_KEY)]).toEqual([['refresh-1', 'refresh-2'], 'refresh-3']);
});

test('many who need a token at once renew once', async () => {
  const { session, sent } = rig('refresh-1', [async () => grantOf(2)]);
  const restored = session.restore();
  expect(session.state()).toEqual({ kind: 'restoring' });
  const tokens = await Promise.all([session.accessToken(), session.accessToken(), session.accessToken({ renew: true })]);
  await restored;
  expect([tokens, sent]).toEqual([['access-2', 'access-2', 'access-2'], ['refresh-1']]);
  expect(session.state()).toMatchObject({ kind: 'signed-in', user: { name: 'Ada' } });
});

test('a refusal ends the session for good', async () => {
  const { session, store, pass, timers } = rig('refresh-1', [refused]);
  await session.restore();
  expect(session.state()).toEqual({ kind: 'anonymous', ended: true });
  expect([store.get(REFRESH_KEY), await session.accessToken(), timers()]).toEqual([undefined, undefined, 0]);
  await pass(3_600_000);
  expect(session.state()).toEqual({ kind: 'anonymous', ended: true });
});

test('a server that is away ends nothing: it is asked again', async () => {
  const { session, store, pass } = rig('refresh-1', [away, away, async () => grantOf(2)]);
  await session.restore();
  await expect(session.accessToken()).rejects.toThrow('the network is away');
  expect([session.state().kind, store.get(REFRESH_KEY)]).toEqual(['restoring', 'refresh-1']);
  await pass(10_000);
  expect(await session.accessToken()).toBe('access-2');
});

test('after a laptop slept, the token that expired meanwhile is not sent', async () => {
  const { session, pass } = rig(undefined, [async () => grantOf(2)]);
  session.begin(grantOf(1));
  await pass(0);
  await pass(3_600_000);
  expect(await session.accessToken()).toBe('access-2');
});

test('signing out forgets at once, tells the server, and an answer that comes later brings nothing back', async () => {
  let answer = (_: Grant): void => undefined;
  const { session, revoked, store } = rig('refresh-1', [() => new Promise<Grant>((resolve) => (answer = resolve))]);
  const restored = session.restore();
  const out = session.signOut();
  answer(grantOf(2));
  await Promise.all([restored, out]);
  expect(session.state()).toEqual({ kind: 'anonymous', ended: false });
  expect([revoked, store.size, await session.accessToken()]).toEqual([['refresh-1'], 0, undefined]);
});

test('a duplicated tab takes over what the other tab renewed, and ends when that signs out', async () => {
  const first = rig('refresh-1', [async () => grantOf(2)]);
  const second = rig('refresh-1');
  await first.session.restore();
  for (const news of first.told) second.session.hear(news);
  expect([await second.session.accessToken(), second.sent]).toEqual(['access-2', []]);
  await first.session.signOut();
  for (const news of first.told) second.session.hear(news);
  expect(second.session.state()).toEqual({ kind: 'anonymous', ended: false });
});

test('a page that is loaded again goes on with the access token it has, and spends no refresh token', async () => {
  const before = rig();
  before.session.begin(grantOf(1));
  for (const startsAt of [1_000, 2_000, 839_000]) {
    const { session, sent } = rig(before.store, [], startsAt);
    await session.restore();
    expect([session.state(), await session.accessToken(), sent]).toEqual([{ kind: 'signed-in', user: grantOf(1).user }, 'access-1', []]);
  }
  const late = rig(before.store, [async () => grantOf(2)], 10_000);
  await late.session.restore();
  await late.pass(829_000);
  expect(late.sent).toEqual([]);
  await late.pass(1_000);
  expect([late.sent, await late.session.accessToken()]).toEqual([['refresh-1'], 'access-2']);
});

test('an access token that is good for a minute or less, is of another session or cannot be read, is renewed when the page is loaded', async () => {
  const kept = (text: string, startsAt: number) =>
    rig(
      new Map([
        [REFRESH_KEY, 'refresh-1'],
        [ACCESS_KEY, text],
      ]),
      [async () => grantOf(2)],
      startsAt,
    );
  const access = (refreshToken: string) => JSON.stringify({ token: 'access-1', expiresAt: 900_000, user: grantOf(1).user, refreshToken });
  for (const { session, sent } of [
    kept(access('refresh-1'), 840_000),
    kept(access('refresh-0'), 0),
    kept('{', 0),
    kept('null', 0),
    kept('{"token":"access-1"}', 0),
  ]) {
    await session.restore();
    expect([sent, await session.accessToken()]).toEqual([['refresh-1'], 'access-2']);
  }
});

test('nothing of a session stays in the store when it ends', async () => {
  const { session, store, pass } = rig(undefined, [refused]);
  session.begin(grantOf(1));
  expect([...store.keys()].sort()).toEqual([ACCESS_KEY, REFRESH_KEY].sort());
  await pass(840_000);
  expect([session.state(), store.size]).toEqual([{ kind: 'anonymous', ended: true }, 0]);
});
