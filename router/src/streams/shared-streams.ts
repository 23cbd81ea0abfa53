import { randomBytes } from 'node:crypto';
import { DomainError } from '@supergraph/errors';
import { callerKey } from '@supergraph/identity/caller-key';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Admission, AnswerHeaders } from '../door/admission.ts';
import type { ContractServer, ContractServers } from '../door/contract-servers.ts';
import type { GuardsInForce } from '../door/guards-in-force.ts';
import { type Refusal, refusalOfRateLimit, sendRefusal } from '../door/refusal.ts';
import { contractOf, parametersOf } from '../door/request-facts.ts';
import { extensionsOf } from '../persisted/persisted-request.ts';
import type { RequestContext } from '../request-context.ts';
import { kindOf } from './accepted-form.ts';
import { EVENT_STREAM_HEARTBEAT, EVENT_STREAM_TYPE } from './event-stream.ts';
import { type SharedStreams, TOKEN_HEADER } from './http-streams.ts';
import { CLIENT_GONE } from './open-streams.ts';
import type { StreamedOperation } from './operation-stream.ts';
import { readOperation } from './read-operation.ts';
import { createSharedEventStream, type SharedEventStream } from './shared-event-stream.ts';
import { keepAlive, openBody } from './stream-body.ts';
import { refusalOf, tooManyOfConnection } from './stream-errors.ts';
import { ONLY_BY_POST, SWITCHED_OFF } from './stream-refusals.ts';
import type { StreamRunner } from './stream-runner.ts';

export interface SharedStreamsOptions {
  http: FastifyInstance;
  servers: Pick<ContractServers, 'find'>;
  admission: Pick<Admission, 'admit'>;
  guards: (contract: string) => GuardsInForce;
  runner: StreamRunner;
  /** Requests that keep their client waiting for more are in flight no longer. */
  release: (reply: FastifyReply) => void;
}

export interface SharedStreamRoutes extends SharedStreams {
  /** Takes reservations (PUT) and ends operations (DELETE) under a path of GraphQL. */
  mount(url: string): void;
}

const MAX_ID_LENGTH = 256;
const ONE = { rootFields: 1, signIns: 0 };

const refuse = (status: number, code: string, message: string): Refusal => ({ status, code, message });
const NOT_FOUND = refuse(404, 'STREAM_NOT_FOUND', 'There is no such event stream. Reserve one by PUT.');
const TAKEN = refuse(409, 'STREAM_TAKEN', 'Somebody reads this event stream already.');
const NO_ID = refuse(400, 'BAD_REQUEST', `extensions.operationId must be a text of 1 to ${MAX_ID_LENGTH} characters.`);
const ID_TAKEN = refuse(409, 'OPERATION_ID_TAKEN', 'An operation with this operationId is under way.');

const isId = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= MAX_ID_LENGTH;

const ownerOf = ({ identity }: Pick<RequestContext, 'identity'>): string => callerKey(identity) ?? 'anonymous';

const parameter = ({ query }: FastifyRequest, name: string): unknown => (query as Record<string, unknown>)[name];

const headerToken = ({ headers }: FastifyRequest): string | undefined => [headers[TOKEN_HEADER]].flat()[0];

/** An `EventSource` can send no headers. */
const tokenOf = (request: FastifyRequest): unknown => headerToken(request) ?? parameter(request, 'token');

const takesEvents = ({ headers }: FastifyRequest): boolean => /\btext\/event-stream\b/i.test(headers.accept ?? '');

/**
 * One event stream for several operations, which browsers need over HTTP/1.1: they open six connections at most
 * (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md, "Single connection mode").
 */
