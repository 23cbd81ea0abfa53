import type { RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { remoteKeys } from './remote-keys.ts';
import { AUDIENCE, bearer, claims, encode, ISSUER } from './testing/access-tokens.ts';
import { type JwksEndpoint, newKey, startJwksEndpoint } from './testing/jwks-endpoint.ts';
import { createTokenVerifier, type TokenVerifier } from './token-verifier.ts';

const REFETCH_MS = 31_000;
const STALE_MS = 601_000;
const REFUSED = expect.objectContaining({ code: 'ACCESS_TOKEN_INVALID', kind: 'unauthenticated' });
const UNAVAILABLE = expect.objectContaining({ code: 'IDENTITY_UNAVAILABLE', kind: 'unavailable' });
const ADA = { caller: { role: 'customer', userId: '17850' } };

const [first, second, third] = [await newKey('first'), await newKey('second'), await newKey('third')];

let endpoint: JwksEndpoint;
beforeEach(async () => {
  endpoint = await startJwksEndpoint(first);
});
afterEach(async () => {
  vi.useRealTimers();
  await endpoint.close();
});

/** Only the date: the deadline of a fetch still runs in real time. */
const later = (milliseconds: number): void => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + milliseconds });
};

const createVerifier = (url = endpoint.url): TokenVerifier =>
  createTokenVerifier({ issuers: [{ issuer: ISSUER, audience: AUDIENCE, keys: remoteKeys(url) }] });

/** Every token is another one, so that none is remembered. */
let serial = 0;
const fresh = (key = first, header = {}): Promise<string> => bearer(key, claims({ jti: String(++serial) }), header);

