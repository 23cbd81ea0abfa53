import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** Somebody who signs access tokens, and publishes the key to check them with. */
export interface Issuer {
  /** What a router must know to accept its tokens. */
  env: Readonly<Record<'TOKEN_JWKS_URL' | 'TOKEN_ISSUER' | 'TOKEN_AUDIENCE', string>>;
  /** The Authorization header of a user with a fresh token. */
  headers: Readonly<Record<'authorization', string>>;
  /** The same of other users, by number. */
  headersOf(user: number): Promise<Issuer['headers']>;
  stop(): void;
}

const ISSUER = 'https://user.supergraph.local';
const AUDIENCE = 'supergraph';
const KEY_ID = 'bench';

export const startIssuer = async (): Promise<Issuer> => {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true });
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: KEY_ID, alg: 'EdDSA', use: 'sig' }] });
  const server = createServer((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(keys));
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const headersOf = async (user: number): Promise<Issuer['headers']> => {
    const token = await new SignJWT({ role: 'STAFF' })
      .setProtectedHeader({ alg: 'EdDSA', kid: KEY_ID, typ: 'at+jwt' })
      .setSubject(`00000000-0000-4000-8000-${String(user).padStart(12, '0')}`)
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt()
      .setExpirationTime('2h')
      .sign(privateKey);
    return { authorization: `Bearer ${token}` };
  };
  return {
    env: {
      TOKEN_JWKS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/jwks.json`,
      TOKEN_ISSUER: ISSUER,
      TOKEN_AUDIENCE: AUDIENCE,
    },
    headers: await headersOf(1),
    headersOf,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
