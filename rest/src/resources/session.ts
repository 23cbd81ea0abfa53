import type { Caller } from '@supergraph/identity/caller';
import { z } from 'zod';
import type { Session__Output as SessionMessage } from '../generated/proto/supergraph/user/v1/Session.ts';
import { action, link } from '../hal.ts';
import { resource } from '../http/schemas.ts';
import { present } from './present.ts';
import { toUserResource, userResource } from './user.ts';

export const sessionResource = resource(
  'Session',
  {
    accessToken: z.string().meta({ description: 'Send it as `Authorization: Bearer …`.' }),
    refreshToken: z.string().meta({ description: 'Swap it when the access token expires. Works once, for 30 days.' }),
    expiresIn: z
      .number()
      .int()
      .meta({ description: 'Seconds until the access token expires.', examples: [900] }),
  },
  { rels: ['refresh', 'delete', 'me', 'home'], embedded: { user: userResource }, description: 'The tokens of somebody who is signed in.' },
);

/** Who has just been signed in, whatever token the request came with. */
const callerOf = (id: string): Caller => ({ role: 'customer', userId: id });

export const toSessionResource = (session: SessionMessage) => {
  const { accessToken, refreshToken, expiresIn } = session;
  const user = present(session.user, 'user');
  return {
    accessToken,
    refreshToken,
    expiresIn,
    _links: {
      self: link('/sessions/current'),
      refresh: action('POST', '/sessions', 'swap the refresh token for new tokens'),
      delete: action('DELETE', '/sessions/current', 'sign out; send the refresh token in the header Refresh-Token'),
      me: link('/users/me'),
      home: link('/'),
    },
    _embedded: { user: toUserResource(user, callerOf(user.id)) },
  };
};
