import type { Caller } from '@supergraph/identity/caller';
import { userNotFound } from '../domain/errors.ts';
import { checkPassword, newUser } from '../domain/user.ts';
import { userSignedUpEvent } from '../domain/user-events.ts';
import { type OpenSession, openSession, type SignedIn } from './open-session.ts';
import type { AccessTokenIssuer, PasswordHasher, SignUpKey, TransactAccounts } from './ports.ts';

export interface SignUp {
  email: string;
  password: string;
  name: string;
  country: string;
}

/** A sign-up that comes again under its key makes no second account, and opens a session of its own: tokens are kept nowhere. */
export const signUp =
  (deps: OpenSession & { transact: TransactAccounts; passwords: PasswordHasher; accessTokens: AccessTokenIssuer }) =>
  async (_caller: Caller, input: SignUp, key?: SignUpKey): Promise<SignedIn> => {
    const candidate = newUser(deps.newId(), input, deps.now());
    // Before the transaction: a hash takes long, and connections are few.
    const passwordHash = await deps.passwords.hash(checkPassword(input.password));
    const { user, refreshToken } = await deps.transact(async (accounts, publish) => {
      const id = await accounts.addOnce(key, async () => {
        await accounts.users.add(candidate, passwordHash);
        await publish(userSignedUpEvent(candidate, { id: deps.newId(), time: deps.now() }));
        return candidate.id;
      });
      const user = id === candidate.id ? candidate : (await accounts.users.byIds([id])).get(id);
      if (user === undefined) throw userNotFound(id);
      return { user, refreshToken: await openSession(accounts, user, deps) };
    });
    return { ...(await deps.accessTokens.issue(user)), refreshToken, user };
  };
