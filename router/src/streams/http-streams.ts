import { DomainError } from '@supergraph/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OriginCheck } from '../cors.ts';
import type { ContractServer } from '../door/contract-servers.ts';
import { type Refusal, sendRefusal } from '../door/refusal.ts';
import { parametersOf } from '../door/request-facts.ts';
import type { LoadGauge } from '../load-shedding.ts';
import type { RequestContext } from '../request-context.ts';
import { type AskedKind, formOf, kindOf, mayStream, type StreamForm, takesJson } from './accepted-form.ts';
import { createEventSink, EVENT_STREAM_HEARTBEAT, EVENT_STREAM_TYPE, eventText } from './event-stream.ts';
import {
  createIncrementalParts,
  createSubscriptionParts,
  INCREMENTAL_TYPE,
  SUBSCRIPTION_HEAD,
  SUBSCRIPTION_HEARTBEAT,
  SUBSCRIPTION_TYPE,
} from './multipart.ts';
import { CLIENT_GONE, type OpenStream } from './open-streams.ts';
import type { StartedOperation, StreamedOperation } from './operation-stream.ts';
import { readOperation } from './read-operation.ts';
import type { ResultSink } from './result-sink.ts';
import { keepAlive, openBody } from './stream-body.ts';
import { refusalOf } from './stream-errors.ts';
import { CROSS_SITE, isSafeGet, ONLY_BY_POST, SWITCHED_OFF } from './stream-refusals.ts';
import type { StreamRunner } from './stream-runner.ts';
import { errorOfRefusal } from './told-error.ts';

/** Names an event stream that several operations share. */
export const TOKEN_HEADER = 'x-graphql-event-stream-token';

/** What of a request belongs to an event stream that several operations share. */
export interface SharedStreams {
  /** @returns undefined for a request that has nothing to do with one. */
  answer(served: ContractServer, request: FastifyRequest, reply: FastifyReply, context: RequestContext): Promise<FastifyReply> | undefined;
}

export interface HttpStreamsOptions {
  runner: StreamRunner;
  shared: SharedStreams;
  gauge: Pick<LoadGauge, 'release'>;
  isAllowed: OriginCheck;
}

/** Answers over HTTP that keep coming: server-sent events and multipart. */
export interface HttpStreams {
  /** @returns undefined for a request that is answered once. */
  answer(served: ContractServer, request: FastifyRequest, reply: FastifyReply, context: RequestContext): Promise<FastifyReply> | undefined;
  /** Tells a client that takes nothing but events what is wrong with its operation. @returns undefined for what any client is told by the status. */
  refuse(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): FastifyReply | undefined;
}

const FORMS: Readonly<Record<StreamForm, { protocol: string; type: string; sinkOf: (body: ReturnType<typeof openBody>) => ResultSink }>> = {
  'event-stream': { protocol: 'graphql-sse', type: EVENT_STREAM_TYPE, sinkOf: createEventSink },
  'multipart-subscription': { protocol: 'multipart', type: SUBSCRIPTION_TYPE, sinkOf: createSubscriptionParts },
  'multipart-incremental': { protocol: 'multipart', type: INCREMENTAL_TYPE, sinkOf: createIncrementalParts },
};

const HEADS: Readonly<Record<StreamForm, { head: string; heartbeat: string } | undefined>> = {
  'event-stream': { head: EVENT_STREAM_HEARTBEAT, heartbeat: EVENT_STREAM_HEARTBEAT },
  'multipart-subscription': { head: SUBSCRIPTION_HEAD, heartbeat: SUBSCRIPTION_HEARTBEAT },
  // It has no heartbeats, and ends with the request's deadline.
  'multipart-incremental': undefined,
};

/** What is told by the HTTP status whatever the client takes; all else is about the operation. */
const isOfTransport = ({ status, code }: Refusal): boolean => [401, 405, 429, 503].includes(status) || code === 'BAD_REQUEST';

