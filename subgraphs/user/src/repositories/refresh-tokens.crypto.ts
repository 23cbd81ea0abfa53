import { createHash, randomBytes } from 'node:crypto';
import type { RefreshTokens } from '../use-cases/ports.ts';

const TOKEN_BYTES = 32;

/** A plain SHA-256 is enough: 256 random bits cannot be guessed, whatever the speed. */
export const createRefreshTokens = (): RefreshTokens => {
  const hash = (token: string): string => createHash('sha256').update(token).digest('base64url');
  return {
    hash,
    make: () => {
      const token = randomBytes(TOKEN_BYTES).toString('base64url');
      return { token, hash: hash(token) };
    },
  };
};