const page: RequestListener = (_request, response) => void response.setHeader('content-type', 'text/html').end('<html></html>');
const bytes =
  (size: number): RequestListener =>
  (_request, response) => {
    const chunk = Buffer.alloc(65_536, ' ');
    let sent = 0;
    response.write(JSON.stringify({ keys: [first.jwk] }));
    const more = (): void => {
      while (sent < size && !response.destroyed) {
        sent += chunk.length;
        if (!response.write(chunk)) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  };
const status =
  (code: number, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    void response.writeHead(code, headers).end(JSON.stringify({ keys: [second.jwk] }));
const json =
  (document: unknown): RequestListener =>
  (_request, response) =>
    void response.end(JSON.stringify(document));

const USELESS: [string, RequestListener][] = [
  ['an error', status(500)],
  ['an error that looks like success', status(203)],
  ['a page', page],
  ['50 MB', bytes(50 * 1_048_576)],
  ['no keys', json({ keys: [] })],
  ['no key set', json({})],
  ['a list', json([second.jwk])],
  ['null', json(null)],
  ['keys that are none', json({ keys: [null, 1, 'key', {}] })],
  ['a secret key', json({ keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: 'second', alg: 'HS256' }] })],
  ['a private key', json({ keys: [{ ...second.jwk, d: 'c2VjcmV0' }] })],
  ['a redirect', status(302, { location: '/elsewhere' })],
];

describe("an issuer's keys", () => {
  test('are read once, however many tokens come in at once', async () => {
    const verify = createVerifier();
    await Promise.all(Array.from({ length: 20 }, async () => verify(await fresh())));
    await verify(await fresh());
    expect(endpoint.fetches()).toBe(1);
  });

  test('are read again for an unknown key, once in 30 s, however many tokens ask for how many keys (B-29)', async () => {
    const verify = createVerifier();
    await verify(await fresh());
    // Who knows no key looks at no signature: one does for all.
    const [, payload, signature] = (await fresh(second)).split('.');
    const all = Array.from({ length: 10_000 }, (_, index) => {
      const header = encode({ alg: 'EdDSA', typ: 'at+jwt', kid: `stranger-${index}` });
      return `Bearer ${header}.${payload}.${signature}`;
    });
    const outcomes = await Promise.allSettled(all.map(verify));
    expect(outcomes.filter(({ status: outcome }) => outcome === 'fulfilled')).toEqual([]);
    expect(endpoint.fetches()).toBe(2);

    later(REFETCH_MS);
    for (const token of all.slice(0, 50)) await expect(verify(token)).rejects.toThrow(REFUSED);
    expect(endpoint.fetches()).toBe(3);
  }, 30_000);

  test('rotate without a failed request, also when nobody said so before and many requests come at once', async () => {
    const verify = createVerifier();
    await verify(await fresh());
    endpoint.publish(first, second);
    const tokens = await Promise.all(Array.from({ length: 40 }, (_, index) => fresh(index % 2 === 0 ? first : second)));
    expect(await Promise.all(tokens.map(verify))).toHaveLength(40);
    expect(endpoint.fetches()).toBe(2);

    endpoint.publish(second, third);
    later(REFETCH_MS);
    expect(await verify(await fresh(third))).toMatchObject(ADA);
    expect(await verify(await fresh(second))).toMatchObject(ADA);
    await expect(verify(await fresh(first))).rejects.toThrow(REFUSED);
    expect(endpoint.fetches()).toBe(3);
  });

  test('that are withdrawn no longer count once the cache is old, and a token seen before counts for a minute at most', async () => {
    const verify = createVerifier();
    const token = await fresh();
    await verify(token);
    endpoint.publish(second);
    later(59_000);
    expect(await verify(token)).toMatchObject(ADA);
    later(STALE_MS);
    await expect(verify(token)).rejects.toThrow(REFUSED);
    expect(await verify(await fresh(second))).toMatchObject(ADA);
  });

  test('go on being used while the issuer is down, and bad tokens go on being refused', async () => {
    const verify = createVerifier();
    await verify(await fresh());
    await endpoint.close();
    later(STALE_MS);
    expect(await verify(await fresh())).toMatchObject(ADA);
    await expect(verify(await fresh(second, { kid: 'first' }))).rejects.toThrow(REFUSED);
    await expect(verify(await fresh(second))).rejects.toThrow(REFUSED);
  });

  test.each(USELESS)(
    'go on being used when the issuer answers with %s, are asked for again after 30 s, and taken up then (B-37)',
    async (_, listener) => {
      const verify = createVerifier();
      await verify(await fresh());
      endpoint.answer(listener);
      later(STALE_MS);
      for (let request = 0; request < 3; request++) expect(await verify(await fresh())).toMatchObject(ADA);
      await expect(verify(await fresh(second))).rejects.toThrow(REFUSED);
      expect(endpoint.fetches()).toBe(2);
      endpoint.publish(second);
      later(REFETCH_MS);
      expect(await verify(await fresh(second))).toMatchObject(ADA);
      await expect(verify(await fresh())).rejects.toThrow(REFUSED);
    },
  );

  test.each(USELESS)('that are only %s make no token good, and leave anonymous callers alone (B-37)', async (_, listener) => {
    endpoint.answer(listener);
    const verify = createVerifier();
    const error = await verify(await fresh(second)).catch((reason: unknown) => reason);
    expect(error).toEqual(UNAVAILABLE);
    expect((error as Error).cause).toBeInstanceOf(Error);
    expect(await verify(undefined)).toMatchObject({ caller: { role: 'anonymous' } });
  });

  test('of an issuer that starts after us are there a second later, and asked for once until then', async () => {
    endpoint.answer(status(503));
    const verify = createVerifier();
    for (let request = 0; request < 5; request++) await expect(verify(await fresh())).rejects.toThrow(UNAVAILABLE);
    expect(endpoint.fetches()).toBe(1);
    endpoint.publish(first);
    later(1_001);
    expect(await verify(await fresh())).toMatchObject(ADA);
  });

  test('of an issuer that is not there are told apart from a bad token', async () => {
    await endpoint.close();
    await expect(createVerifier()(await fresh())).rejects.toThrow(UNAVAILABLE);
  });

  test('are not looked for at the end of a redirect', async () => {
    const target = await startJwksEndpoint(first);
    endpoint.answer((_request, response) => void response.writeHead(302, { location: target.url }).end());
    await expect(createVerifier()(await fresh())).rejects.toThrow(UNAVAILABLE);
    expect(target.fetches()).toBe(0);
    await target.close();
  });

  test('are waited for 2 s at most when the issuer hangs, and when it was well before by one request, not by every one', async () => {
    const known = createVerifier();
    await known(await fresh());
    const unknown = createVerifier();
    endpoint.answer(() => undefined);
    later(STALE_MS);
    let started = performance.now();
    const [good, bad] = await Promise.allSettled([known(await fresh()), unknown(await fresh())]);
    expect(performance.now() - started).toBeGreaterThan(1_900);
    expect(performance.now() - started).toBeLessThan(3_500);
    expect([good, bad]).toMatchObject([{ status: 'fulfilled', value: ADA }, { status: 'rejected' }]);
    expect(bad).toMatchObject({ reason: UNAVAILABLE });

    started = performance.now();
    for (let request = 0; request < 3; request++) expect(await known(await fresh())).toMatchObject(ADA);
    expect(performance.now() - started).toBeLessThan(500);
  });

  test('are waited for 2 s at most also when they arrive byte by byte', async () => {
    endpoint.answer((_request, response) => {
      const timer = setInterval(() => response.write(' '), 100);
      response.once('close', () => clearInterval(timer));
    });
    const started = performance.now();
    await expect(createVerifier()(await fresh())).rejects.toThrow(UNAVAILABLE);
    expect(performance.now() - started).toBeLessThan(3_500);
  });
});
