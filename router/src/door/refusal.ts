import { HeaderMap } from '@apollo/server';
import { DomainError, ERROR_KINDS } from '@supergraph/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import type { RateLimitDecision } from '../rate-limit/request-rate-limit.ts';

/** Why a request is not let in. */
export interface Refusal {
  status: number;
  code: string;
  message: string;
  extensions?: Readonly<Record<string, unknown>>;
  headers?: Readonly<Record<string, string>>;
}

const CURRENT = 'application/graphql-response+json';

export const refusalOfError = (error: GraphQLError): Refusal => {
  const { code, http, ...extensions } = error.extensions as { code: string; http?: { status?: number } };
  return { status: http?.status ?? 400, code, message: error.message, extensions };
};

/** @returns undefined for what is no refusal but a fault of ours. */
export const refusalOfDomainError = (error: unknown): Refusal | undefined => {
  if (!(error instanceof DomainError)) return undefined;
  const { graphql: kind, http: status } = ERROR_KINDS[error.kind];
  const challenge = status === 401 ? { 'www-authenticate': 'Bearer error="invalid_token"' } : {};
  return { status, code: error.code, message: error.message, extensions: { kind }, headers: challenge };
};

type RefusedByRateLimit = Exclude<RateLimitDecision, { allowed: true }>;

export const refusalOfRateLimit = ({ headers, body: { errors } }: RefusedByRateLimit): Refusal => {
  const [{ message, extensions }] = errors;
  const { code, ...rest } = extensions;
  return { status: 429, code, message, extensions: rest, headers };
};

/** The same as an error, where Apollo Server answers. */
export const rateLimitError = (decision: RefusedByRateLimit): GraphQLError => {
  const { status, code, message, extensions, headers } = refusalOfRateLimit(decision);
  return new GraphQLError(message, { extensions: { code, ...extensions, http: { status, headers: new HeaderMap(Object.entries(headers ?? {})) } } });
};

/** Answers in the media type the client takes, the same for every guard. */
export const sendRefusal = (
  request: FastifyRequest,
  reply: FastifyReply,
  { status, code, message, extensions, headers = {} }: Refusal,
): FastifyReply => {
  const type = request.headers.accept?.includes(CURRENT) ? CURRENT : 'application/json';
  return reply
    .code(status)
    .headers({ ...headers, 'cache-control': 'no-store' })
    .type(`${type}; charset=utf-8`)
    .send(JSON.stringify({ errors: [{ message, extensions: { code, ...extensions } }] }));
};
