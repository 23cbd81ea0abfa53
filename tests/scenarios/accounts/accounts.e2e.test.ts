import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  MeDocument,
  OrdersDocument,
  RefreshSessionDocument,
  SignInDocument,
  SignOutDocument,
  SignUpDocument,
  UpdateProfileDocument,
  UserDocument,
  UsersDocument,
  type UsersQuery,
} from '../../generated/graphql.ts';
import { type Answer, startWorld, type World } from '../../world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
}, 120_000);
afterAll(() => world.stop());

const codes = (answer: { errors: { extensions: { code: string } }[] }): string[] => answer.errors.map(({ extensions }) => extensions.code);

describe('sessions', () => {
  test('sign up, read yourself, change your profile, refresh, sign out', async () => {
    const input = { email: 'Ada@Example.org', password: 'correct horse', name: 'Ada', country: 'United Kingdom' };
    const signedUp = await world.ask(SignUpDocument, { input });
    expect(signedUp.errors).toEqual([]);
    const session = signedUp.data?.signUp;
    expect(session?.user).toMatchObject({ email: 'ada@example.org', name: 'Ada', role: 'CUSTOMER' });
    expect(session?.expiresIn).toBe(900);
    expect(codes(await world.ask(SignUpDocument, { input }))).toHaveLength(1);

    expect((await world.ask(MeDocument, {}, session?.accessToken)).data?.me).toMatchObject({ name: 'Ada', orders: { nodes: [] } });
    const updated = await world.ask(UpdateProfileDocument, { input: { name: 'Ada L.' } }, session?.accessToken);
    expect(updated.data?.updateProfile?.user).toEqual({ name: 'Ada L.', country: 'United Kingdom' });

    const refreshed = await world.ask(RefreshSessionDocument, { input: { refreshToken: session?.refreshToken ?? '' } });
    expect(refreshed.errors).toEqual([]);
    const next = refreshed.data?.refreshSession?.refreshToken ?? '';
    expect((await world.ask(SignOutDocument, { input: { refreshToken: next } })).data?.signOut?.signedOut).toBe(true);
    expect(codes(await world.ask(RefreshSessionDocument, { input: { refreshToken: next } }))).toEqual(['REFRESH_TOKEN_INVALID']);
  });

  test('a refresh token that is used twice ends the whole session', async () => {
    const signedIn = await world.ask(SignInDocument, { input: { email: 'customer-12583@example.com', password: 'supergraph' } });
    const first = signedIn.data?.signIn?.refreshToken ?? '';
    const second = (await world.ask(RefreshSessionDocument, { input: { refreshToken: first } })).data?.refreshSession?.refreshToken ?? '';
    for (const refreshToken of [first, second])
      expect(codes(await world.ask(RefreshSessionDocument, { input: { refreshToken } }))).toEqual(['REFRESH_TOKEN_INVALID']);
  });

  test('a wrong password and an unknown email answer alike', async () => {
    const wrong = await world.ask(SignInDocument, { input: { email: 'staff@example.com', password: 'wrong-password' } });
    const unknown = await world.ask(SignInDocument, { input: { email: 'nobody@example.com', password: 'wrong-password' } });
    expect(codes(wrong)).toEqual(['CREDENTIALS_INVALID']);
    expect(unknown).toEqual(wrong);
  });

  test('the access token is an EdDSA JWT that the published keys verify', async () => {
    const token = await world.signIn('staff@example.com');
    const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', world.rooms.user.url));
    const { payload, protectedHeader } = await jwtVerify(token, keys, { audience: 'supergraph', algorithms: ['EdDSA'] });
    expect(protectedHeader.alg).toBe('EdDSA');
    expect(payload).toMatchObject({ sub: 'staff', role: 'STAFF' });
  });

  test.each([
    ['of another signer', 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJzdGFmZiIsInJvbGUiOiJTVEFGRiJ9.AAAA'],
    ['with alg none', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJzdGFmZiIsInJvbGUiOiJTVEFGRiJ9.e30'],
    ['that is no token', 'nonsense'],
  ])('a token %s is refused, never taken for nobody', async (_what, token) => {
    const answer = await world.ask(MeDocument, {}, token);
    expect(codes(answer)).toEqual(['ACCESS_TOKEN_INVALID']);
    expect(answer.data?.me ?? null).toBeNull();
  });
});

describe('who sees whom', () => {
  test('a customer sees their account and no other', async () => {
    const token = await world.signIn('customer-17850@example.com');
    expect((await world.ask(UserDocument, { id: '17850' }, token)).data?.user).toMatchObject({
      name: 'Customer 17850',
      orders: { nodes: [{ customer: { id: '17850' } }, {}] },
    });
    expect(await world.ask(UserDocument, { id: '13047' }, token)).toEqual(await world.ask(UserDocument, { id: 'no-such' }, token));
    expect(codes(await world.ask(UsersDocument, {}, token))).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
    expect((await world.ask(MeDocument, {})).data).toEqual({ me: null });
  });

  test('staff see all of the 4,374 accounts', async () => {
    const token = await world.signIn('staff@example.com');
    const imported = new Set<string>();
    for await (const { id, email } of everyUser(token)) if (email.endsWith('@example.com')) imported.add(id);
    expect(imported.size).toBe(4_374);
  });
});

async function* everyUser(token: string): AsyncGenerator<{ id: string; email: string }> {
  let after: string | null | undefined = null;
  do {
    const { data }: Answer<UsersQuery> = await world.ask(UsersDocument, { first: 100, after }, token);
    yield* data?.users?.nodes ?? [];
    after = data?.users?.pageInfo.hasNextPage ? data.users?.pageInfo.endCursor : undefined;
  } while (after);
}

describe('when a subgraph is gone', () => {
  test('the others answer with what they have, and the client learns which part is missing', async () => {
    const [token, staff] = await Promise.all([world.signIn('customer-17850@example.com'), world.signIn('staff@example.com')]);
    await world.rooms.order.process.stop(4_000);
    const me = await world.ask(MeDocument, {}, token);
    expect(me.data?.me).toMatchObject({ name: 'Customer 17850', orders: null });
    expect(me.errors).toHaveLength(1);
    expect(me.errors[0]?.path).toEqual(['me']);
    expect(JSON.stringify(me)).not.toMatch(/127\.0\.0\.1|ECONNREFUSED|stack/);
    expect(codes(await world.ask(OrdersDocument, {}, staff))).toHaveLength(1);
  });
});
