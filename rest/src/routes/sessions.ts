import { z } from 'zod';
import { requestInvalid } from '../http/request-errors.ts';
import { type Api, addRoute } from '../http/route.ts';
import { present } from '../resources/present.ts';
import { sessionResource, toSessionResource } from '../resources/session.ts';

const REFRESH_HEADER = 'refresh-token';
const refreshToken = z.string().min(1).max(1_024);

/** Either of the two; a mistake in one is told with the name of its member. */
const credentials = z
  .union([
    z.strictObject({
      email: z
        .string()
        .min(1)
        .max(254)
        .meta({ examples: ['ada@example.com'] }),
      password: z
        .string()
        .min(1)
        .max(128)
        .meta({ examples: ['correct horse battery staple'] }),
    }),
    z.strictObject({ refreshToken }),
  ])
  .meta({ id: 'Credentials', description: 'An email and a password, or the newest refresh token of a session.' });

export const addSessionRoutes = (api: Api): void => {
  addRoute(api, {
    method: 'POST',
    url: '/sessions',
    id: 'createSession',
    tag: 'sessions',
    summary: 'Signs in, or goes on with a session',
    description:
      'Send this without an access token: an expired one is refused before anything is looked at. A refresh token works once; a second use ends its session. ' +
      'An Idempotency-Key has no effect here: no token is kept to be answered again. When the answer to a refresh is lost, sign in again.',
    isSignIn: true,
    body: credentials,
    cache: 'none',
    answers: { 201: { description: 'The session with its new tokens.', schema: sessionResource, headers: ['location'] } },
    handler: async ({ body, subgraphs }) => {
      const { session } = 'refreshToken' in body ? await subgraphs.user('RefreshSession', body) : await subgraphs.user('SignIn', body);
      return { status: 201, body: toSessionResource(present(session, 'session')), headers: { location: '/sessions/current' } };
    },
  });

  addRoute(api, {
    method: 'DELETE',
    url: '/sessions/current',
    id: 'deleteSession',
    tag: 'sessions',
    summary: 'Signs out',
    description: 'None of the refresh tokens of the session works any more. Access tokens live on until they expire, 15 minutes at most.',
    headers: { 'Refresh-Token': refreshToken.meta({ description: 'Any refresh token of the session.' }) },
    cache: 'none',
    answers: { 204: { description: 'The session has ended, now or before.' } },
    handler: async ({ request, subgraphs }) => {
      const token = refreshToken.safeParse(request.headers[REFRESH_HEADER]);
      if (!token.success) throw requestInvalid([{ header: 'Refresh-Token', detail: 'expected a refresh token of the session' }]);
      await subgraphs.user('SignOut', { refreshToken: token.data });
      return { status: 204 };
    },
  });
};
