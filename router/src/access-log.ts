import type { IncomingMessage } from 'node:http';
import type { Logger } from '@supergraph/service/logging';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RequestContext } from './request-context.ts';

/** nginx's status for a client that went away before its answer. */
const CLIENT_CLOSED_REQUEST = 499;
const MAX_CODES = 10;
const HEALTH = /^\/health\//;

const REQUEST_ID = /^[\w.:-]{1,128}$/;
const OPERATION_NAME = /^[_A-Za-z]\w{0,99}$/;
/** No colon, no @ but the first, no digit first: neither an e-mail address nor an IP address passes. */
const CLIENT_NAME = /^@?[A-Za-z][\w./ -]{0,63}$/;
const CLIENT_VERSION = /^[\w+-]{1,20}(\.[\w+-]{1,20}){0,2}$/;
const ERROR_CODE = /^[A-Z][A-Z0-9_]{0,63}$/;
const INVALID = '(invalid)';

/** What the guards and the gateway found out about a request. */
export interface AccessFacts {
  requestId: string;
  /** Empty for the whole graph. */
  contract?: string | undefined;
  operationName?: string | undefined;
  operationKind?: string | undefined;
  /** `apollographql-client-name` and `-version`, as the client claims. */
  clientName?: string | undefined;
  clientVersion?: string | undefined;
  /** Calls to subgraphs. */
  fetches: number;
  estimatedCost?: number | undefined;
  actualCost?: number | undefined;
  errorCodes?: readonly string[] | undefined;
}

const named = (value: string | undefined, pattern: RegExp): string | undefined => (value === undefined || pattern.test(value) ? value : INVALID);

/** A client's name and version as they may be kept: what looks like a person's or a machine's address is left out. */
export const toldClient = (name: string | undefined, version: string | undefined): { client?: string; version?: string } => ({
  ...(name !== undefined && CLIENT_NAME.test(name) ? { client: name } : {}),
  ...(version !== undefined && CLIENT_VERSION.test(version) ? { version } : {}),
});

const codesOf = (codes: readonly string[] = []): readonly string[] | undefined => {
  const known = [...new Set(codes)].filter((code) => ERROR_CODE.test(code)).slice(0, MAX_CODES);
  return known.length === 0 ? undefined : known;
};

const durationSince = (began: number): number => Math.round((performance.now() - began) * 10) / 10;

/** What is told of an operation, whatever brought it. A list of what is told, never a copy of the facts: variables, tokens, e-mail and IP addresses have no way in. */
const toldFacts = (facts: AccessFacts | undefined) => ({
  contract: facts?.contract || undefined,
  operation: named(facts?.operationName, OPERATION_NAME),
  kind: named(facts?.operationKind, OPERATION_NAME),
  client: named(facts?.clientName, CLIENT_NAME),
  clientVersion: named(facts?.clientVersion, CLIENT_VERSION),
  estimatedCost: facts?.estimatedCost,
  actualCost: facts?.actualCost,
  fetches: facts?.fetches,
  errorCodes: codesOf(facts?.errorCodes),
});

/** A request whose answer is sent, or whose client is gone. */
interface EndedRequest {
  facts: AccessFacts | undefined;
  /** Also of one that was not let in. */
  requestId: string | undefined;
  method: string | undefined;
  /** Not the URL: that may hold variables. */
  route: string | undefined;
  /** Nothing when the client went away before its answer. */
  status: number | undefined;
  /** In `performance.now()` milliseconds. */
  began: number;
}

export type AccessLog = (request: EndedRequest) => void;

/** One line for a request. */
export const createAccessLog =
  (logger: Logger): AccessLog =>
  ({ facts, requestId, method, route, status = CLIENT_CLOSED_REQUEST, began }) => {
    if (!logger.isLevelEnabled('info')) return;
    const line = {
      requestId: named(requestId, REQUEST_ID),
      method,
      route,
      ...toldFacts(facts),
      status,
      durationMs: durationSince(began),
    };
    logger.info(line, 'request');
  };

interface LoggedRequests {
  log: AccessLog;
  factsOf: (request: FastifyRequest) => AccessFacts | undefined;
  /** When a request began that somebody else looked at first, in `performance.now()` milliseconds. */
  beganOf: (request: IncomingMessage) => number | undefined;
}

/** Logs every request but health checks, when its answer is sent or its client is gone. */
export const addAccessLog = (http: FastifyInstance, { log, factsOf, beganOf }: LoggedRequests): void => {
  http.addHook('onRequest', (request, reply, done) => {
    if (HEALTH.test(request.url)) return done();
    const { method, raw, routeOptions } = request;
    const began = beganOf(raw) ?? performance.now();
    reply.raw.once('close', () => {
      const facts = factsOf(request);
      const requestId = facts?.requestId ?? reply.getHeader('x-request-id')?.toString();
      const status = reply.raw.writableFinished ? reply.raw.statusCode : undefined;
      log({ facts, requestId, method, route: routeOptions.url, status, began });
    });
    done();
  });
};

/** How an operation went that was answered for as long as it took. */
export interface StreamFacts {
  protocol: string;
  /** That the client took. */
  results: number;
  /** `COMPLETED`, `CLIENT_GONE`, or the code of the error that ended it. */
  ended: string;
  /** In `performance.now()` milliseconds. */
  began: number;
}

export type StreamLog = (facts: AccessFacts, stream: StreamFacts) => void;

/** One line for every operation of a stream, when it has ended. */
export const createStreamLog =
  (logger: Logger): StreamLog =>
  (facts, { protocol, results, ended, began }) => {
    const durationMs = durationSince(began);
    logger.info({ requestId: named(facts.requestId, REQUEST_ID), protocol, ...toldFacts(facts), results, ended, durationMs }, 'stream');
  };

export const accessFactsOf = (context: RequestContext): AccessFacts => ({
  requestId: context.requestId,
  contract: context.contract,
  clientName: context.clientName,
  clientVersion: context.clientVersion,
  ...context.record,
});
