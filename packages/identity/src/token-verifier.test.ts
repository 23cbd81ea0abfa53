import { createLocalJWKSet } from 'jose';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ANONYMOUS_IDENTITY } from './identity.ts';
import { AUDIENCE, bearer, claims, ISSUER, seconds } from './testing/access-tokens.ts';
import { type Key, newKey } from './testing/jwks-endpoint.ts';
import { createTokenVerifier, type TokenIssuer, type TokenVerifier } from './token-verifier.ts';

const [own, other, ecdsa, rsa] = [await newKey('own'), await newKey('other'), await newKey('ecdsa', 'ES256'), await newKey('rsa', 'RS256')];

const REFUSED = expect.objectContaining({ code: 'ACCESS_TOKEN_INVALID', kind: 'unauthenticated' });
const ADA = { role: 'customer', userId: '17850' };

/** The keys of an issuer at hand, and how often they were asked for. */
const keysOf = (...keys: Key[]) => {
  const select = createLocalJWKSet({ keys: keys.map(({ jwk }) => jwk) });
  return vi.fn<TokenIssuer['keys']>((header, token) => select(header, token));
};
const verifierOf = (...issuers: Partial<TokenIssuer>[]): TokenVerifier =>
  createTokenVerifier({ issuers: issuers.map((one) => ({ issuer: ISSUER, audience: AUDIENCE, keys: keysOf(own, ecdsa, rsa), ...one })) });

afterEach(() => vi.useRealTimers());

describe('the Authorization header', () => {
  test('that is absent makes an anonymous identity that nobody can change, without asking for keys', async () => {
    const keys = keysOf(own);
    expect(await verifierOf({ keys })(undefined)).toBe(ANONYMOUS_IDENTITY);
    expect(ANONYMOUS_IDENTITY).toEqual({ caller: { role: 'anonymous' }, scopes: [], claims: {} });
    for (const part of [ANONYMOUS_IDENTITY, ANONYMOUS_IDENTITY.caller, ANONYMOUS_IDENTITY.scopes, ANONYMOUS_IDENTITY.claims])
      expect(Object.isFrozen(part)).toBe(true);
    expect(keys).not.toHaveBeenCalled();
  });

  test('with a good token makes the person it names, in each role, with its scopes and claims', async () => {
    const verify = verifierOf({});
    const payload = claims({ scope: 'orders:write  users:read', tenant: { id: 7 } });
    expect(await verify(await bearer(own, payload))).toEqual({ caller: ADA, scopes: ['orders:write', 'users:read'], claims: payload });
    expect((await verify(await bearer(own, claims({ role: 'STAFF' })))).caller).toEqual({ role: 'staff', userId: '17850' });
    expect((await verify(await bearer(own, claims({ role: 'ADMIN' })))).caller).toEqual({ role: 'admin', userId: '17850' });
    expect((await verify((await bearer(own)).replace('Bearer', 'bearer'))).caller).toEqual(ADA);
  });

  test('that is present but holds no token is refused, never taken for anonymous', async () => {
    const keys = keysOf(own);
    const token = (await bearer(own)).slice('Bearer '.length);
    const headers = ['', 'Bearer', 'Bearer ', token, `Basic ${token}`, `Bearer  ${token}`, `Bearer ${token} `, `Bearer ${token}, Bearer ${token}`];
    for (const header of headers) await expect(verifierOf({ keys })(header), `'${header}'`).rejects.toThrow(REFUSED);
    expect(keys).not.toHaveBeenCalled();
  });
});

describe('scopes', () => {
  test('are none when the claim is missing or is no text', async () => {
    for (const scope of [undefined, '', ['orders:write'], 7, { 'orders:write': true }])
      expect((await verifierOf({})(await bearer(own, claims({ scope })))).scopes, JSON.stringify(scope)).toEqual([]);
  });
});

