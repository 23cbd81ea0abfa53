import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestContext } from '../request-context.ts';

const PRIVATE = 'private, no-store';
/** Apollo Server's own word about a hash that it does not know. */
const ASK_AGAIN = 'private, no-cache, must-revalidate';
const VARIES = ['Authorization', 'Accept'];

const addVary = (reply: FastifyReply): void => {
  const present = [reply.getHeader('vary')].flat().filter((value) => value !== undefined);
  reply.header('vary', [...present, ...VARIES].join(', '));
};

/** Headers that change what an answer says beside its data. */
const SPECIAL_HEADERS = ['apollo-expose-query-plan', 'hive-expose-query-plan', 'x-expose-cost'];

/**
 * Says whether caches may keep the answer to a query by GET: only that of a persisted query, whole and without errors, to somebody who sent no
 * credentials, and of fields that demand none from anybody. Subgraphs are told nothing else of a caller, so all such callers get the same.
 */
export const addCacheHeaders = (request: FastifyRequest, reply: FastifyReply, context: RequestContext, publicSeconds: number): void => {
  const { record, isPersisted } = context;
  const isForEverybody =
    isPersisted &&
    reply.statusCode === 200 &&
    request.headers.authorization === undefined &&
    !SPECIAL_HEADERS.some((name) => name in request.headers) &&
    record.isOpen === true &&
    record.isWhole === true;
  addVary(reply);
  if (reply.getHeader('cache-control') === ASK_AGAIN) return;
  reply.header('cache-control', isForEverybody && publicSeconds > 0 ? `public, max-age=${publicSeconds}` : PRIVATE);
};
