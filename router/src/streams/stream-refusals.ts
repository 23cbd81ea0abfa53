import type { IncomingHttpHeaders } from 'node:http';
import type { OriginCheck } from '../cors.ts';
import type { Refusal } from '../door/refusal.ts';

export const CROSS_SITE: Refusal = {
  status: 400,
  code: 'BAD_REQUEST',
  message:
    'This looks like a request of another site. Send it as JSON by POST, with the header apollo-require-preflight, or from a page whose origin is allowed.',
};

export const ONLY_BY_POST: Refusal = { status: 405, code: 'METHOD_NOT_ALLOWED', message: 'Mutations go by POST.', headers: { allow: 'POST' } };

export const SWITCHED_OFF: Refusal = { status: 403, code: 'SUBSCRIPTIONS_DISABLED', message: 'This router serves no streams.' };

/** Headers that no page sends to another site without being asked for by a preflight. */
const PREFLIGHTED = ['x-apollo-operation-name', 'apollo-require-preflight', 'x-graphql-event-stream-token', 'authorization'];

/** Whether the page that sends a request is one of ours, or one that is let in. */
export const isFromFriend = ({ origin, host, 'sec-fetch-site': site }: IncomingHttpHeaders, isAllowed: OriginCheck): boolean => {
  if (origin === undefined) return site === 'same-origin' || site === 'none';
  return isAllowed(origin) || (URL.canParse(origin) && new URL(origin).host === host);
};

/** Whether a page of another site, which can send a GET without asking, may be behind one. */
export const isSafeGet = (headers: IncomingHttpHeaders, isAllowed: OriginCheck): boolean =>
  PREFLIGHTED.some((name) => name in headers) || isFromFriend(headers, isAllowed);
