import { newSession } from '../domain/session.ts';
import type { User } from '../domain/user.ts';
import type { AccountWriter, RefreshTokens } from './ports.ts';

/** What a client keeps after it signed up, signed in or refreshed. */
export interface SignedIn {
  accessToken: string;
  refreshToken: string;
  /** Seconds until the access token expires. */
  expiresIn: number;
  user: User;
}

export interface OpenSession {
  refreshTokens: RefreshTokens;
  now: () => Date;
  newId: () => string;
}

/** @returns the session's first refresh token. */
export const openSession = async (accounts: AccountWriter, user: User, { refreshTokens, now, newId }: OpenSession): Promise<string> => {
  const { token, hash } = refreshTokens.make();
  await accounts.sessions.open(newSession(newId(), user.id, now()), hash, now());
  return token;
};
