import type { Handlers } from '@supergraph/grpc/grpc-server';
import { idempotentRequest } from '@supergraph/grpc/idempotent-request';
import { userInvalid } from '../domain/errors.ts';
import type { UsersDefinition } from '../generated/proto/supergraph/user/v1/Users.ts';
import type { UseCases } from '../use-cases/use-cases.ts';
import { toSessionMessage, toUserMessage } from './user-message.ts';

const MAX_IDS = 1_000;

/** gRPC in, use cases, messages out. */
export const userHandlers = (useCases: UseCases): Handlers<UsersDefinition> => ({
  GetUsers: async ({ ids }, { identity: { caller } }) => {
    if (ids.length > MAX_IDS) throw userInvalid('ids', `at most ${MAX_IDS}`);
    const users = await useCases.read.usersById(caller, ids);
    return { users: [...users.values()].map(toUserMessage) };
  },
  GetMe: async (_, { identity: { caller } }) => {
    const user = await useCases.read.me(caller);
    return { user: user && toUserMessage(user) };
  },
  SignUp: async ({ email, password, name, country, idempotency }, { identity: { caller } }) => {
    const key = idempotentRequest(caller, 'SignUp', idempotency);
    return { session: toSessionMessage(await useCases.signUp(caller, { email, password, name, country }, key)) };
  },
  SignIn: async ({ email, password }, { identity: { caller } }) => ({
    session: toSessionMessage(await useCases.signIn(caller, { email, password })),
  }),
  RefreshSession: async ({ refreshToken }, { identity: { caller } }) => ({
    session: toSessionMessage(await useCases.refreshSession(caller, { refreshToken })),
  }),
  SignOut: ({ refreshToken }, { identity: { caller } }) => useCases.signOut(caller, { refreshToken }),
  UpdateProfile: async ({ name, country, ifVersion }, { identity: { caller } }) => ({
    user: toUserMessage(await useCases.updateProfile(caller, { name, country }, ifVersion)),
  }),
});
