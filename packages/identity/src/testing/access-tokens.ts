import { SignJWT } from 'jose';
import type { Key } from './jwks-endpoint.ts';

export const ISSUER = 'https://user.test';
export const AUDIENCE = 'test';

export const seconds = (): number => Math.floor(Date.now() / 1_000);

/** The claims of a good token, with changes; an undefined one is left out. */
export const claims = (changed: Record<string, unknown> = {}): Record<string, unknown> => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: '17850',
  role: 'CUSTOMER',
  iat: seconds(),
  exp: seconds() + 900,
  ...changed,
});

/** A token as the issuer makes it; `header` replaces parts of the good header. */
export const sign = (key: Key, payload = claims(), header: Record<string, unknown> = {}): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: String(key.jwk.alg), typ: 'at+jwt', kid: key.kid, ...header }).sign(key.privateKey);

export const bearer = async (...token: Parameters<typeof sign>): Promise<string> => `Bearer ${await sign(...token)}`;

export const encode = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
