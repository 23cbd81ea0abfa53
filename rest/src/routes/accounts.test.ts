import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const lastRequest = () => api.rooms.received.at(-1)?.request;

describe('a session', () => {
  test('begins with a password or a refresh token, is kept by nobody, and leads on', async () => {
    const signedIn = await api.ask(undefined, 'POST', '/sessions', { body: { email: 'ada@example.com', password: 'correct horse' } });
    expect([signedIn.status, signedIn.headers.get('cache-control'), signedIn.headers.get('etag')]).toEqual([201, 'no-store', null]);
    expect(signedIn.body).toMatchObject({ accessToken: 'at', refreshToken: 'r1', expiresIn: 900, _embedded: { user: { id: '7' } } });
    expect(signedIn.body._links).toMatchObject({ me: { href: '/users/me' }, delete: { href: '/sessions/current' } });
    const refreshed = await api.ask(undefined, 'POST', '/sessions', { body: { refreshToken: 'r1' } });
    expect(refreshed.body.refreshToken).toBe('r1+1');
  });

  test('does not begin with a wrong password, nor with half of both', async () => {
    const wrong = await api.ask(undefined, 'POST', '/sessions', { body: { email: 'ada@example.com', password: 'guess' } });
    expect(wrong.body).toMatchObject({ status: 401, code: 'CREDENTIALS_INVALID' });
    const mixed = await api.ask(undefined, 'POST', '/sessions', { body: { email: 'ada@example.com', refreshToken: 'r1' } });
    expect(mixed.status).toBe(400);
  });

  test('ends with its refresh token, which the client has to send', async () => {
    expect((await api.ask('ada', 'DELETE', '/sessions/current')).body).toMatchObject({ status: 400, errors: [{ header: 'Refresh-Token' }] });
    const ended = await api.ask('ada', 'DELETE', '/sessions/current', { headers: { 'refresh-token': 'r1' } });
    expect([ended.status, lastRequest()]).toEqual([204, { refreshToken: 'r1' }]);
  });
});

describe('an account', () => {
  test('is made and signed in', async () => {
    const account = { email: 'ada@example.com', password: 'correct horse', name: 'Ada', country: 'Ireland' };
    const made = await api.ask(undefined, 'POST', '/users', { body: account, headers: { 'idempotency-key': 'sign-up-1' } });
    expect([made.status, made.headers.get('location'), made.body.accessToken]).toEqual([201, '/users/7', 'at']);
    expect(lastRequest()).toMatchObject({ ...account, idempotency: { key: 'sign-up-1' } });
  });

  test('is shown to its owner with what they may do, and is absent for others', async () => {
    const mine = await api.ask('ada', 'GET', '/users/me');
    expect(mine.body).toMatchObject({
      id: '7',
      name: 'Ada',
      _links: { self: { href: '/users/7' }, edit: { href: '/users/me' }, orders: { href: '/orders' } },
    });
    expect(mine.headers.get('etag')).toMatch(/^"3\./);
    const seenByStaff = await api.ask('sam', 'GET', '/users/7');
    expect(Object.keys(seenByStaff.body._links)).toEqual(['self']);
    expect((await api.ask(undefined, 'GET', '/users/7')).body).toMatchObject({ status: 404, code: 'USER_NOT_FOUND' });
    expect((await api.ask(undefined, 'GET', '/users/me')).body).toMatchObject({ status: 401, code: 'SIGN_IN_REQUIRED' });
    // The account of this token is gone.
    expect((await api.ask('eve', 'GET', '/users/me')).status).toBe(401);
  });

  test('changes in the state that was read', async () => {
    const headers = { 'if-match': (await api.ask('ada', 'GET', '/users/me')).headers.get('etag') ?? '' };
    const changed = await api.ask('ada', 'PATCH', '/users/me', { body: { name: 'Ada King' }, headers });
    expect([changed.status, changed.body.name, changed.headers.get('etag')?.slice(0, 3)]).toEqual([200, 'Ada King', '"4.']);
    expect(lastRequest()).toEqual({ name: 'Ada King', ifVersion: 3 });
    const unknown = await api.ask('ada', 'PATCH', '/users/me', { body: { role: 'ADMIN' }, headers });
    expect(unknown.body).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
  });
});