const sendJson = (request: FastifyRequest, reply: FastifyReply, started: StartedOperation): FastifyReply | undefined => {
  const type = request.headers.accept?.includes('application/graphql-response+json') ? 'application/graphql-response+json' : 'application/json';
  const send = (status: number, body: unknown): FastifyReply =>
    reply.code(status).header('cache-control', 'no-store').type(`${type}; charset=utf-8`).send(JSON.stringify(body));
  if (started.kind === 'refused') return send(started.status, { errors: started.errors });
  return started.kind === 'single' && takesJson(request.headers.accept ?? '') ? send(200, started.result) : undefined;
};

const refusalBefore = (request: FastifyRequest, kind: AskedKind, { runner, isAllowed }: HttpStreamsOptions): Refusal | undefined => {
  if (!runner.settings().enabled) return SWITCHED_OFF;
  if (request.method !== 'GET') return undefined;
  if (!isSafeGet(request.headers, isAllowed)) return CROSS_SITE;
  return kind === 'mutation' ? ONLY_BY_POST : undefined;
};

export const createHttpStreams = (options: HttpStreamsOptions): HttpStreams => {
  const { runner, shared, gauge } = options;

  const run = async (
    { served, operation, form }: { served: ContractServer; operation: StreamedOperation; form: StreamForm },
    { request, reply, context }: { request: FastifyRequest; reply: FastifyReply; context: RequestContext },
    stream: OpenStream,
  ): Promise<FastifyReply> => {
    reply.raw.once('close', () => stream.end(CLIENT_GONE));
    const { protocol, type, sinkOf } = FORMS[form];
    const { started, runInto } = await runner.start({ operation, context, streams: served.streams, protocol }, stream);
    const once = form === 'event-stream' ? undefined : sendJson(request, reply, started);
    if (once !== undefined) {
      stream.end(undefined);
      return once;
    }
    if (started.kind === 'subscription') gauge.release(reply.raw);
    const body = openBody(reply, type);
    const head = HEADS[form];
    if (head !== undefined) {
      void body.write(head.head).catch(() => stream.end(CLIENT_GONE));
      keepAlive(body, head.heartbeat, stream, runner.settings());
    }
    await runInto(sinkOf(body));
    return reply;
  };

  const refuse: HttpStreams['refuse'] = (request, reply, refusal) => {
    const { accept } = request.headers;
    if (isOfTransport(refusal) || !mayStream(accept) || formOf(accept, undefined) !== 'event-stream') return undefined;
    return reply
      .code(200)
      .header('cache-control', 'no-store')
      .type(EVENT_STREAM_TYPE)
      .send(eventText('next', { errors: [errorOfRefusal(refusal)] }) + eventText('complete'));
  };

  const start = async (
    served: ContractServer,
    http: { request: FastifyRequest; reply: FastifyReply; context: RequestContext },
    form: StreamForm,
    kind: AskedKind,
  ): Promise<FastifyReply> => {
    const { request, reply } = http;
    const refusal = refusalBefore(request, kind, options);
    if (refusal !== undefined) return sendRefusal(request, reply, refusal);
    const operation = readOperation(parametersOf(request), served.automatic);
    if ('status' in operation) return refuse(request, reply, operation) ?? sendRefusal(request, reply, operation);
    // Its client went while it was let in: its close was told before anybody listened.
    if (reply.raw.destroyed) return reply.hijack();
    const stream = runner.open();
    if (stream instanceof DomainError) return sendRefusal(request, reply, refusalOf(stream));
    try {
      return await run({ served, operation, form }, http, stream);
    } catch (error) {
      stream.end(undefined);
      throw error;
    }
  };

  return {
    answer: (served, request, reply, context) => {
      const { accept } = request.headers;
      const isStreamed = mayStream(accept);
      if (!isStreamed && !(TOKEN_HEADER in request.headers)) return undefined;
      const asShared = shared.answer(served, request, reply, context);
      if (asShared !== undefined || !isStreamed) return asShared;
      const { query, operationName } = parametersOf(request);
      const kind = typeof query === 'string' ? kindOf(query, typeof operationName === 'string' ? operationName : undefined) : undefined;
      const form = formOf(accept, kind);
      return form && start(served, { request, reply, context }, form, kind);
    },
    refuse,
  };
};
