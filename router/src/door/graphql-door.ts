import { performance } from 'node:perf_hooks';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import { purposeOf } from '@supergraph/identity/delegation';
import type { Identity } from '@supergraph/identity/identity';
import type { TokenVerifier } from '@supergraph/identity/token-verifier';
import type { Logger } from '@supergraph/service/logging';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods, RouteHandlerMethod } from 'fastify';
import type { PersistedDocuments } from '../persisted/persisted-documents.ts';
import { type KnownTexts, resolvePersisted } from '../persisted/persisted-request.ts';
import type { RateLimitedRequest } from '../rate-limit/request-rate-limit.ts';
import type { RequestContext } from '../request-context.ts';
import { admissionOf } from '../settings/contract-view.ts';
import { DEADLINE_HEADER, readDeadline } from '../subgraphs/deadline.ts';
import { addCacheHeaders } from './cache-headers.ts';
import type { ContractServer, ContractServers } from './contract-servers.ts';
import type { GuardsInForce } from './guards-in-force.ts';
import { answerKnownOperation } from './known-operation.ts';
import { type Refusal, refusalOfDomainError, refusalOfError, refusalOfRateLimit, sendRefusal } from './refusal.ts';
import { clientOf, contractOf, forwardedHeadersOf, isDryRun, parametersOf, requestIdOf, showsCost } from './request-facts.ts';

export interface GraphqlDoorOptions {
  http: FastifyInstance;
  servers: ContractServers;
  persisted: Pick<PersistedDocuments, 'find'>;
  verifyToken: TokenVerifier;
  /** The guards of this moment. */
  guards: (contract: string) => GuardsInForce;
  logger: Logger;
}

/** Serves GraphQL under a path of the HTTP server: that of the contract which `:contract` in it names, or of the whole graph. */
export type MountGraphql = (url: string, method: HTTPMethods[]) => void;

export interface GraphqlDoor {
  mount: MountGraphql;
  /** Of a request that was let in. */
  contextOf: (request: FastifyRequest) => RequestContext | undefined;
}

/** Aborted when the connection ends before the answer is out. */
const abortWithClient = (reply: FastifyReply): AbortSignal => {
  const abort = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) abort.abort(new Error('the client went away'));
  });
  return abort.signal;
};

/**
 * The way of a request to Apollo Server: who asks, then what may be asked at all, cheapest first. What is refused here was neither
 * parsed by Apollo Server nor planned.
 */
export const createGraphqlDoor = ({ http, servers, persisted, verifyToken, guards, logger }: GraphqlDoorOptions): GraphqlDoor => {
  const contexts = new WeakMap<FastifyRequest, RequestContext>();
  const serving = new WeakMap<FastifyRequest, ContractServer>();

  const identify = async (request: FastifyRequest): Promise<Identity | Refusal> => {
    try {
      return await verifyToken(request.headers.authorization);
    } catch (error) {
      const refusal = refusalOfDomainError(error);
      if (refusal === undefined) throw error;
      if (refusal.status >= 500) logger.error({ err: error }, 'access tokens cannot be checked');
      return refusal;
    }
  };

  const inspect = (request: FastifyRequest, { inspect: inspectText, checkVariables }: GuardsInForce): Refusal | undefined => {
    const { query, variables } = parametersOf(request);
    const error =
      (variables === undefined ? undefined : checkVariables(variables)) ?? (typeof query === 'string' ? inspectText(query).error : undefined);
    // Apollo Server tells syntax errors itself, as the client's media type has it.
    return error === undefined || error.extensions['code'] === 'GRAPHQL_PARSE_FAILED' ? undefined : refusalOfError(error);
  };

  /** Counts what is known of a request: all of it but for a hash in the place of a document. */
  const count = async (
    request: FastifyRequest,
    reply: FastifyReply,
    countedAs: RateLimitedRequest,
    inForce: GuardsInForce,
  ): Promise<boolean | Refusal> => {
    const { query, operationName } = parametersOf(request);
    if (typeof query !== 'string') return false;
    const counts = inForce.countsOf(query, typeof operationName === 'string' ? operationName : undefined);
    const decision = await inForce.rateLimit.check(countedAs, counts);
    reply.headers(decision.headers);
    return decision.allowed || refusalOfRateLimit(decision);
  };

  const textsOf = (contract: string, identity: Identity, { automatic }: ContractServer, { settings }: GuardsInForce): KnownTexts => ({
    manifest: (hash) => persisted.find(contract, hash),
    automatic: automatic.find,
    // A service that works for somebody runs what that person wrote, not what a frontend was released with.
    safelist: admissionOf(settings, contract).safelist && purposeOf(identity) === undefined,
  });

  const admit = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const contract = contractOf(request);
    const server = servers.find(contract);
    if (server === undefined) {
      reply.callNotFound();
      return reply;
    }
    serving.set(request, server);
    const inForce = guards(contract);
    const requestId = requestIdOf(request);
    reply.header('x-request-id', requestId);
    const identity = await identify(request);
    if ('status' in identity) return sendRefusal(request, reply, identity);
    const texts = textsOf(contract, identity, server, inForce);
    const resolved = resolvePersisted(request, texts);
    if ('status' in resolved) return sendRefusal(request, reply, resolved);
    const refusal = inspect(request, inForce);
    if (refusal !== undefined) return sendRefusal(request, reply, refusal);
    const client = clientOf(request);
    const countedAs = {
      identity,
      remoteAddress: request.socket.remoteAddress,
      forwardedFor: request.headers['x-forwarded-for'],
      clientName: client.clientName,
    };
    const counted = await count(request, reply, countedAs, inForce);
    if (typeof counted === 'object') return sendRefusal(request, reply, counted);
    contexts.set(request, {
      requestId,
      contract,
      identity,
      ...client,
      countedAs,
      isCounted: counted,
      deadline: readDeadline(request.headers[DEADLINE_HEADER], inForce.settings.requests.timeoutMs, performance.now()),
      signal: abortWithClient(reply),
      forwardedHeaders: forwardedHeadersOf(request, requestId),
      showsCost: showsCost(request),
      isDryRun: isDryRun(request, identity),
      isPersisted: resolved.isPersisted,
      ...(texts.safelist ? { isListed: (hash: string) => texts.manifest(hash) !== undefined } : {}),
      record: { fetches: 0 },
    });
    return undefined;
  };

  const contextOf = (request: FastifyRequest): RequestContext => {
    const context = contexts.get(request);
    if (context === undefined) throw new Error('the request was not admitted');
    return context;
  };
  const handlers = new WeakMap<ContractServer, RouteHandlerMethod>();
  const handlerOf = (served: ContractServer): RouteHandlerMethod => {
    const handler = handlers.get(served) ?? fastifyApolloHandler(served.server, { context: async (request) => contextOf(request) });
    handlers.set(served, handler);
    return handler;
  };

  return {
    mount: (url, method) =>
      void http.route({
        url,
        method,
        preHandler: admit,
        handler: async function (request, reply) {
          const served = serving.get(request);
          if (served === undefined) throw new Error('the request was not admitted');
          const context = contextOf(request);
          const answer = await answerKnownOperation(served.operations, request, reply, context);
          if (answer !== undefined) return answer;
          const asked: unknown = await handlerOf(served).call(this, request, reply);
          if (request.method === 'GET') addCacheHeaders(request, reply, context, guards(context.contract).settings.caching.publicSeconds);
          return asked;
        },
      }),
    contextOf: (request) => contexts.get(request),
  };
};
