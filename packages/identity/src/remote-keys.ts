import { createLocalJWKSet, errors, type JSONWebKeySet, type JWK, type JWTVerifyGetKey } from 'jose';
import { identityUnavailable } from './token-errors.ts';

const FETCH_DEADLINE_MS = 2_000;
const MAX_DOCUMENT_BYTES = 1_048_576;
const CACHE_MS = 600_000;
const REFETCH_MS = 30_000;
/** Until there are any keys nobody can sign in: an issuer that starts a moment after us is found soon. */
const FIRST_KEYS_MS = 1_000;

const ASYMMETRIC = new Set(['OKP', 'EC', 'RSA']);

const readBounded = async (response: Response): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_DOCUMENT_BYTES) throw new Error(`the key set is larger than ${MAX_DOCUMENT_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
};

/** A secret (`oct`) and a private key have no business in a public document: they verify nothing. */
const isPublicKey = (key: unknown): key is JWK =>
  typeof key === 'object' && key !== null && 'kty' in key && ASYMMETRIC.has(String(key.kty)) && !('d' in key);

const fetchKeys = async (endpoint: URL): Promise<JSONWebKeySet> => {
  const response = await fetch(endpoint, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(FETCH_DEADLINE_MS),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`the key set was answered with ${response.status}`);
  }
  const document: unknown = JSON.parse(await readBounded(response));
  const listed = typeof document === 'object' && document !== null && 'keys' in document && Array.isArray(document.keys) ? document.keys : [];
  const keys = listed.filter(isPublicKey);
  if (keys.length === 0) throw new Error('the key set holds no public key');
  return { keys };
};

/**
 * Keys from a JWKS endpoint (RFC 7517), cached for 10 minutes. An unknown `kid` asks the endpoint again, at most once in
 * 30 s, and all requests that wait share that one fetch: keys rotate without a failed request. An answer counts only when it
 * comes within 2 s, is 200 without a redirect, at most 1 MB, and holds a key. When it does not, the last good keys go on
 * being used and it is asked again after 30 s: an issuer that is down signs nobody out, and one that hangs does not slow every
 * request down.
 * @returns a key function for `createTokenVerifier`, which throws IDENTITY_UNAVAILABLE as long as there never were any keys.
 */
export const remoteKeys = (url: string): JWTVerifyGetKey => {
  const endpoint = new URL(url);
  let known: { select: JWTVerifyGetKey; fetchedAt: number } | undefined;
  let fetching: Promise<void> | undefined;
  let failure: { error: unknown; askAgainAt: number } | undefined;
  let unknownKidAskedAgainAt = 0;

  /** Never rejects: what went wrong is in `failure`. */
  const refresh = (): Promise<void> => {
    fetching ??= fetchKeys(endpoint)
      .then(
        (keys) => {
          known = { select: createLocalJWKSet(keys), fetchedAt: Date.now() };
          failure = undefined;
        },
        (error: unknown) => {
          failure = { error, askAgainAt: Date.now() + (known === undefined ? FIRST_KEYS_MS : REFETCH_MS) };
        },
      )
      .finally(() => {
        fetching = undefined;
      });
    return fetching;
  };
  const mayAsk = (): boolean => failure === undefined || Date.now() >= failure.askAgainAt;
  const isStale = (): boolean => known === undefined || Date.now() - known.fetchedAt >= CACHE_MS;

  /** @returns true when there is a set of keys that was not looked at before. */
  const hasNewer = async (than: object): Promise<boolean> => {
    if (fetching === undefined && known === than) {
      if (!mayAsk() || Date.now() < unknownKidAskedAgainAt) return false;
      unknownKidAskedAgainAt = Date.now() + REFETCH_MS;
      void refresh();
    }
    await fetching;
    return known !== than;
  };

  return async (header, token) => {
    if (isStale() && mayAsk()) await refresh();
    if (known === undefined) throw identityUnavailable(failure?.error);
    const used = known;
    try {
      return await used.select(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey && (await hasNewer(used))) return known.select(header, token);
      throw error;
    }
  };
};
