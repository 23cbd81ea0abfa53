import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ANONYMOUS } from './caller.ts';
import { createTokenVerifier, remoteKeys, type TokenVerifier } from './token-verifier.ts';

const ISSUER = 'https://user.test';
const AUDIENCE = 'test';
const REFETCH_MS = 31_000;
const STALE_MS = 601_000;

interface Key {
  kid: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  jwk: JWK;
}

const newKey = async (kid: string): Promise<Key> => {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return { kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'EdDSA', use: 'sig' } };
};

const first = await newKey('first');
const second = await newKey('second');

/** A JWKS endpoint whose behaviour a test may change while it runs. */
let endpoint: Server;
let url: string;
let answer: RequestListener;
let fetches: number;

const publish = (...keys: Key[]): void => {
  answer = (_request, response) =>
    void response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }));
};
const fail = (): void => {
  answer = (_request, response) => void response.writeHead(500).end();
};
const hang = (): void => {
  answer = () => undefined;
};
const close = (): Promise<void> =>
  new Promise((resolve) => {
    endpoint.closeAllConnections();
    endpoint.close(() => resolve());
  });

beforeEach(async () => {
  fetches = 0;
  publish(first);
  endpoint = createServer((request, response) => {
    fetches += 1;
    answer(request, response);
  });
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/.well-known/jwks.json`;
});
afterEach(async () => {
  vi.useRealTimers();
  await close();
});

/** Only the date: the deadline of a fetch still runs in real time. */
const later = (milliseconds: number): void => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + milliseconds });
};

const createVerifier = (): TokenVerifier => createTokenVerifier({ keys: remoteKeys(url), issuer: ISSUER, audience: AUDIENCE });

const seconds = (): number => Math.floor(Date.now() / 1_000);
const claims = (changed: Record<string, unknown> = {}): Record<string, unknown> => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: '17850',
  role: 'CUSTOMER',
  exp: seconds() + 900,
  ...changed,
});
const bearer = async (payload = claims(), key = first, header: Record<string, unknown> = { kid: key.kid }): Promise<string> =>
  `Bearer ${await new SignJWT(payload).setProtectedHeader({ alg: 'EdDSA', ...header }).sign(key.privateKey)}`;

const REFUSED = expect.objectContaining({ code: 'ACCESS_TOKEN_INVALID', kind: 'unauthenticated' });
const UNAVAILABLE = expect.objectContaining({ code: 'IDENTITY_UNAVAILABLE', kind: 'unavailable' });
const ADA = { role: 'customer', userId: '17850' };

describe('the Authorization header', () => {
  test('that is absent makes an anonymous caller, without asking the issuer', async () => {
    expect(await createVerifier()(undefined)).toEqual(ANONYMOUS);
    expect(fetches).toBe(0);
  });

  test('with a good token makes the person it names, in each role', async () => {
    const verify = createVerifier();
    expect(await verify(await bearer())).toEqual(ADA);
    expect(await verify(await bearer(claims({ role: 'STAFF' })))).toEqual({ role: 'staff', userId: '17850' });
    expect(await verify(await bearer(claims({ role: 'ADMIN' })))).toEqual({ role: 'admin', userId: '17850' });
    expect(await verify((await bearer()).replace('Bearer', 'bearer'))).toEqual(ADA);
  });

  test('that is present but holds no token is refused, never taken for anonymous', async () => {
    const token = (await bearer()).slice('Bearer '.length);
    const headers = ['', 'Bearer', 'Bearer ', token, `Basic ${token}`, `Bearer  ${token}`, `Bearer ${token} `, `Bearer ${token}, Bearer ${token}`];
    for (const header of headers) await expect(createVerifier()(header), `'${header}'`).rejects.toThrow(REFUSED);
    expect(fetches).toBe(0);
  });
});

describe('a token', () => {
  test('signed by HMAC with the public key as the secret is refused', async () => {
    const { x } = first.jwk;
    const secrets = [await exportSPKI(first.publicKey), JSON.stringify(first.jwk), String(x), Buffer.from(String(x), 'base64url')];
    for (const secret of secrets) {
      const forged = await new SignJWT(claims({ role: 'ADMIN' })).setProtectedHeader({ alg: 'HS256', kid: 'first' }).sign(Buffer.from(secret));
      await expect(createVerifier()(`Bearer ${forged}`)).rejects.toThrow(REFUSED);
    }
  });

  test('that says it needs no signature is refused, with one and without', async () => {
    const [, payload, signature] = (await bearer()).split('.') as [string, string, string];
    for (const alg of ['none', 'None', '']) {
      const header = Buffer.from(JSON.stringify({ alg, kid: 'first' })).toString('base64url');
      await expect(createVerifier()(`Bearer ${header}.${payload}.${signature}`)).rejects.toThrow(REFUSED);
      await expect(createVerifier()(`Bearer ${header}.${payload}.`)).rejects.toThrow(REFUSED);
    }
  });

  test('that brings its own key is refused: only the published ones count', async () => {
    await expect(createVerifier()(await bearer(claims(), second, { kid: 'first', jwk: second.jwk }))).rejects.toThrow(REFUSED);
  });

  test('whose claims were changed after the signature is refused', async () => {
    const [header, payload, signature] = (await bearer()).split('.') as [string, string, string];
    const raised = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('CUSTOMER', 'ADMIN')).toString('base64url');
    expect(raised).not.toBe(payload);
    await expect(createVerifier()(`${header}.${raised}.${signature}`)).rejects.toThrow(REFUSED);
  });

  test('from another issuer, or meant for somebody else, is refused', async () => {
    for (const wrong of [{ iss: 'https://elsewhere.test' }, { iss: undefined }, { aud: 'others' }, { aud: ['others'] }, { aud: undefined }])
      await expect(createVerifier()(await bearer(claims(wrong))), JSON.stringify(wrong)).rejects.toThrow(REFUSED);
    expect(await createVerifier()(await bearer(claims({ aud: ['others', AUDIENCE] })))).toEqual(ADA);
  });

  test('without an end, a person or a role is refused', async () => {
    for (const missing of ['exp', 'sub', 'role'])
      await expect(createVerifier()(await bearer(claims({ [missing]: undefined }))), missing).rejects.toThrow(REFUSED);
  });

  test('with a role nobody knows is refused, names that every object has included', async () => {
    for (const role of ['OWNER', 'customer', '', 'constructor', '__proto__', 'toString', ['ADMIN'], null])
      await expect(createVerifier()(await bearer(claims({ role }))), String(role)).rejects.toThrow(REFUSED);
  });

  test('is good for 30 s after its end, for clocks that differ, and not longer', async () => {
    expect(await createVerifier()(await bearer(claims({ exp: seconds() - 25 })))).toEqual(ADA);
    const expired = createVerifier()(await bearer(claims({ exp: seconds() - 35 })));
    await expect(expired).rejects.toThrow(REFUSED);
    await expect(expired).rejects.toThrow('it has expired');
  });

  test('from the future is refused beyond the same 30 s', async () => {
    expect(await createVerifier()(await bearer(claims({ nbf: seconds() + 25 })))).toEqual(ADA);
    await expect(createVerifier()(await bearer(claims({ nbf: seconds() + 60 })))).rejects.toThrow(REFUSED);
  });

  test('that names no key is matched with the only one, and refused when there are two', async () => {
    expect(await createVerifier()(await bearer(claims(), first, {}))).toEqual(ADA);
    publish(first, second);
    await expect(createVerifier()(await bearer(claims(), first, {}))).rejects.toThrow(REFUSED);
  });
});

describe("the issuer's keys", () => {
  test('are read once, however many tokens come in', async () => {
    const verify = createVerifier();
    await Promise.all([verify(await bearer()), verify(await bearer()), verify(await bearer())]);
    await verify(await bearer());
    expect(fetches).toBe(1);
  });

  test('are read again for an unknown key, at most every 30 s', async () => {
    const verify = createVerifier();
    await verify(await bearer());
    publish(first, second);
    for (let attempt = 0; attempt < 3; attempt++) await expect(verify(await bearer(claims(), second))).rejects.toThrow(REFUSED);
    expect(fetches).toBe(1);

    later(REFETCH_MS);
    expect(await verify(await bearer(claims(), second))).toEqual(ADA);
    expect(await verify(await bearer(claims(), first))).toEqual(ADA);
    expect(fetches).toBe(2);
  });

  test('that are withdrawn no longer count once the cache is old', async () => {
    const verify = createVerifier();
    await verify(await bearer());
    publish(second);
    later(STALE_MS);
    await expect(verify(await bearer())).rejects.toThrow(REFUSED);
    expect(await verify(await bearer(claims(), second))).toEqual(ADA);
  });

  test('go on being used while the issuer is down, and bad tokens go on being refused', async () => {
    const verify = createVerifier();
    await verify(await bearer());
    await close();
    later(STALE_MS);
    expect(await verify(await bearer())).toEqual(ADA);
    await expect(verify(await bearer(claims(), second, { kid: 'first' }))).rejects.toThrow(REFUSED);
    await expect(verify(await bearer(claims(), second))).rejects.toThrow(REFUSED);
  });

  test('are taken up again when the issuer is back', async () => {
    const verify = createVerifier();
    await verify(await bearer());
    fail();
    later(STALE_MS);
    expect(await verify(await bearer())).toEqual(ADA);
    publish(second);
    later(REFETCH_MS);
    expect(await verify(await bearer(claims(), second))).toEqual(ADA);
    await expect(verify(await bearer())).rejects.toThrow(REFUSED);
  });

  test('that never could be read make tokens neither good nor bad, and say so with the reason as the cause', async () => {
    const answers: [string, RequestListener][] = [
      ['an error', (_request, response) => void response.writeHead(503).end()],
      ['a page', (_request, response) => void response.end('<html></html>')],
      ['no keys', (_request, response) => void response.end('{}')],
    ];
    for (const [what, listener] of answers) {
      answer = listener;
      const error = await createVerifier()(await bearer()).catch((reason: unknown) => reason);
      expect(error, what).toEqual(UNAVAILABLE);
      expect((error as Error).cause, what).toBeInstanceOf(Error);
    }
    await close();
    await expect(createVerifier()(await bearer())).rejects.toThrow(UNAVAILABLE);
  });

  test('are waited for 2 s at most when the issuer hangs, and when it was well before by one request, not by every one', async () => {
    const known = createVerifier();
    await known(await bearer());
    const unknown = createVerifier();
    hang();
    later(STALE_MS);
    const token = await bearer();
    let started = performance.now();
    const [good, bad] = await Promise.allSettled([known(token), unknown(token)]);
    expect(performance.now() - started).toBeGreaterThan(1_900);
    expect(performance.now() - started).toBeLessThan(3_500);
    expect([good, bad]).toEqual([
      { status: 'fulfilled', value: ADA },
      { status: 'rejected', reason: UNAVAILABLE },
    ]);

    started = performance.now();
    for (let request = 0; request < 3; request++) expect(await known(token)).toEqual(ADA);
    expect(performance.now() - started).toBeLessThan(500);
  });
});
