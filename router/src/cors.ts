import fastifyCors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

const STUDIO_ORIGIN = 'https://studio.apollographql.com';
const LOCAL_ORIGIN = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
const PREFLIGHT_SECONDS = 600;

/** Response headers that scripts of other origins may read. */
const EXPOSED_HEADERS = ['x-request-id', 'x-cache', 'server-timing', 'traceparent', 'retry-after', 'ratelimit', 'ratelimit-policy'].join(', ');

export interface CorsOptions {
  /** Allowed at this moment. */
  origins: () => readonly string[];
  production: boolean;
}

/** Whether pages of an origin may call at this moment. */
export type OriginCheck = (origin: string) => boolean;

const createOriginCheck =
  ({ origins, production }: CorsOptions): OriginCheck =>
  (origin) =>
    origins().includes(origin) || (!production && (origin === STUDIO_ORIGIN || LOCAL_ORIGIN.test(origin)));

/** The headers of an answer to a request that is no preflight, as those that `addCors` adds. */
export const corsHeadersOf = (origin: string | undefined, isAllowed: OriginCheck): Record<string, string> =>
  origin === undefined || !isAllowed(origin)
    ? { vary: 'Origin' }
    : {
        vary: 'Origin',
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': EXPOSED_HEADERS,
      };

/**
 * Lets browsers of the named origins call; in development also Apollo Sandbox and every page of this machine.
 * Allowed request headers are reflected: the allow-list is of origins, not of headers.
 * @returns who is let in, for what CORS does not cover.
 */
export const addCors = async (http: FastifyInstance, options: CorsOptions): Promise<OriginCheck> => {
  const { production } = options;
  const isAllowed = createOriginCheck(options);
  await http.register(fastifyCors, {
    origin: (origin, decide) => decide(null, origin !== undefined && isAllowed(origin)),
    credentials: true,
    methods: ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
    strictPreflight: false,
  });
  if (production) return isAllowed;
  // Chrome before 142 asks in the preflight; later ones ask the user (https://developer.chrome.com/blog/local-network-access).
  http.addHook('onSend', async (request, reply) => {
    if (request.method === 'OPTIONS' && request.headers.origin === STUDIO_ORIGIN) reply.header('access-control-allow-private-network', 'true');
  });
  return isAllowed;
};
