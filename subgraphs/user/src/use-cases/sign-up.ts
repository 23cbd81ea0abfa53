import type { Caller } from '@supergraph/identity/caller';
import { checkPassword, newUser } from '../domain/user.ts';
import { userSignedUpEvent } from '../domain/user-events.ts';
import { type OpenSession, openSession, type SignedIn } from './open-session.ts';
import type { AccessTokenIssuer, PasswordHasher, TransactAccounts } from './ports.ts';

export interface SignUp {
  email: string;
  password: string;
  name: string;
  country: string;
}

export const signUp =
  (deps: OpenSession & { transact: TransactAccounts; passwords: PasswordHasher; accessTokens: AccessTokenIssuer }) =>
  async (_caller: Caller, input: SignUp): Promise<SignedIn> => {
    const user = newUser(deps.newId(), input, deps.now());
    const passwordHash = await deps.passwords.hash(checkPassword(input.password));
    const refreshToken = await deps.transact(async (accounts, publish) => {
      await accounts.users.add(user, passwordHash);
      await publish(userSignedUpEvent(user, { id: deps.newId(), time: deps.now() }));
      return openSession(accounts, user, deps);
    });
    return { ...(await deps.accessTokens.issue(user)), refreshToken, user };
  };
