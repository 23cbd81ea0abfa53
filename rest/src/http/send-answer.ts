import type { Caller } from '@supergraph/identity/caller';
import { isUnchanged } from '@supergraph/service/entity-tag';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HAL_TYPE } from './media-types.ts';
import { entityTag } from './preconditions.ts';
import type { Answer, RouteOptions } from './route-options.ts';
import { cut } from './selection.ts';

type Cache = NonNullable<RouteOptions<never, never, never>['cache']>;

export interface Sending {
  answer: Answer;
  /** What is left of the body; everything when undefined. */
  fields: ReadonlySet<string> | undefined;
  /** Name of the list whose items are cut. */
  listed: string | undefined;
  cache: Cache;
  caller: Caller;
}

/** Links depend on who asks, so only what nobody in particular asked for is public. */
const cacheControl = (cache: Cache, caller: Caller): string => {
  if (cache === 'none') return 'no-store';
  return cache === 'public' && caller.role === 'anonymous' ? 'public, max-age=60' : 'private, no-cache';
};

const serialize = (reply: FastifyReply, status: number, body: object): string => {
  const write = reply.getSerializationFunction(String(status), HAL_TYPE);
  if (write === undefined) throw new Error(`the route has no answer ${status}`);
  return write(body as Record<string, unknown>);
};

/** Writes a handler's answer as HAL, with its ETag; 304 when the client has it already. */
export const sendAnswer = (request: FastifyRequest, reply: FastifyReply, { answer, fields, listed, cache, caller }: Sending): FastifyReply => {
  const { status = 200, body, version, headers = {} } = answer;
  const text = body && serialize(reply, status, fields === undefined ? body : cut(body, fields, listed));
  reply.code(status).headers({ 'cache-control': cacheControl(cache, caller), ...headers });
  if (text === undefined) return reply.send();
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (cache !== 'none' && (isRead || version !== undefined)) {
    const tag = entityTag(version, text);
    reply.header('etag', tag);
    if (isRead && isUnchanged(request.headers['if-none-match'], tag)) return reply.code(304).send();
  }
  // Bytes: to text Fastify adds a charset, which JSON has not.
  return reply.type(HAL_TYPE).send(Buffer.from(text));
};
