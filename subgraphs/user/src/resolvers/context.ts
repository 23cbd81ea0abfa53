import type { Caller } from '@supergraph/identity/caller';
import type { ReadUsers } from '../use-cases/read-users.ts';
import type { refreshSession } from '../use-cases/refresh-session.ts';
import type { signIn } from '../use-cases/sign-in.ts';
import type { signOut } from '../use-cases/sign-out.ts';
import type { signUp } from '../use-cases/sign-up.ts';
import type { updateProfile } from '../use-cases/update-profile.ts';
import { createLoaders, type Loaders } from './loaders.ts';

/** The use cases, as the resolvers call them. */
export interface UseCases {
  read: ReadUsers;
  signUp: ReturnType<typeof signUp>;
  signIn: ReturnType<typeof signIn>;
  refreshSession: ReturnType<typeof refreshSession>;
  signOut: ReturnType<typeof signOut>;
  updateProfile: ReturnType<typeof updateProfile>;
}

/** What every resolver of one request gets. */
export interface Context {
  caller: Caller;
  useCases: UseCases;
  loaders: Loaders;
}

export const createContext =
  (useCases: UseCases) =>
  (caller: Caller): Context => ({ caller, useCases, loaders: createLoaders(useCases.read, caller) });
