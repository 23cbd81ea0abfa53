import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** An issuer of tokens in the place of the user subgraph, which is not under test, and the token of a member of staff. */
export const startIssuer = async (): Promise<{ url: string; token: string; close: () => void }> => {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA');
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'chaos', alg: 'EdDSA' }] });
  const server = createServer((_, response) => response.setHeader('content-type', 'application/json').end(keys));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const token = await new SignJWT({ role: 'STAFF', scope: 'orders:read orders:manage' })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'chaos', typ: 'at+jwt' })
    .setSubject('chaos')
    .setIssuer('https://user.supergraph.local')
    .setAudience('supergraph')
    .setExpirationTime('2h')
    .sign(privateKey);
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token, close };
};
