import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { DomainError, ERROR_KINDS } from '@supergraph/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from './logging.ts';

const RETRY_AFTER_SECONDS = 5;

/** The media type of a `Problem`. */
export const PROBLEM_TYPE = 'application/problem+json';

/** RFC 9457. `code` is what clients branch on. */
export interface Problem {
  /** `urn:supergraph:error:CODE` */
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  /** What is wrong with the request, one entry a mistake. */
  errors?: unknown;
  /** What the DomainError told beside its message. */
  details?: unknown;
  /** Under which a masked error is in the log. */
  reference?: string;
}

/** A refusal that belongs to HTTP, not to a domain: its status, the code for clients, and what goes with them. */
export class HttpProblem extends Error {
  readonly statusCode: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly errors: readonly unknown[] | undefined;

  /** @param errors what is wrong with the request, one entry a mistake. */
  constructor(
    statusCode: number,
    code: string,
    message: string,
    more: { headers?: Readonly<Record<string, string>>; errors?: readonly unknown[] } = {},
  ) {
    super(message);
    this.name = 'HttpProblem';
    this.statusCode = statusCode;
    this.code = code;
    this.headers = more.headers ?? {};
    this.errors = more.errors;
  }
}

interface Fault {
  status: number;
  code: string;
  detail: string;
  errors?: unknown;
  details?: unknown;
  reference?: string;
}

/** @param instance path of the request. */
export const toProblem = ({ status, code, detail, ...more }: Fault, instance: string): Problem => ({
  type: `urn:supergraph:error:${code}`,
  title: STATUS_CODES[status] ?? 'Error',
  status,
  detail,
  instance,
  code,
  ...more,
});

const codeOf = (status: number, code: string | undefined): string =>
  code !== undefined && !code.startsWith('FST_') ? code : (STATUS_CODES[status] ?? 'error').toUpperCase().replaceAll(/\W+/g, '_');

/** Statuses that a door gives some codes instead of those of their kinds. */
export type StatusByCode = Readonly<Record<string, number>>;

const faultOf = (error: unknown, statuses: StatusByCode): Fault | undefined => {
  if (error instanceof DomainError) {
    const details = Object.keys(error.details).length === 0 ? {} : { details: error.details };
    return { status: statuses[error.code] ?? ERROR_KINDS[error.kind].http, code: error.code, detail: error.message, ...details };
  }
  const { statusCode = 500, code, message } = error as { statusCode?: number; code?: string; message: string };
  const isMeant = statusCode < 500 || error instanceof HttpProblem;
  if (!isMeant) return undefined;
  const errors = error instanceof HttpProblem && error.errors !== undefined ? { errors: error.errors } : {};
  return { status: statusCode, code: codeOf(statusCode, code), detail: message, ...errors };
};

/** Headers that belong to a status: how to sign in, when to come back. */
const headersOf = (status: number, error: unknown): Record<string, string> => {
  const own = error instanceof HttpProblem ? error.headers : {};
  if (status === 401) return { 'www-authenticate': 'Bearer', ...own };
  return status === 503 ? { 'retry-after': String(RETRY_AFTER_SECONDS), ...own } : { ...own };
};

/** Sent as bytes: to text Fastify adds a charset, which JSON has not. */
const answer = (reply: FastifyReply, problem: Problem, error: unknown): FastifyReply =>
  reply
    .code(problem.status)
    .headers(headersOf(problem.status, error))
    .header('content-type', PROBLEM_TYPE)
    .send(Buffer.from(JSON.stringify(problem)));

/** Answers an error as problem+json. What nobody foresaw is masked, and logged whole under the reference that the client also gets. */
export const sendProblem =
  (logger: Logger, statuses: StatusByCode = {}) =>
  (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const instance = request.url.split('?')[0] ?? '';
    const fault = faultOf(error, statuses);
    if (error instanceof DomainError && error.cause !== undefined) logger.error({ err: error.cause, code: error.code }, error.message);
    if (fault !== undefined) return answer(reply, toProblem(fault, instance), error);
    const reference = randomUUID();
    logger.error({ err: error, reference }, 'unexpected error');
    const detail = `Something went wrong on our side. Quote the reference ${reference}.`;
    return answer(reply, toProblem({ status: 500, code: 'INTERNAL_SERVER_ERROR', detail, reference }, instance), error);
  };

/** There is nothing under this path. */
export const routeNotFound = (method: string, path: string): DomainError =>
  new DomainError('not-found', 'ROUTE_NOT_FOUND', `Nothing here: ${method} ${path}.`);

/** @param issues one sentence each. */
export const requestInvalid = (issues: readonly string[]): DomainError =>
  new DomainError('invalid', 'REQUEST_INVALID', `The request is not valid: ${issues.join('; ')}.`, { issues });
