import { readFile } from 'node:fs/promises';
import { constants } from 'node:zlib';
import compress from '@fastify/compress';
import { createHttpServer } from '@supergraph/service/http-server';
import type { Logger } from '@supergraph/service/logging';
import type { FastifyInstance } from 'fastify';
import { createErrorAnswers, type Endpoint, type Fallback } from './error-answers.ts';
import type { RouterClient } from './router-client.ts';
import type { View } from './view.ts';
import { addViewRoute } from './view-route.ts';

const BODY_LIMIT_BYTES = 65_536;
/** Smaller ones fit into one packet anyway. */
const COMPRESSED_FROM_BYTES = 1_024;
const BROTLI_QUALITY = 5;

/** Nothing here is for frames, and nothing is to be guessed; pages bring a policy of their own. */
const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const OWN_ENDPOINTS: readonly Endpoint[] = ['/openapi.json', '/health/live', '/health/ready'].map((url) => ({ method: 'GET', url }));

export interface BffOptions {
  logger: Logger;
  router: RouterClient;
  views: readonly View[];
  /** The committed OpenAPI document, which is served at `/openapi.json`. */
  openapiFile: URL;
  /** Further paths that the room adds itself. */
  endpoints?: readonly Endpoint[];
  /** Asked before a path that leads nowhere is a problem. */
  fallback?: Fallback;
}

/** JSON alone, without prototypes. */
const addBodyParser = (http: FastifyInstance): void => {
  const parseJson = http.getDefaultJsonParser('error', 'error');
  http.removeAllContentTypeParsers();
  http.addContentTypeParser<string>('application/json', { parseAs: 'string' }, parseJson);
};

/** A backend for one frontend, not listening yet: its views, compressed; problems; its OpenAPI document. */
export const createBffServer = async (options: BffOptions): Promise<FastifyInstance> => {
  const { logger, router, views, openapiFile, endpoints = [], fallback = () => undefined } = options;
  const openapi = await readFile(openapiFile);
  const all = [...views.map(({ method = 'GET', url }): Endpoint => ({ method, url })), ...endpoints, ...OWN_ENDPOINTS];
  const http = createHttpServer({
    logger,
    // Ready without the router: its absence is told by each view, with a problem that clients understand.
    readiness: async () => undefined,
    bodyLimit: BODY_LIMIT_BYTES,
    errorAnswers: createErrorAnswers(logger, all, fallback),
  });
  http.addHook('onRequest', async (_request, reply) => void reply.headers(SECURITY_HEADERS));
  addBodyParser(http);
  await http.register(compress, {
    threshold: COMPRESSED_FROM_BYTES,
    encodings: ['br', 'gzip'],
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } },
  });
  for (const view of views) addViewRoute(http, view, router, logger);
  http.get('/openapi.json', (_request, reply) => reply.type('application/json').send(openapi));
  return http;
};
