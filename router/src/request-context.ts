import { randomUUID } from 'node:crypto';
import type { ContextFunction } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface RequestContext {
  /** Headers of the client's request that every subgraph gets too. */
  forwardedHeaders: ReadonlyMap<string, string>;
}

const FORWARDED = ['authorization', 'traceparent', 'tracestate'];
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** The client's request id is kept when it is sane; the answer carries it either way. */
export const createRequestContext: ContextFunction<[FastifyRequest, FastifyReply], RequestContext> = async (request, reply) => {
  const given = request.headers['x-request-id'];
  const requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
  reply.header('x-request-id', requestId);
  const forwardedHeaders = new Map([['x-request-id', requestId]]);
  for (const name of FORWARDED) {
    const value = request.headers[name];
    if (typeof value === 'string') forwardedHeaders.set(name, value);
  }
  return { forwardedHeaders };
};
