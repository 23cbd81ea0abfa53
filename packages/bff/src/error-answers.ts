import type { ErrorAnswers } from '@supergraph/service/http-server';
import type { Logger } from '@supergraph/service/logging';
import { HttpProblem, PROBLEM_TYPE, routeNotFound, sendProblem, toProblem } from '@supergraph/service/problem';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { requestInvalid } from './request-reader.ts';

const FASTIFY_ERRORS: Readonly<Record<string, () => HttpProblem>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => new HttpProblem(413, 'BODY_TOO_LARGE', 'The body is larger than 64 KB.'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new HttpProblem(415, 'UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.', { headers: { 'accept-post': 'application/json' } }),
  FST_ERR_CTP_INVALID_JSON_BODY: () => requestInvalid([{ pointer: '', detail: 'this is not JSON' }]),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => requestInvalid([{ pointer: '', detail: 'there is no body' }]),
};

/** A path with the methods that it has; in Fastify's form: `/views/product/:sku`. */
export interface Endpoint {
  method: 'GET' | 'POST';
  url: string;
}

/** Answers what no route takes in another way than with a problem; undefined when it does not. */
export type Fallback = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined;

const pathOf = (request: FastifyRequest): string => request.url.split('?')[0] ?? '';

const patternOf = (url: string): RegExp => new RegExp(`^${url.replaceAll(/:[^/]+/g, '[^/]+')}$`);

/** Every error as problem+json (RFC 9457); OPTIONS, 404 and 405 for what no route takes. */
export const createErrorAnswers = (logger: Logger, endpoints: readonly Endpoint[], fallback: Fallback): ErrorAnswers => {
  const sendError = sendProblem(logger);
  const patterns = endpoints.map(({ method, url }) => ({ method, pattern: patternOf(url) }));
  const onError = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const ours = FASTIFY_ERRORS[(error as { code?: string }).code ?? '']?.() ?? error;
    return sendError(ours, request, reply.header('cache-control', 'no-store'));
  };
  return {
    onError,
    onNotFound: (request, reply) => {
      const path = pathOf(request);
      const methods = patterns.filter(({ pattern }) => pattern.test(path)).flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
      if (methods.length === 0) return fallback(request, reply) ?? onError(routeNotFound(request.method, path), request, reply);
      const allow = [...methods, 'OPTIONS'].join(', ');
      if (request.method === 'OPTIONS') return reply.code(204).header('allow', allow).send();
      return onError(
        new HttpProblem(405, 'METHOD_NOT_ALLOWED', `${request.method} is not a method of ${path}.`, { headers: { allow } }),
        request,
        reply,
      );
    },
    refusal: ({ status, code, message }, path) => ({
      contentType: PROBLEM_TYPE,
      body: JSON.stringify(toProblem({ status, code, detail: message }, path)),
    }),
  };
};
