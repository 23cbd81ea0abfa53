import { parsePage, toConnection } from '@supergraph/pagination';
import type { User } from '../domain/user.ts';
import type { Resolvers } from '../generated/resolvers.ts';
import type { SignedIn } from '../use-cases/open-session.ts';
import { toUserDto, type UserDto } from './user-dto.ts';

const userOrNull = (user: User | null): UserDto | null => user && toUserDto(user);

const toSessionDto = ({ user, ...tokens }: SignedIn) => ({ ...tokens, user: toUserDto(user) });

export const resolvers: Resolvers = {
  Query: {
    me: async (_, __, { useCases, caller }) => userOrNull(await useCases.read.me(caller)),
    user: async (_, { id }, { loaders }) => userOrNull(await loaders.userById.load(id)),
    users: async (_, args, { useCases, caller }) => {
      const request = parsePage(args, ['string', 'string']);
      return toConnection(await useCases.read.users(caller, request), request, ({ name, id }) => [name, id], toUserDto);
    },
  },

  Mutation: {
    signUp: async (_, { input }, { useCases, caller }) => toSessionDto(await useCases.signUp(caller, input)),
    signIn: async (_, { input }, { useCases, caller }) => toSessionDto(await useCases.signIn(caller, input)),
    refreshSession: async (_, { input }, { useCases, caller }) => toSessionDto(await useCases.refreshSession(caller, input)),
    signOut: (_, { input }, { useCases, caller }) => useCases.signOut(caller, input),
    updateProfile: async (_, { input }, { useCases, caller }) => ({ user: toUserDto(await useCases.updateProfile(caller, input)) }),
  },

  User: {
    __resolveReference: async (reference, { loaders }) =>
      userOrNull('id' in reference ? await loaders.userById.load(reference.id) : await loaders.userByEmail.load(reference.email)),
  },
};
