import type { FastifyRequest } from 'fastify';
import type { OnBehalfOf } from './router-client.ts';

/** Whose request it is, for the router. What came from outside is no word of ours: the address that we see comes last. */
export const onBehalfOf = (request: FastifyRequest): OnBehalfOf => {
  const passedBy = [request.headers['x-forwarded-for'] ?? []].flat();
  return {
    authorization: request.headers.authorization,
    forwardedFor: [...passedBy, request.socket.remoteAddress ?? 'unknown'].join(', '),
    // A write that has begun is finished, whether its client waits or not.
    signal: request.method === 'POST' ? undefined : request.signal,
  };
};
