import { createHmac } from 'node:crypto';
import { idempotencyKeyMissing, requestInvalid } from './request-errors.ts';

/** What the owning subgraph keeps with the outcome of a write. */
export interface Idempotency {
  key: string;
  /** The same exactly when method, path and body are. */
  requestHash: string;
}

const PRINTABLE = /^[\x21-\x7e]{1,255}$/;
/** The draft has a structured string, in quotes; most clients send the bare value. */
const QUOTED = /^"(.*)"$/;

/** JSON in one form, whatever the order in which the client wrote its members. Bodies are checked against their schema first: their depth is bounded. */
const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
};

interface HashedRequest {
  method: string;
  path: string;
  body: unknown;
}

/**
 * Reads `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07).
 * @param secret keys the hash: a body may hold a password, which a plain hash in a database would give away to whoever guesses.
 * @throws IDEMPOTENCY_KEY_MISSING, REQUEST_INVALID
 */
export const readIdempotency = (
  header: string | undefined,
  isRequired: boolean,
  { method, path, body }: HashedRequest,
  secret: string,
): Idempotency | undefined => {
  if (header === undefined) {
    if (isRequired) throw idempotencyKeyMissing();
    return undefined;
  }
  const key = QUOTED.exec(header)?.[1] ?? header;
  if (!PRINTABLE.test(key)) throw requestInvalid([{ header: 'Idempotency-Key', detail: 'expected 1 to 255 printable characters without spaces' }]);
  return {
    key,
    requestHash: createHmac('sha256', secret)
      .update(`${method} ${path}\n${canonical(body)}`)
      .digest('base64url'),
  };
};
