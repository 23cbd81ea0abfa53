import type { UserReader } from './ports.ts';
import { readUsers } from './read-users.ts';
import { type RefreshSessionDependencies, refreshSession } from './refresh-session.ts';
import { type SignInDependencies, signIn } from './sign-in.ts';
import { signOut } from './sign-out.ts';
import { signUp } from './sign-up.ts';
import { updateProfile } from './update-profile.ts';

type Dependencies = SignInDependencies & RefreshSessionDependencies & { users: UserReader };

/** What people do here, as GraphQL and gRPC call it. */
export const createUseCases = (deps: Dependencies) => ({
  read: readUsers(deps),
  signUp: signUp(deps),
  signIn: signIn(deps),
  refreshSession: refreshSession(deps),
  signOut: signOut(deps),
  updateProfile: updateProfile(deps),
});

export type UseCases = ReturnType<typeof createUseCases>;
