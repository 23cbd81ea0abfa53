import { DomainError } from '@supergraph/errors';
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { ANONYMOUS_IDENTITY, type Identity } from './identity.ts';
import { invalidAccessToken } from './token-errors.ts';
import { unverifiedIssuer } from './unverified-issuer.ts';
import { createVerifiedTokens } from './verified-tokens.ts';

/**
 * Turns the value of an `Authorization` header (undefined when there is none) into an identity.
 * @throws ACCESS_TOKEN_INVALID, or IDENTITY_UNAVAILABLE while an issuer's keys cannot be read.
 */
export type TokenVerifier = (authorization: string | undefined) => Promise<Identity>;

/** Every algorithm that can be allowed: signatures with a public key, so that a published key can never be used to sign. */
export const TOKEN_ALGORITHMS = ['EdDSA', 'ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const;
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

/** Whose tokens are accepted. An issuer that stands here is trusted to name users and their roles. */
export interface TokenIssuer {
  /** Value of the `iss` claim, to the letter. It alone decides whose keys a token is checked with. */
  issuer: string;
  /** What the `aud` claim is, or contains. */
  audience: string;
  /** Where the verification keys come from: `remoteKeys(url)`, or a set at hand. */
  keys: JWTVerifyGetKey;
  /** EdDSA, ES256 and RS256 when left out. */
  algorithms?: readonly TokenAlgorithm[];
  /** Required `typ` header, for instance `at+jwt` (RFC 9068): what tells access tokens from others of the same issuer. Any when left out. */
  type?: string;
}

const ROLES: ReadonlyMap<unknown, 'customer' | 'staff' | 'admin'> = new Map([
  ['CUSTOMER', 'customer'],
  ['STAFF', 'staff'],
  ['ADMIN', 'admin'],
]);
const DEFAULT_ALGORITHMS: readonly TokenAlgorithm[] = ['EdDSA', 'ES256', 'RS256'];
const CLOCK_LEEWAY_SECONDS = 30;
const MAX_TOKEN_LENGTH = 8_192;
const MAX_HEADER_LENGTH = 'Bearer '.length + MAX_TOKEN_LENGTH;

const tokenIn = (authorization: string): string => {
  if (authorization.length > MAX_HEADER_LENGTH) throw invalidAccessToken('it is larger than 8 KB');
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1];
  if (token === undefined) throw invalidAccessToken("expected 'Authorization: Bearer <token>'");
  return token;
};

const NOT_VALID_HERE = 'it is not valid here';

/** Checks signature, `iss`, `aud`, `exp`, `nbf` and `typ`. The header's `jku`, `x5u`, `jwk` and `x5c` are never read; `crit` is refused. */
const verifiedPayload = async (
  token: string,
  { keys, issuer, audience, algorithms = DEFAULT_ALGORITHMS, type }: TokenIssuer,
): Promise<JWTPayload> => {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: [...algorithms],
      requiredClaims: ['exp', 'sub', 'role'],
      clockTolerance: CLOCK_LEEWAY_SECONDS,
      ...(type === undefined ? {} : { typ: type }),
    });
    return payload;
  } catch (error) {
    if (error instanceof DomainError) throw error;
    if (error instanceof errors.JWTExpired) throw invalidAccessToken('it has expired');
    if (error instanceof errors.JOSEError) throw invalidAccessToken(NOT_VALID_HERE);
    // A published key that cannot be used, for instance RSA below 2048 bits: the issuer's fault, and no reason to accept anything.
    throw invalidAccessToken(NOT_VALID_HERE, error);
  }
};

const isTime = (claim: unknown): boolean => claim === undefined || Number.isFinite(claim);

/** JSON has 1e309, which is for ever; and jose leaves an `iat` that is yet to come to its caller. */
const hasSaneTimes = ({ exp, nbf, iat }: JWTPayload): boolean =>
  [exp, nbf, iat].every(isTime) && (iat ?? 0) <= Date.now() / 1_000 + CLOCK_LEEWAY_SECONDS;

const deepFreeze = <Value>(value: Value): Value => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
};

const identityOf = (payload: JWTPayload): Identity => {
  const role = ROLES.get(payload['role']);
  if (role === undefined || !payload.sub) throw invalidAccessToken('its role is unknown');
  const scope = payload['scope'];
  const scopes = typeof scope === 'string' ? scope.split(' ').filter((name) => name !== '') : [];
  return deepFreeze({ caller: { role, userId: payload.sub }, scopes, claims: payload });
};

/**
 * One verifier for every door. No header is an anonymous identity; a present but bad token is refused, never ignored.
 * Follows RFC 8725: algorithms listed per issuer and bound to the type of key, `iss`, `aud`, `exp` and `sub` required, 30 s of
 * clock leeway, at most 8 KB. A verified token is remembered for up to 60 s, so a withdrawn key counts for that much longer.
 * @throws Error when two issuers have the same name or one has none, or one allows an algorithm that is not in TOKEN_ALGORITHMS.
 */
export const createTokenVerifier = ({ issuers }: { issuers: readonly TokenIssuer[] }): TokenVerifier => {
  const byName = new Map(issuers.map((one) => [one.issuer, one]));
  if (byName.size !== issuers.length || byName.has('')) throw new Error('every token issuer needs a name of its own');
  const unsafe = issuers.flatMap(({ algorithms = [] }) => algorithms).find((name) => !TOKEN_ALGORITHMS.includes(name));
  if (unsafe !== undefined) throw new Error(`tokens cannot be verified with the algorithm ${unsafe}`);
  const verified = createVerifiedTokens();

  return async (authorization) => {
    if (authorization === undefined) return ANONYMOUS_IDENTITY;
    const remembered = verified.get(authorization);
    if (remembered !== undefined) return remembered;
    const token = tokenIn(authorization);
    const issuer = byName.get(unverifiedIssuer(token) ?? '');
    if (issuer === undefined) throw invalidAccessToken(NOT_VALID_HERE);
    const payload = await verifiedPayload(token, issuer);
    if (!hasSaneTimes(payload)) throw invalidAccessToken(NOT_VALID_HERE);
    const identity = identityOf(payload);
    verified.add(authorization, identity, (payload.exp ?? 0) * 1_000);
    return identity;
  };
};