describe('algorithms', () => {
  test('are EdDSA, ES256 and RS256 unless an issuer lists others', async () => {
    for (const key of [own, ecdsa, rsa]) expect((await verifierOf({})(await bearer(key))).caller, key.kid).toEqual(ADA);
    const onlyEdDsa = verifierOf({ algorithms: ['EdDSA'] });
    expect((await onlyEdDsa(await bearer(own))).caller).toEqual(ADA);
    for (const key of [ecdsa, rsa]) await expect(onlyEdDsa(await bearer(key)), key.kid).rejects.toThrow(REFUSED);
    const pss = await newKey('rsa', 'PS256');
    await expect(verifierOf({ keys: keysOf(pss) })(await bearer(pss))).rejects.toThrow(REFUSED);
    expect((await verifierOf({ keys: keysOf(pss), algorithms: ['PS256'] })(await bearer(pss))).caller).toEqual(ADA);
  });

  test('go with one type of key, and with the algorithm that the key itself names', async () => {
    const mislabelled: Key = { ...rsa, jwk: { ...rsa.jwk, alg: 'PS256' } };
    const verify = verifierOf({ keys: keysOf(mislabelled), algorithms: ['RS256', 'PS256'] });
    await expect(verify(await bearer(rsa))).rejects.toThrow(REFUSED);
    const sameName = verifierOf({ keys: keysOf({ ...ecdsa, jwk: { ...ecdsa.jwk, kid: 'own' } }) });
    await expect(sameName(await bearer(own))).rejects.toThrow(REFUSED);
  });

  test('with a shared secret cannot be allowed at all', () => {
    for (const name of ['HS256', 'none', 'dir'])
      expect(() => verifierOf({ algorithms: [name as 'EdDSA'] }), name).toThrow(`cannot be verified with the algorithm ${name}`);
  });

  test('do not make up for a key that is too weak: that is refused, with the reason as the cause', async () => {
    const { privateKey, publicKey } = await crypto.subtle.generateKey(
      { name: 'RSASSA-PKCS1-v1_5', modulusLength: 1_024, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
      true,
      ['sign', 'verify'],
    );
    const jwk = { ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: 'weak', alg: 'RS256', use: 'sig', key_ops: ['verify'] };
    const input = (await bearer(rsa, claims(), { kid: 'weak' })).slice('Bearer '.length).split('.').slice(0, 2).join('.');
    const signature = Buffer.from(await crypto.subtle.sign('RSASSA-PKCS1-v1_5', privateKey, Buffer.from(input))).toString('base64url');
    const error = await verifierOf({ keys: createLocalJWKSet({ keys: [jwk] }) })(`Bearer ${input}.${signature}`).catch((reason: unknown) => reason);
    expect(error).toEqual(REFUSED);
    expect((error as Error).cause).toBeInstanceOf(TypeError);
  });
});

describe('several issuers', () => {
  const PARTNER = 'https://partner.test';

  test('each have their keys, audience and algorithms; the iss claim tells which', async () => {
    const partner = await newKey('partner', 'RS256');
    const verify = verifierOf({ keys: keysOf(own), algorithms: ['EdDSA'] }, { issuer: PARTNER, audience: 'shop', keys: keysOf(partner) });
    expect((await verify(await bearer(own))).caller).toEqual(ADA);
    expect((await verify(await bearer(partner, claims({ iss: PARTNER, aud: 'shop' })))).caller).toEqual(ADA);
    await expect(verify(await bearer(partner, claims({ iss: PARTNER })))).rejects.toThrow(REFUSED);
    await expect(verify(await bearer(own, claims({ iss: PARTNER, aud: 'shop' })))).rejects.toThrow(REFUSED);
  });

  test('do not speak for each other, also where their keys have the same name (B-33)', async () => {
    const imposter = await newKey('own');
    const verify = verifierOf({ keys: keysOf(own) }, { issuer: PARTNER, keys: keysOf(imposter) });
    expect((await verify(await bearer(imposter, claims({ iss: PARTNER })))).caller).toEqual(ADA);
    await expect(verify(await bearer(imposter))).rejects.toThrow(REFUSED);
    await expect(verify(await bearer(own, claims({ iss: PARTNER })))).rejects.toThrow(REFUSED);
  });

  test('that nobody knows are refused without asking for any key', async () => {
    const keys = keysOf(own);
    for (const iss of ['https://elsewhere.test', '', 'constructor', '__proto__', [ISSUER], undefined])
      await expect(verifierOf({ keys })(await bearer(own, claims({ iss }))), String(iss)).rejects.toThrow(REFUSED);
    expect(keys).not.toHaveBeenCalled();
  });

  test('must have names of their own', () => {
    expect(() => verifierOf({}, {})).toThrow('a name of its own');
    expect(() => verifierOf({ issuer: '' })).toThrow('a name of its own');
  });
});

describe('a token of our own issuer', () => {
  test('must say that it is an access token (B-34)', async () => {
    const verify = verifierOf({ type: 'at+jwt' });
    expect((await verify(await bearer(own))).caller).toEqual(ADA);
    for (const typ of ['JWT', 'rt+jwt', 'id+jwt', '', undefined])
      await expect(verify(await bearer(own, claims(), { typ })), typ).rejects.toThrow(REFUSED);
    expect((await verifierOf({})(await bearer(own, claims(), { typ: 'JWT' }))).caller).toEqual(ADA);
  });
});

describe('a token that was seen before', () => {
  test('is not verified again for a minute, and what it grants cannot be changed by who got it first', async () => {
    const keys = keysOf(own);
    const verify = verifierOf({ keys });
    const token = await bearer(own, claims({ scope: 'orders:write', tenant: { ids: [1] } }));
    const identity = await verify(token);
    expect(await verify(token)).toBe(identity);
    expect(keys).toHaveBeenCalledTimes(1);
    for (const part of [identity, identity.caller, identity.scopes, identity.claims, identity.claims['tenant']])
      expect(Object.isFrozen(part)).toBe(true);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    await verify(token);
    expect(keys).toHaveBeenCalledTimes(2);
  });

  test('ends when it ends, also within that minute', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const keys = keysOf(own);
    const verify = verifierOf({ keys });
    const token = await bearer(own, claims({ exp: seconds() + 10 }));
    await verify(token);
    vi.setSystemTime(Date.now() + 11_000);
    expect((await verify(token)).caller).toEqual(ADA);
    expect(keys).toHaveBeenCalledTimes(2);
    vi.setSystemTime(Date.now() + 30_000);
    await expect(verify(token)).rejects.toThrow('it has expired');
  });

  test('says nothing about one that differs in a single character', async () => {
    const verify = verifierOf({});
    const token = await bearer(own);
    await verify(token);
    const last = token.at(-1) === 'A' ? 'Q' : 'A';
    await expect(verify(`${token.slice(0, -1)}${last}`)).rejects.toThrow(REFUSED);
    await expect(verify(await bearer(other, claims(), { kid: 'own' }))).rejects.toThrow(REFUSED);
  });
});
