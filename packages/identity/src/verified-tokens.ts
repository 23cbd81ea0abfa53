import { hash } from 'node:crypto';
import type { Identity } from './identity.ts';

/** Tokens that were verified a moment ago, so that the next request with the same one need not pay for it again. */
export interface VerifiedTokens {
  get(token: string): Identity | undefined;
  /** `expiresAt` is the end of the token itself, in milliseconds since 1970. */
  add(token: string, identity: Identity, expiresAt: number): void;
}

const MAX_TOKENS = 5_000;
const LIFETIME_MS = 60_000;

/** Bounded: the least recently used token leaves first. Kept by hash, so that a dump of memory holds no token of ours. */
export const createVerifiedTokens = (maxTokens = MAX_TOKENS): VerifiedTokens => {
  const entries = new Map<string, { identity: Identity; endsAt: number }>();
  const keyOf = (token: string): string => hash('sha256', token, 'base64');
  return {
    get: (token) => {
      const key = keyOf(token);
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      if (Date.now() >= entry.endsAt) return undefined;
      entries.set(key, entry);
      return entry.identity;
    },
    add: (token, identity, expiresAt) => {
      const endsAt = Math.min(expiresAt, Date.now() + LIFETIME_MS);
      if (endsAt <= Date.now()) return;
      entries.set(keyOf(token), { identity, endsAt });
      const [oldest] = entries.size > maxTokens ? entries.keys() : [];
      if (oldest !== undefined) entries.delete(oldest);
    },
  };
};
