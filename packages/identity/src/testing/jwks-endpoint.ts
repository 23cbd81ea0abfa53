import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose';

/** A key pair as an issuer has it. */
export interface Key {
  kid: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  /** What the issuer publishes. */
  jwk: JWK;
}

export const newKey = async (kid: string, alg = 'EdDSA'): Promise<Key> => {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
};

/** A real JWKS endpoint whose behaviour a test changes while it runs. */
export interface JwksEndpoint {
  url: string;
  /** Requests so far, to any path. */
  fetches(): number;
  publish(...keys: readonly Key[]): void;
  answer(listener: RequestListener): void;
  close(): Promise<void>;
}

export const startJwksEndpoint = async (...published: readonly Key[]): Promise<JwksEndpoint> => {
  let fetches = 0;
  let current: RequestListener;
  const publish = (...keys: readonly Key[]): void => {
    const body = JSON.stringify({ keys: keys.map(({ jwk }) => jwk) });
    current = (_request, response) => void response.setHeader('content-type', 'application/json').end(body);
  };
  publish(...published);
  const server = createServer((request, response) => {
    fetches += 1;
    current(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/jwks.json`,
    fetches: () => fetches,
    publish,
    answer: (listener) => {
      current = listener;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
