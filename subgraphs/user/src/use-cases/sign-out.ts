import type { Caller } from '@supergraph/identity/caller';
import type { RefreshTokens, TransactAccounts } from './ports.ts';

/** Whoever holds a refresh token may end its session, with or without an access token. */
export const signOut =
  ({ transact, refreshTokens }: { transact: TransactAccounts; refreshTokens: RefreshTokens }) =>
  (_caller: Caller, input: { refreshToken: string }): Promise<{ signedOut: boolean }> =>
    transact(async ({ sessions }) => {
      const found = await sessions.lockByToken(refreshTokens.hash(input.refreshToken));
      if (found === undefined) return { signedOut: false };
      await sessions.end(found.session.id);
      return { signedOut: true };
    });
