import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Identity } from './identity.ts';
import { INTERNAL_TOKEN_HEADER, internalHeaders, signInternalToken, verifyInternalToken } from './internal-token.ts';

const KEY = 'k'.repeat(32);
const NOW = 1_790_000_000_000;
const BODY = '{"query":"{ me { id } }"}';
const IDENTITY: Identity = { caller: { role: 'customer', userId: '17850' }, scopes: ['orders:write'], claims: { sub: '17850', secret: 'sesame' } };
const RECEIVED: Identity = { ...IDENTITY, claims: {} };

const sign = (changed: Partial<Parameters<typeof signInternalToken>[0]> = {}): string =>
  signInternalToken({ key: KEY, audience: 'order', identity: IDENTITY, body: BODY, now: NOW, ...changed });
const verify = (token: string | undefined, changed: Partial<Parameters<typeof verifyInternalToken>[0]> = {}): Identity | undefined =>
  verifyInternalToken({ key: KEY, audience: 'order', token, body: BODY, now: NOW, ...changed });

/** What somebody who holds the key could make. */
const forge = (changed: object): string => {
  const payload = { ...JSON.parse(Buffer.from(sign().split('.')[0] as string, 'base64url').toString()), ...changed };
  const encoded = Buffer.from(JSON.stringify(payload)).toString('base64url');
  return `${encoded}.${createHmac('sha256', KEY).update(`${encoded}.${BODY}`).digest('base64url')}`;
};

describe('an internal token', () => {
  test('tells the receiver who asks and with which scopes, and keeps the claims of the access token', () => {
    expect(verify(sign())).toEqual(RECEIVED);
    expect(Buffer.from(sign().split('.')[0] as string, 'base64url').toString()).not.toContain('sesame');
    for (const caller of [{ role: 'anonymous' }, { role: 'admin', userId: '1' }, { role: 'service', name: 'webhooks' }] as const)
      expect(verify(sign({ identity: { caller, scopes: [], claims: {} } }))).toEqual({ caller, scopes: [], claims: {} });
  });

  test('is good for 60 s, with 5 s for clocks that differ on both sides', () => {
    const token = sign();
    for (const later of [-5_000, 0, 60_000, 64_999]) expect(verify(token, { now: NOW + later }), String(later)).toEqual(RECEIVED);
    for (const later of [-5_001, 65_000, 3_600_000]) expect(verify(token, { now: NOW + later }), String(later)).toBeUndefined();
  });

  test('is good for one service, one body and one key', () => {
    const token = sign();
    expect(verify(token, { audience: 'user' })).toBeUndefined();
    expect(verify(token, { key: 'x'.repeat(32) })).toBeUndefined();
    for (const body of [`${BODY} `, BODY.replace('id', 'ID'), '']) expect(verify(token, { body }), body).toBeUndefined();
    expect(verify(token, { body: Buffer.from(BODY) })).toEqual(RECEIVED);
    expect(verify(sign({ body: 'é' }), { body: Buffer.from('é') })).toEqual(RECEIVED);
  });

  test('ends in the HMAC-SHA256 of what stands before it and the body, whatever their sizes', () => {
    for (const length of [32, 63, 64, 65, 500]) {
      for (const body of ['', 'é€𝄞', 'x'.repeat(100), 'ä'.repeat(100_000), Buffer.from([0, 255, 46]), new Uint8Array(70_000).fill(7)]) {
        const key = 'ö'.repeat(length / 2).padEnd(length, 'k');
        const [payload, mac] = sign({ key, body }).split('.');
        expect(mac, `${length} ${body.length}`).toBe(createHmac('sha256', key).update(`${payload}.`).update(body).digest('base64url'));
      }
    }
  });

  test('is none in any other form', () => {
    const [payload, mac] = sign().split('.') as [string, string];
    const raised = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('customer', 'admin')).toString('base64url');
    const tokens = [
      undefined,
      '',
      '.',
      payload,
      `${payload}.`,
      `.${mac}`,
      `${raised}.${mac}`,
      `${payload}.${mac}=`,
      `${payload}.${mac}.`,
      `${payload}.${mac}, ${payload}.${mac}`,
      ` ${payload}.${mac}`,
      `${payload}=.${mac}`,
      `${payload}.${mac.slice(0, -1)}`,
      `${payload}.${mac.toUpperCase()}`,
      `${payload}.${Buffer.alloc(32).toString('base64url')}`,
      `${String.fromCharCode(payload.charCodeAt(0) + 256)}${payload.slice(1)}.${mac}`,
      `${'e30'.repeat(3_000)}.${mac}`,
      '.'.repeat(1_000_000),
    ];
    for (const token of tokens) expect(verify(token), String(token).slice(0, 200)).toBeUndefined();
  });

  test('that lasts longer or has no times is none, even when its MAC is good', () => {
    expect(verify(forge({}))).toEqual(RECEIVED);
    const seconds = NOW / 1_000;
    const changes = [{ exp: seconds + 61 }, { exp: undefined }, { iat: undefined }, { exp: null }, { iat: '0' }, { aud: ['order'] }];
    for (const change of changes) expect(verify(forge(change)), JSON.stringify(change)).toBeUndefined();
  });

  test('is neither made nor checked with a key that is too short', () => {
    expect(() => sign({ key: 'k'.repeat(31) })).toThrow(RangeError);
    expect(() => verify(sign(), { key: '' })).toThrow(RangeError);
  });

  test('stands in the headers of a call', () => {
    const headers = internalHeaders(KEY, 'order', IDENTITY, BODY);
    expect(headers['content-type']).toBe('application/json');
    expect(verifyInternalToken({ key: KEY, audience: 'order', token: headers[INTERNAL_TOKEN_HEADER], body: BODY })).toEqual(RECEIVED);
  });
});
