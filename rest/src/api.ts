import type { TokenVerifier } from '@supergraph/identity/token-verifier';
import { createHttpServer } from '@supergraph/service/http-server';
import type { Logger } from '@supergraph/service/logging';
import type { FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { createAllowedMethods } from './http/allowed-methods.ts';
import { createErrorAnswers } from './http/error-answers.ts';
import { JSON_TYPE, MERGE_PATCH_TYPE } from './http/media-types.ts';
import type { CountRequest } from './http/request-limits.ts';
import type { Api } from './http/route.ts';
import { addOpenapi } from './openapi/openapi.ts';
import type { Operations } from './operations/start-operations.ts';
import { addCategoryRoutes } from './routes/categories.ts';
import { addOperationRoutes } from './routes/operations.ts';
import { addOrderRoutes } from './routes/orders.ts';
import { addOrderActions } from './routes/orders-actions.ts';
import { addProductRoutes } from './routes/products.ts';
import { addRootRoute } from './routes/root.ts';
import { addSessionRoutes } from './routes/sessions.ts';
import { addUserRoutes } from './routes/users.ts';
import type { SubgraphClients } from './subgraphs.ts';

const BODY_LIMIT_BYTES = 262_144;

/** Nothing here is for frames, and nothing is to be guessed; the reference page brings its own policy. */
const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** What is no part of the API and yet has methods. */
const OTHER_PATHS = ['/openapi.json', '/docs', '/health/live', '/health/ready'];

export interface ApiOptions {
  logger: Logger;
  readiness: () => Promise<string | undefined>;
  verify: TokenVerifier;
  count: CountRequest;
  clients: SubgraphClients;
  operations: Operations['operations'];
  /** Keys the hashes of requests. */
  secret: string;
  /** Further routes, for tests. */
  addMore?: (api: Api) => void;
}

/** JSON and JSON Merge Patch, both without prototypes; nothing at all is no body. */
const addBodyParsers = (http: FastifyInstance): void => {
  const parseJson = http.getDefaultJsonParser('error', 'error');
  http.removeAllContentTypeParsers();
  http.addContentTypeParser<string>([JSON_TYPE, MERGE_PATCH_TYPE], { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parseJson(request, body, done);
  });
};

/** The API on whatever it needs, not listening yet. */
export const createApi = async ({ logger, readiness, operations, addMore, ...needs }: ApiOptions): Promise<FastifyInstance> => {
  const allowed = createAllowedMethods();
  const errorAnswers = createErrorAnswers(logger, allowed);
  const http = createHttpServer({ logger, readiness, bodyLimit: BODY_LIMIT_BYTES, errorAnswers });
  http.setValidatorCompiler(validatorCompiler).setSerializerCompiler(serializerCompiler);
  http.addHook('onRequest', async (_request, reply) => void reply.headers(SECURITY_HEADERS));
  addBodyParsers(http);
  await addOpenapi(http);
  const api: Api = { http, allowed, ...needs };
  for (const url of OTHER_PATHS) allowed.add('GET', url, false);
  addRootRoute(api);
  addSessionRoutes(api);
  addUserRoutes(api);
  addCategoryRoutes(api);
  addProductRoutes(api);
  addOrderRoutes(api);
  addOrderActions(api, { operations });
  addOperationRoutes(api, { operations });
  addMore?.(api);
  return http;
};
