import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** Stands in for the user subgraph: the one key of the run, and a customer who is signed in for all of it. */
export interface TokenIssuer {
  jwksUrl: string;
  token: string;
  close(): void;
}

export const CUSTOMER_ID = 'chaos-customer';
const KEY_ID = 'chaos';
const ISSUER = 'https://user.supergraph.local';
const AUDIENCE = 'supergraph';

export const startTokenIssuer = async (): Promise<TokenIssuer> => {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA');
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: KEY_ID, alg: 'EdDSA', use: 'sig' }] });
  const server = createServer((_request, response) => response.setHeader('content-type', 'application/json').end(keys));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const token = await new SignJWT({ role: 'CUSTOMER' })
    .setProtectedHeader({ alg: 'EdDSA', kid: KEY_ID })
    .setSubject(CUSTOMER_ID)
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt()
    .setExpirationTime('2h')
    .sign(privateKey);
  return {
    jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/jwks.json`,
    token,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
