import { DomainError } from '@supergraph/errors';
import { createLocalJWKSet, createRemoteJWKSet, errors, type JSONWebKeySet, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { ANONYMOUS, type Caller } from './caller.ts';

/** The access token is malformed, expired, signed by a stranger or meant for somebody else. */
export const invalidAccessToken = (reason: string): DomainError =>
  new DomainError('unauthenticated', 'ACCESS_TOKEN_INVALID', `The access token was refused: ${reason}. Sign in again, or call refreshSession.`);

/** The issuer's keys cannot be read now, so a token can be neither accepted nor refused. */
export const identityUnavailable = (cause: unknown): DomainError =>
  new DomainError('unavailable', 'IDENTITY_UNAVAILABLE', 'Access tokens cannot be checked at the moment. Try again shortly.', {}, cause);

/** Turns the value of an `Authorization` header (undefined when there is none) into a caller. */
export type TokenVerifier = (authorization: string | undefined) => Promise<Caller>;

export interface TokenVerifierOptions {
  /** Where the verification keys come from: `remoteKeys(url)`, or the issuer's own keys. */
  keys: JWTVerifyGetKey;
  /** Required value of the `iss` claim. */
  issuer: string;
  /** Required value of the `aud` claim. */
  audience: string;
}

const ROLES: ReadonlyMap<unknown, 'customer' | 'staff' | 'admin'> = new Map([
  ['CUSTOMER', 'customer'],
  ['STAFF', 'staff'],
  ['ADMIN', 'admin'],
]);
const CLOCK_LEEWAY_SECONDS = 30;
const KEY_FETCH_DEADLINE_MS = 2_000;
const KEY_REFETCH_MS = 30_000;

/**
 * Keys from a JWKS endpoint (RFC 7517), cached for 10 minutes; an unknown `kid` refetches at most every 30 s.
 * When the endpoint fails, the last keys it gave go on being used, and it is asked again after 30 s: an issuer that is
 * down signs nobody out, and one that hangs does not slow every request down.
 */
export const remoteKeys = (url: string): JWTVerifyGetKey => {
  const remote = createRemoteJWKSet(new URL(url), { timeoutDuration: KEY_FETCH_DEADLINE_MS, cacheMaxAge: 600_000, cooldownDuration: KEY_REFETCH_MS });
  let lastGood: JSONWebKeySet | undefined;
  let askAgainAt = 0;
  return async (header, token) => {
    if (lastGood !== undefined && Date.now() < askAgainAt) return createLocalJWKSet(lastGood)(header, token);
    try {
      const key = await remote(header, token);
      lastGood = remote.jwks();
      return key;
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      if (lastGood === undefined) throw identityUnavailable(error);
      askAgainAt = Date.now() + KEY_REFETCH_MS;
      return createLocalJWKSet(lastGood)(header, token);
    }
  };
};

const verifiedClaims = async (token: string, { keys, issuer, audience }: TokenVerifierOptions): Promise<JWTPayload> => {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: ['EdDSA'],
      requiredClaims: ['exp', 'sub', 'role'],
      clockTolerance: CLOCK_LEEWAY_SECONDS,
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw invalidAccessToken('it has expired');
    if (error instanceof errors.JOSEError) throw invalidAccessToken('it is not valid here');
    throw error;
  }
};

/**
 * One verifier for every door. No header is an anonymous caller; a present but bad token is refused, never ignored.
 * Follows RFC 8725: one algorithm, `iss`, `aud`, `exp` and `sub` required, 30 s of clock leeway.
 * @returns a function that throws ACCESS_TOKEN_INVALID or IDENTITY_UNAVAILABLE.
 */
export const createTokenVerifier =
  ({ keys, issuer, audience }: TokenVerifierOptions): TokenVerifier =>
  async (authorization) => {
    if (authorization === undefined) return ANONYMOUS;
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1];
    if (token === undefined) throw invalidAccessToken("expected 'Authorization: Bearer <token>'");
    const payload = await verifiedClaims(token, { keys, issuer, audience });
    const role = ROLES.get(payload['role']);
    if (role === undefined || payload.sub === undefined) throw invalidAccessToken('its role is unknown');
    return { role, userId: payload.sub };
  };
