import { DomainError } from '@supergraph/errors';
import type { ErrorAnswers } from '@supergraph/service/http-server';
import type { Logger } from '@supergraph/service/logging';
import { HttpProblem, PROBLEM_TYPE, routeNotFound, sendProblem, toProblem } from '@supergraph/service/problem';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { AllowedMethods } from './allowed-methods.ts';
import { methodNotAllowed, type RequestError, requestInvalid } from './request-errors.ts';

/** Statuses that HTTP has a name of its own for. */
const STATUSES = { VERSION_MISMATCH: 412 };

/** Seconds until it is worth another try, for codes that pass by themselves; every 503 has one anyway. */
const RETRY_AFTER: Readonly<Record<string, string>> = { IDEMPOTENCY_KEY_IN_FLIGHT: '1' };

const MALFORMED = 'The body is not valid JSON.';
const FASTIFY_ERRORS: Readonly<Record<string, () => HttpProblem>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => new HttpProblem(413, 'BODY_TOO_LARGE', 'The body is larger than 256 KB.'),
  FST_ERR_CTP_INVALID_JSON_BODY: () => new HttpProblem(400, 'BAD_REQUEST', MALFORMED),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => new HttpProblem(400, 'BAD_REQUEST', MALFORMED),
  FST_ERR_HANDLER_TIMEOUT: () => new HttpProblem(503, 'DEADLINE_EXCEEDED', 'The answer was not there in time. Try again.'),
};

/** In a query every part of the path below the parameter's name is noise: parameters are flat. */
const requestError = (context: string | undefined, path: string, message: string): RequestError => {
  if (context === 'body') return { pointer: path === '/' ? '' : path, detail: message };
  const parameter = path.split('/')[1] ?? '';
  return parameter === '' ? { detail: message } : { parameter, detail: message };
};

const ofFastify = (error: Partial<FastifyError>): unknown => {
  if (error.validation !== undefined)
    return requestInvalid(error.validation.map(({ instancePath, message = '' }) => requestError(error.validationContext, instancePath, message)));
  return FASTIFY_ERRORS[error.code ?? '']?.() ?? error;
};

const pathOf = (request: FastifyRequest): string => request.url.split('?')[0] ?? '';

/** Every error as problem+json; OPTIONS, 404 and 405 for what no route takes. */
export const createErrorAnswers = (logger: Logger, allowed: AllowedMethods): ErrorAnswers => {
  const send = sendProblem(logger, STATUSES);
  const onError = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const retryAfter = error instanceof DomainError ? RETRY_AFTER[error.code] : undefined;
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
    return send(ofFastify(error as Partial<FastifyError>), request, reply.header('cache-control', 'no-store'));
  };
  return {
    onError,
    onNotFound: (request, reply) => {
      const path = pathOf(request);
      const methods = allowed.of(path);
      if (methods === undefined) return onError(routeNotFound(request.method, path), request, reply);
      const allow = methods.join(', ');
      if (request.method !== 'OPTIONS') return onError(methodNotAllowed(request.method, path, allow), request, reply);
      const accepts = allowed.bodyTypes(path);
      return reply
        .code(204)
        .headers({ allow, ...accepts, link: '</openapi.json>; rel="service-desc"' })
        .send();
    },
    refusal: ({ status, code, message }, path) => ({
      contentType: PROBLEM_TYPE,
      body: JSON.stringify(toProblem({ status, code, detail: message }, path)),
    }),
  };
};
