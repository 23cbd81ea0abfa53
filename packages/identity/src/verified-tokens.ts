import { hash } from 'node:crypto';
import type { Identity } from './identity.ts';

/** `Authorization` headers that were verified a moment ago, so that the next request with the same one need not pay for it again. */
export interface VerifiedTokens {
  get(authorization: string): Identity | undefined;
  /** `expiresAt` is the end of the token itself, in milliseconds since 1970. */
  add(authorization: string, identity: Identity, expiresAt: number): void;
}

const MAX_TOKENS = 5_000;
const LIFETIME_MS = 60_000;

interface Entry {
  identity: Identity;
  endsAt: number;
}

/** Bounded: the least recently used token leaves first. Kept by hash, so that a dump of memory holds no token of ours. */
export const createVerifiedTokens = (maxTokens = MAX_TOKENS): VerifiedTokens => {
  const entries = new Map<string, Entry>();
  /** The one used last, which needs no new place. */
  let newest: string | undefined;
  const keyOf = (authorization: string): string => hash('sha256', authorization, 'base64');
  const putLast = (key: string, entry: Entry): void => {
    if (key === newest) return;
    entries.delete(key);
    entries.set(key, entry);
    newest = key;
  };
  return {
    get: (authorization) => {
      const key = keyOf(authorization);
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      if (Date.now() >= entry.endsAt) {
        entries.delete(key);
        return undefined;
      }
      putLast(key, entry);
      return entry.identity;
    },
    add: (authorization, identity, expiresAt) => {
      const endsAt = Math.min(expiresAt, Date.now() + LIFETIME_MS);
      if (endsAt <= Date.now()) return;
      const key = keyOf(authorization);
      entries.delete(key);
      entries.set(key, { identity, endsAt });
      newest = key;
      const [oldest] = entries.size > maxTokens ? entries.keys() : [];
      if (oldest !== undefined) entries.delete(oldest);
    },
  };
};
