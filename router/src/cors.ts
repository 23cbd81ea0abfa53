import fastifyCors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

const STUDIO_ORIGIN = 'https://studio.apollographql.com';
const LOCAL_ORIGIN = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
const PREFLIGHT_SECONDS = 600;

/** Response headers that scripts of other origins may read. */
const EXPOSED_HEADERS = ['x-request-id', 'x-cache', 'server-timing', 'traceparent', 'retry-after', 'ratelimit', 'ratelimit-policy'];

export interface CorsOptions {
  /** Allowed at this moment. */
  origins: () => readonly string[];
  production: boolean;
}

/**
 * Lets browsers of the named origins call; in development also Apollo Sandbox and every page of this machine.
 * Allowed request headers are reflected: the allow-list is of origins, not of headers.
 */
export const addCors = async (http: FastifyInstance, { origins, production }: CorsOptions): Promise<void> => {
  const isAllowed = (origin: string): boolean =>
    origins().includes(origin) || (!production && (origin === STUDIO_ORIGIN || LOCAL_ORIGIN.test(origin)));
  await http.register(fastifyCors, {
    origin: (origin, decide) => decide(null, origin !== undefined && isAllowed(origin)),
    credentials: true,
    methods: ['GET', 'POST', 'OPTIONS'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
    strictPreflight: false,
  });
  if (production) return;
  // Chrome before 142 asks in the preflight; later ones ask the user (https://developer.chrome.com/blog/local-network-access).
  http.addHook('onSend', async (request, reply) => {
    if (request.method === 'OPTIONS' && request.headers.origin === STUDIO_ORIGIN) reply.header('access-control-allow-private-network', 'true');
  });
};
