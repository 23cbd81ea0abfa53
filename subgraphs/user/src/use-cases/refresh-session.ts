import { DomainError } from '@supergraph/errors';
import type { Caller } from '@supergraph/identity/caller';
import { developmentAccount, refreshTokenInvalid } from '../domain/errors.ts';
import { extendSession, isExpired } from '../domain/session.ts';
import type { SignedIn } from './open-session.ts';
import type { AccessTokenIssuer, RefreshTokens, TransactAccounts } from './ports.ts';

export interface RefreshSessionDependencies {
  transact: TransactAccounts;
  refreshTokens: RefreshTokens;
  accessTokens: AccessTokenIssuer;
  now: () => Date;
  /** False in production. */
  developmentAccounts: boolean;
}

/** A token that comes twice is in two hands, and nobody can tell which is the thief's: the session ends for both. */
export const refreshSession =
  ({ transact, refreshTokens, accessTokens, now, developmentAccounts }: RefreshSessionDependencies) =>
  async (_caller: Caller, input: { refreshToken: string }): Promise<SignedIn> => {
    const hash = refreshTokens.hash(input.refreshToken);
    const next = refreshTokens.make();
    // A refusal is returned, not thrown: a throw would roll back the end of the session.
    const outcome = await transact(async ({ users, sessions }) => {
      const found = await sessions.lockByToken(hash);
      if (found === undefined) return refreshTokenInvalid();
      const { session, isSpent } = found;
      const end = async (refusal: DomainError): Promise<DomainError> => {
        await sessions.end(session.id);
        return refusal;
      };
      const user = (await users.byIds([session.userId])).get(session.userId);
      if (isSpent || user === undefined || isExpired(session, now())) return end(refreshTokenInvalid());
      if (user.development && !developmentAccounts) return end(developmentAccount());
      await sessions.rotate(extendSession(session, now()), hash, next.hash, now());
      return user;
    });
    if (outcome instanceof DomainError) throw outcome;
    return { ...(await accessTokens.issue(outcome)), refreshToken: next.token, user: outcome };
  };
