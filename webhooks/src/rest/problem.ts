import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { DomainError, ERROR_KINDS } from '@supergraph/errors';
import type { Logger } from '@supergraph/service/logging';
import type { FastifyReply, FastifyRequest } from 'fastify';

const RETRY_AFTER_SECONDS = 5;

/** RFC 9457. `code` is what clients branch on. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  details?: unknown;
  reference?: string;
}

interface Fault {
  status: number;
  code: string;
  detail: string;
  details?: unknown;
  reference?: string;
}

const toProblem = ({ status, code, detail, ...more }: Fault, instance: string): Problem => ({
  type: `urn:supergraph:error:${code}`,
  title: STATUS_CODES[status] ?? 'Error',
  status,
  detail,
  instance,
  code,
  ...more,
});

const faultOf = (error: unknown): Fault | undefined => {
  if (error instanceof DomainError) {
    const details = Object.keys(error.details).length === 0 ? {} : { details: error.details };
    return { status: ERROR_KINDS[error.kind].http, code: error.code, detail: error.message, ...details };
  }
  const { statusCode = 500, code, message } = error as { statusCode?: number; code?: string; message: string };
  if (statusCode >= 500) return undefined;
  const isOurs = code !== undefined && !code.startsWith('FST_');
  return { status: statusCode, code: isOurs ? code : (STATUS_CODES[statusCode] ?? 'error').toUpperCase().replaceAll(/\W+/g, '_'), detail: message };
};

/** Headers that belong to a status: how to sign in, when to come back. */
const headersOf = (status: number): Record<string, string> => {
  if (status === 401) return { 'www-authenticate': 'Bearer' };
  return status === 503 ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {};
};

/** Sent as bytes: to text Fastify adds a charset, which JSON has not. */
const answer = (reply: FastifyReply, problem: Problem): FastifyReply =>
  reply
    .code(problem.status)
    .headers(headersOf(problem.status))
    .header('content-type', 'application/problem+json')
    .send(Buffer.from(JSON.stringify(problem)));

/** Answers an error as problem+json. What nobody foresaw is masked, and logged whole under the reference that the client also gets. */
export const sendProblem =
  (logger: Logger) =>
  (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const instance = request.url.split('?')[0] ?? '';
    const fault = faultOf(error);
    if (error instanceof DomainError && error.cause !== undefined) logger.error({ err: error.cause, code: error.code }, error.message);
    if (fault !== undefined) return answer(reply, toProblem(fault, instance));
    const reference = randomUUID();
    logger.error({ err: error, reference }, 'unexpected error');
    const detail = `Something went wrong on our side. Quote the reference ${reference}.`;
    return answer(reply, toProblem({ status: 500, code: 'INTERNAL_SERVER_ERROR', detail, reference }, instance));
  };

export const routeNotFound = (method: string, path: string): DomainError =>
  new DomainError('not-found', 'ROUTE_NOT_FOUND', `Nothing here: ${method} ${path}.`);

/** @param issues one sentence each. */
export const requestInvalid = (issues: readonly string[]): DomainError =>
  new DomainError('invalid', 'REQUEST_INVALID', `The request is not valid: ${issues.join('; ')}.`, { issues });
