import type { Caller } from '@supergraph/identity/caller';
import { credentialsInvalid, developmentAccount } from '../domain/errors.ts';
import { normaliseEmail } from '../domain/user.ts';
import { type OpenSession, openSession, type SignedIn } from './open-session.ts';
import type { AccessTokenIssuer, PasswordHasher, TransactAccounts, UserReader } from './ports.ts';

export interface SignInDependencies extends OpenSession {
  users: Pick<UserReader, 'credentials'>;
  transact: TransactAccounts;
  passwords: PasswordHasher;
  accessTokens: AccessTokenIssuer;
  /** False in production. */
  developmentAccounts: boolean;
}

export const signIn =
  (deps: SignInDependencies) =>
  async (_caller: Caller, input: { email: string; password: string }): Promise<SignedIn> => {
    const account = await deps.users.credentials(normaliseEmail(input.email));
    // Verified for an unknown email too: the time an answer takes must not tell who has an account.
    const isRight = await deps.passwords.verify(input.password, account?.passwordHash);
    if (account === undefined || !isRight) throw credentialsInvalid();
    const { user } = account;
    if (user.development && !deps.developmentAccounts) throw developmentAccount();
    const refreshToken = await deps.transact((accounts) => openSession(accounts, user, deps));
    return { ...(await deps.accessTokens.issue(user)), refreshToken, user };
  };
