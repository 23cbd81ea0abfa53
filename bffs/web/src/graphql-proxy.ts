import { onBehalfOf } from '@supergraph/bff/on-behalf-of';
import { readBody, readParameters } from '@supergraph/bff/request-reader';
import type { RawAnswer, RouterClient } from '@supergraph/bff/router-client';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { persistedOperation } from './persisted-operation.ts';

export const GRAPHQL_ENDPOINT = { method: 'POST', url: '/graphql' } as const;

const PASSED_ON = ['content-type', 'retry-after', 'ratelimit', 'ratelimit-policy', 'www-authenticate'];

/** What the router said, as it is. */
export const passAnswer = (reply: FastifyReply, { status, headers, text }: RawAnswer): FastifyReply => {
  const passed = PASSED_ON.flatMap((name) => (headers.has(name) ? [[name, headers.get(name) ?? '']] : []));
  return reply
    .code(status)
    .headers({ 'cache-control': 'no-store', ...Object.fromEntries(passed) })
    .send(Buffer.from(text));
};

/** The storefront's own operations, by their ids and in no other way: the page needs no other origin, and nobody a free query. */
export const addGraphqlProxy = (http: FastifyInstance, router: RouterClient): void => {
  http.route({
    ...GRAPHQL_ENDPOINT,
    handler: async (request, reply) => {
      readParameters(z.strictObject({}), request.query);
      return passAnswer(reply, await router.pass(readBody(persistedOperation, request.body), onBehalfOf(request)));
    },
  });
};
