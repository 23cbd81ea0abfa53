import type { Logger } from '@supergraph/service/logging';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

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

/** The properties of one line. A list of what is told, never a copy of the facts: variables, tokens, e-mail and IP addresses have no way in. */
const toAccessLine = (facts: AccessFacts | undefined, { method, routeOptions }: FastifyRequest, reply: FastifyReply) => {
  const finished = reply.raw.writableFinished;
  const requestId = facts?.requestId ?? String(reply.getHeader('x-request-id') ?? '');
  return {
    requestId: requestId === '' ? undefined : named(requestId, REQUEST_ID),
    method,
    // The route, not the URL: that may hold variables.
    route: routeOptions.url,
    contract: facts?.contract || undefined,
    operation: named(facts?.operationName, OPERATION_NAME),
    kind: named(facts?.operationKind, OPERATION_NAME),
    client: named(facts?.clientName, CLIENT_NAME),
    clientVersion: named(facts?.clientVersion, CLIENT_VERSION),
    status: finished ? reply.statusCode : CLIENT_CLOSED_REQUEST,
    estimatedCost: facts?.estimatedCost,
    actualCost: facts?.actualCost,
    fetches: facts?.fetches,
    errorCodes: codesOf(facts?.errorCodes),
  };
};

/** One line for every request but health checks, when its answer is sent or its client is gone. */
export const addAccessLog = (http: FastifyInstance, logger: Logger, factsOf: (request: FastifyRequest) => AccessFacts | undefined): void => {
  http.addHook('onRequest', (request, reply, done) => {
    if (HEALTH.test(request.url)) return done();
    const began = performance.now();
    reply.raw.once('close', () => {
      const durationMs = Math.round((performance.now() - began) * 10) / 10;
      logger.info({ ...toAccessLine(factsOf(request), request, reply), durationMs }, 'request');
    });
    done();
  });
};
