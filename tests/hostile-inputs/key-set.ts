import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

export const ISSUER = 'https://user.supergraph.local';
export const AUDIENCE = 'supergraph';

/** The keys of an issuer, and what an attacker could make of them. */
export interface KeySet {
  jwks: { keys: unknown[] };
  /** The public key as a text that HS256 would take for a secret. */
  publicPem: string;
  /** Where the attacker publishes keys of their own. */
  attackerUrl: string;
  /** A token of the issuer; `claims` replace those of a valid one, undefined takes one away. */
  token(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
  /** The same signed by somebody else. */
  forged(header?: Record<string, unknown>): Promise<string>;
}

const seconds = (): number => Math.floor(Date.now() / 1_000);

/** Claims of a token that is valid for 5 minutes. */
export const validClaims = (): JWTPayload => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'a3e0ad7c-7d4c-4a37-9a3f-0d2c0a7c4f11',
  role: 'CUSTOMER',
  iat: seconds(),
  exp: seconds() + 300,
});

const sign = (key: CryptoKey, claims: JWTPayload, header: Record<string, unknown>): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'k1', ...header }).sign(key);

export const createKeySet = async (attackerUrl: string): Promise<KeySet> => {
  const own = await generateKeyPair('Ed25519', { extractable: true });
  const foreign = await generateKeyPair('Ed25519', { extractable: true });
  const jwk = { ...(await exportJWK(own.publicKey)), kid: 'k1', alg: 'EdDSA', use: 'sig' };
  return {
    jwks: { keys: [jwk] },
    publicPem: await exportSPKI(own.publicKey),
    attackerUrl,
    token: (claims = {}, header = {}) => sign(own.privateKey, { ...validClaims(), ...claims }, header),
    forged: (header = {}) => sign(foreign.privateKey, validClaims(), header),
  };
};
