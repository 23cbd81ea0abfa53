import { onBehalfOf } from '@supergraph/bff/on-behalf-of';
import { readBody, readParameters } from '@supergraph/bff/request-reader';
import type { RouterClient } from '@supergraph/bff/router-client';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

export const GRAPHQL_ENDPOINT = { method: 'POST', url: '/graphql' } as const;

const persistedOperation = z.strictObject({
  documentId: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256: and the hash of a persisted document'),
  operationName: z.string().max(256).nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
});

const PASSED_ON = ['content-type', 'retry-after', 'ratelimit', 'ratelimit-policy', 'www-authenticate'];

/** The storefront's own operations, by their ids and in no other way: the page needs no other origin, and nobody a free query. */
export const addGraphqlProxy = (http: FastifyInstance, router: RouterClient): void => {
  http.route({
    ...GRAPHQL_ENDPOINT,
    handler: async (request, reply) => {
      readParameters(z.strictObject({}), request.query);
      const operation = readBody(persistedOperation, request.body);
      const { status, headers, text } = await router.pass(operation, onBehalfOf(request));
      const passed = PASSED_ON.flatMap((name) => (headers.has(name) ? [[name, headers.get(name) ?? '']] : []));
      return reply
        .code(status)
        .headers({ 'cache-control': 'no-store', ...Object.fromEntries(passed) })
        .send(Buffer.from(text));
    },
  });
};