export const createSharedStreams = ({ http, servers, admission, guards, runner, release }: SharedStreamsOptions): SharedStreamRoutes => {
  const reserved = new Map<string, SharedEventStream>();

  const find = (token: unknown, contract: string): SharedEventStream | undefined => {
    const found = typeof token === 'string' ? reserved.get(token) : undefined;
    return found?.contract === contract ? found : undefined;
  };

  const reserve = (context: RequestContext): string | Refusal => {
    const connection = runner.open();
    if (connection instanceof DomainError) return refusalOf(connection);
    const token = randomBytes(24).toString('base64url');
    const shared = createSharedEventStream({ contract: context.contract, owner: ownerOf(context) }, connection);
    const unclaimed = setTimeout(() => {
      if (!shared.isAttached()) connection.end(CLIENT_GONE);
    }, runner.settings().initSeconds * 1_000).unref();
    connection.signal.addEventListener('abort', () => {
      clearTimeout(unclaimed);
      reserved.delete(token);
    });
    reserved.set(token, shared);
    return token;
  };

  const put = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const contract = contractOf(request);
    const served = servers.find(contract);
    if (served === undefined) {
      reply.callNotFound();
      return reply;
    }
    if (!runner.settings().enabled) return sendRefusal(request, reply, SWITCHED_OFF);
    const headers: AnswerHeaders = {};
    const { signal } = new AbortController();
    const asked = { headers: request.headers, remoteAddress: request.socket.remoteAddress, contract, parameters: {} };
    const admitted = await admission.admit(asked, served, headers, () => signal);
    reply.headers(headers);
    if ('status' in admitted) return sendRefusal(request, reply, admitted);
    const decision = await guards(contract).rateLimit.check(admitted.context.countedAs, ONE);
    reply.headers(decision.headers);
    if (!decision.allowed) return sendRefusal(request, reply, refusalOfRateLimit(decision));
    const token = reserve(admitted.context);
    if (typeof token !== 'string') return sendRefusal(request, reply, token);
    return reply.code(201).header('cache-control', 'no-store').type('text/plain; charset=utf-8').send(token);
  };

  const stop = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const shared = find(tokenOf(request), contractOf(request));
    if (shared === undefined) return sendRefusal(request, reply, NOT_FOUND);
    const id = parameter(request, 'operationId');
    if (!isId(id)) return sendRefusal(request, reply, NO_ID);
    shared.stop(id);
    return reply.code(200).send('');
  };

  const attach = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const shared = find(tokenOf(request), contractOf(request));
    if (shared === undefined) return sendRefusal(request, reply, NOT_FOUND);
    if (shared.isAttached()) return sendRefusal(request, reply, TAKEN);
    const { connection } = shared;
    if (reply.raw.destroyed) {
      connection.end(CLIENT_GONE);
      return reply.hijack();
    }
    reply.raw.once('close', () => connection.end(CLIENT_GONE));
    release(reply);
    const body = openBody(reply, EVENT_STREAM_TYPE);
    void body.write(EVENT_STREAM_HEARTBEAT).catch(() => connection.end(CLIENT_GONE));
    keepAlive(body, EVENT_STREAM_HEARTBEAT, connection, runner.settings());
    shared.attach(body);
    return reply;
  };

  const refusalOfRun = (shared: SharedEventStream, id: string): Refusal | undefined => {
    if (shared.operations.has(id)) return ID_TAKEN;
    const { maxPerConnection } = runner.settings();
    return shared.operations.size >= maxPerConnection ? refusalOf(tooManyOfConnection(maxPerConnection)) : undefined;
  };

  /** The operation that a request wants answered on an event stream of its sender's. */
  const readRun = (
    served: ContractServer,
    request: FastifyRequest,
    context: RequestContext,
  ): Refusal | { shared: SharedEventStream; id: string; operation: StreamedOperation } => {
    const shared = find(headerToken(request), context.contract);
    if (shared?.owner !== ownerOf(context)) return NOT_FOUND;
    const parameters = parametersOf(request);
    const { operationId: id } = extensionsOf(parameters);
    if (!isId(id)) return NO_ID;
    const refusal = refusalOfRun(shared, id);
    if (refusal !== undefined) return refusal;
    const operation = readOperation(parameters, served.automatic);
    if ('status' in operation) return operation;
    if (request.method === 'GET' && kindOf(operation.query, operation.operationName) === 'mutation') return ONLY_BY_POST;
    return { shared, id, operation };
  };

  const run = async (served: ContractServer, request: FastifyRequest, reply: FastifyReply, context: RequestContext): Promise<FastifyReply> => {
    const read = readRun(served, request, context);
    if ('status' in read) return sendRefusal(request, reply, read);
    const { shared, id, operation } = read;
    const stream = runner.open();
    if (stream instanceof DomainError) return sendRefusal(request, reply, refusalOf(stream));
    const forget = (): void => {
      if (shared.operations.get(id) === stream) shared.operations.delete(id);
      stream.end(undefined);
    };
    shared.operations.set(id, stream);
    try {
      const { started, runInto } = await runner.start({ operation, context, streams: served.streams, protocol: 'graphql-sse' }, stream);
      if (started.kind !== 'refused') {
        shared.add(id, stream, runInto(shared.sinkOf(id)));
        return reply.code(202).send('');
      }
      forget();
      return reply.code(started.status === 200 ? 400 : started.status).send({ errors: started.errors });
    } catch (error) {
      forget();
      throw error;
    }
  };

  return {
    mount: (url) => {
      http.route({ url, method: 'PUT', handler: put });
      http.route({ url, method: 'DELETE', handler: stop });
    },
    answer: (served, request, reply, context) => {
      const hasHeader = TOKEN_HEADER in request.headers;
      if (takesEvents(request)) return hasHeader || parameter(request, 'token') !== undefined ? attach(request, reply) : undefined;
      return hasHeader ? run(served, request, reply, context) : undefined;
    },
  };
};
