import { signInRequired } from '@supergraph/identity/caller';
import { z } from 'zod';
import { path } from '../hal.ts';
import { type Api, addRoute } from '../http/route.ts';
import { text } from '../http/schemas.ts';
import { present } from '../resources/present.ts';
import { sessionResource, toSessionResource } from '../resources/session.ts';
import { toUserResource, USER_FIELDS, userNotFound, userResource } from '../resources/user.ts';

const newUser = z
  .strictObject({
    email: z.string().meta({ description: 'At most 254 characters, kept in lower case.', examples: ['ada@example.com'] }),
    password: z.string().meta({ description: '8 to 128 characters.', examples: ['correct horse battery staple'] }),
    name: z.string().meta({ description: '1 to 100 characters.', examples: ['Ada Lovelace'] }),
    country: z.string().meta({ description: '1 to 64 characters.', examples: ['United Kingdom'] }),
  })
  .meta({ id: 'NewUser', description: 'An account to make.' });

const profileChange = z
  .strictObject({
    name: z
      .string()
      .optional()
      .meta({ description: '1 to 100 characters.', examples: ['Ada King'] }),
    country: z
      .string()
      .optional()
      .meta({ description: '1 to 64 characters.', examples: ['Italy'] }),
  })
  .meta({ id: 'ProfileChange', description: 'What to change; what is left out stays.' });

const addAccountRoutes = (api: Api): void => {
  addRoute(api, {
    method: 'POST',
    url: '/users',
    id: 'createUser',
    tag: 'users',
    summary: "Makes a customer's account and signs it in",
    description: 'With the `Idempotency-Key` of a request that made an account there is no second one, but a new session for it.',
    body: newUser,
    idempotency: 'optional',
    cache: 'none',
    answers: { 201: { description: 'The session of the new account.', schema: sessionResource, headers: ['location'] } },
    handler: async ({ body, idempotency, subgraphs }) => {
      const answer = await subgraphs.user('SignUp', { ...body, idempotency });
      const session = present(answer.session, 'session');
      const { id } = present(session.user, 'user');
      return { status: 201, body: toSessionResource(session), headers: { location: path`/users/${id}` } };
    },
  });

  addRoute(api, {
    method: 'GET',
    url: '/users/me',
    id: 'getMe',
    tag: 'users',
    summary: 'Tells who is signed in',
    signIn: 'see your account',
    fields: USER_FIELDS,
    answers: { 200: { description: 'The account.', schema: userResource } },
    handler: async ({ caller, subgraphs }) => {
      const { user } = await subgraphs.user('GetMe', {});
      // The token outlived the account.
      if (user === null) throw signInRequired('see your account');
      return { body: toUserResource(user, caller), version: user.version };
    },
  });

  addRoute(api, {
    method: 'PATCH',
    url: '/users/me',
    id: 'updateMe',
    tag: 'users',
    summary: 'Changes the profile of who is signed in',
    signIn: 'change your profile',
    body: profileChange,
    ifMatch: 'required',
    answers: { 200: { description: 'The account as it is now.', schema: userResource, headers: ['etag'] } },
    handler: async ({ body, caller, expectedVersion, subgraphs }) => {
      const answer = await subgraphs.user('UpdateProfile', { ...body, ifVersion: expectedVersion });
      const user = present(answer.user, 'user');
      return { body: toUserResource(user, caller), version: user.version };
    },
  });
};

export const addUserRoutes = (api: Api): void => {
  addAccountRoutes(api);
  addRoute(api, {
    method: 'GET',
    url: '/users/:id',
    id: 'getUser',
    tag: 'users',
    summary: 'Tells about a user',
    description: 'Everybody sees themselves, staff see all; any other user is absent.',
    params: z.strictObject({ id: text.meta({ description: "The user's id.", examples: ['17850'] }) }),
    fields: USER_FIELDS,
    answers: { 200: { description: 'The user.', schema: userResource } },
    problems: [404],
    handler: async ({ params: { id }, caller, subgraphs }) => {
      const { users } = await subgraphs.user('GetUsers', { ids: [id] });
      const [user] = users;
      if (user === undefined) throw userNotFound(id);
      return { body: toUserResource(user, caller), version: user.version };
    },
  });
};
