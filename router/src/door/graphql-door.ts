import type { IncomingMessage } from 'node:http';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods, RouteHandlerMethod } from 'fastify';
import { type AccessFacts, accessFactsOf } from '../access-log.ts';
import type { RequestContext } from '../request-context.ts';
import type { HttpStreams } from '../streams/http-streams.ts';
import type { Admission, Admittance, AnswerHeaders } from './admission.ts';
import { addCacheHeaders } from './cache-headers.ts';
import type { ContractServer, ContractServers } from './contract-servers.ts';
import type { Handover } from './direct-door.ts';
import type { GuardsInForce } from './guards-in-force.ts';
import { sendRefusal } from './refusal.ts';
import { contractOf, type Parameters, parametersOf } from './request-facts.ts';

export interface GraphqlDoorOptions {
  http: FastifyInstance;
  servers: ContractServers;
  admission: Admission;
  /** Answers what is streamed. */
  streams: HttpStreams;
  /** The guards of this moment. */
  guards: (contract: string) => GuardsInForce;
  /** What is known of requests that another door looked at first. */
  handovers?: WeakMap<IncomingMessage, Handover>;
}

/** Serves GraphQL under a path of the HTTP server: that of the contract which `:contract` in it names, or of the whole graph. */
export type MountGraphql = (url: string, method: HTTPMethods[]) => void;

export interface GraphqlDoor {
  mount: MountGraphql;
  /** What the log tells of a request that was let in. */
  factsOf: (request: FastifyRequest) => AccessFacts | undefined;
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

/** Apollo Server reads the document where the client put what stands for it. */
const replaceParameters = (request: FastifyRequest, parameters: Parameters): void => {
  if (request.method !== 'GET') {
    request.body = parameters;
    return;
  }
  const { extensions } = parameters;
  const replaced = { ...parameters, ...(extensions === undefined ? {} : { extensions: JSON.stringify(extensions) }) };
  const entries = Object.entries(replaced).flatMap(([key, value]) => [value].flat().map((one) => [key, String(one)]));
  request.query = replaced;
  request.raw.url = `${request.url.split('?')[0]}?${new URLSearchParams(entries)}`;
};

/** The way of a request to Apollo Server, or to a stream of results. */
export const createGraphqlDoor = ({ http, servers, admission, streams, guards, handovers }: GraphqlDoorOptions): GraphqlDoor => {
  const contexts = new WeakMap<FastifyRequest, RequestContext>();
  const serving = new WeakMap<FastifyRequest, ContractServer>();

  const admitNow = async (request: FastifyRequest, reply: FastifyReply, server: ContractServer): Promise<Admittance> => {
    const contract = contractOf(request);
    const facts = { headers: request.headers, remoteAddress: request.socket.remoteAddress, contract, parameters: parametersOf(request) };
    const headers: AnswerHeaders = {};
    return { admitted: await admission.admit(facts, server, headers, () => abortWithClient(reply)), headers };
  };

  const admit = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const handover = handovers?.get(request.raw);
    const server = handover?.server ?? servers.find(contractOf(request));
    if (server === undefined) {
      reply.callNotFound();
      return reply;
    }
    serving.set(request, server);
    const { admitted, headers } = handover?.admission ?? (await admitNow(request, reply, server));
    reply.headers(headers);
    if ('status' in admitted) return streams.refuse(request, reply, admitted) ?? sendRefusal(request, reply, admitted);
    const { context, parameters } = admitted;
    if (context.isPersisted) replaceParameters(request, parameters);
    contexts.set(request, context);
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
          const streamed = streams.answer(served, request, reply, context);
          if (streamed !== undefined) return streamed;
          const asked: unknown = await handlerOf(served).call(this, request, reply);
          if (request.method === 'GET') addCacheHeaders(request, reply, context, guards(context.contract).settings.caching.publicSeconds);
          return asked;
        },
      }),
    factsOf: (request) => {
      const context = contexts.get(request);
      return context && accessFactsOf(context);
    },
    contextOf: (request) => contexts.get(request),
  };
};
