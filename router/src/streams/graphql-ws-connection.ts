import type { IncomingHttpHeaders } from 'node:http';
import { DomainError } from '@supergraph/errors';
import type { GraphQLFormattedError } from 'graphql';
import {
  CloseCode,
  type ConnectionInitMessage,
  GRAPHQL_TRANSPORT_WS_PROTOCOL,
  MessageType,
  type SubscribeMessage,
  type SubscribePayload,
  validateMessage,
} from 'graphql-ws';
import type { Admission, AnswerHeaders } from '../door/admission.ts';
import type { ContractServer } from '../door/contract-servers.ts';
import { clientOf } from '../door/request-facts.ts';
import { type LoadGauge, OVERLOADED } from '../load-shedding.ts';
import { connectionHeaders } from './connection-headers.ts';
import { atExpiry, CLIENT_GONE, type OpenStream } from './open-streams.ts';
import { readOperation } from './read-operation.ts';
import type { ResultSink } from './result-sink.ts';
import { tooManyOfConnection } from './stream-errors.ts';
import type { StreamRunner } from './stream-runner.ts';
import { codeOf, errorOfRefusal, toldError } from './told-error.ts';

/** A WebSocket as the protocol needs it. */
export interface MessageSocket {
  /** Settles when the system took it, which it does no faster than the client reads. */
  send(text: string): Promise<void>;
  close(code: number, reason: string): void;
}

export interface GraphqlWsOptions {
  socket: MessageSocket;
  /** Of the request that was upgraded. */
  headers: IncomingHttpHeaders;
  remoteAddress: string | undefined;
  contract: string;
  /** Undefined once there is no such contract any more. */
  served: () => ContractServer | undefined;
  admission: Admission;
  runner: StreamRunner;
  gauge: Pick<LoadGauge, 'enter' | 'leave'>;
}

export interface GraphqlWsConnection {
  onMessage(text: string): Promise<void>;
  /** The socket is closed, or about to be: nothing is sent or taken any more. */
  onClosed(): void;
}

/** What clients take for a passing trouble (https://www.iana.org/assignments/websocket). */
export const TRY_AGAIN_LATER = 1013;

const PROTOCOL = GRAPHQL_TRANSPORT_WS_PROTOCOL;
const MAX_ID_LENGTH = 256;
/** https://www.rfc-editor.org/rfc/rfc6455#section-5.5: 125 with the code. */
const MAX_REASON_BYTES = 123;

type ClientMessage = { type: 'ping' | 'pong'; payload?: unknown } | ConnectionInitMessage | SubscribeMessage | { type: 'complete'; id: string };

/** Messages that only servers send. */
const OF_SERVERS: readonly string[] = [MessageType.ConnectionAck, MessageType.Next, MessageType.Error];

/** @throws Error that says what is wrong. */
const readMessage = (text: string): ClientMessage => {
  const message = validateMessage(JSON.parse(text));
  if (OF_SERVERS.includes(message.type)) throw new Error(`A client does not send '${message.type}'`);
  if ('id' in message && message.id.length > MAX_ID_LENGTH) throw new Error(`An id has at most ${MAX_ID_LENGTH} characters`);
  return message as ClientMessage;
};

/** As much of it as a close frame holds, no character broken. */
const reasonOf = (text: string): string => new TextDecoder().decode(Buffer.from(text).subarray(0, MAX_REASON_BYTES), { stream: true });

/** A client that sends what stands for a document has to send a query too, which is empty. */
const parametersOf = ({ query, ...rest }: SubscribePayload & { documentId?: unknown }) =>
  query === '' && (rest.documentId !== undefined || rest.extensions?.['persistedQuery'] !== undefined) ? rest : { query, ...rest };

/** One connection of https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md, its messages checked by graphql-ws itself. */
export const createGraphqlWsConnection = (options: GraphqlWsOptions): GraphqlWsConnection => {
  const { socket, contract, remoteAddress, admission, runner, gauge } = options;
  const operations = new Map<string, OpenStream>();
  let state: 'new' | 'initialising' | 'acknowledged' | 'closed' = 'new';
  let headers: IncomingHttpHeaders = {};
  let expiry: NodeJS.Timeout | undefined;

  const send = async (message: object): Promise<void> => {
    if (isClosed()) throw CLIENT_GONE;
    try {
      await socket.send(JSON.stringify(message));
    } catch {
      throw CLIENT_GONE;
    }
  };
  const isClosed = (): boolean => state === 'closed';
  const onClosed = (): void => {
    state = 'closed';
    clearTimeout(initTimeout);
    clearTimeout(expiry);
    for (const stream of [...operations.values()]) stream.end(CLIENT_GONE);
    operations.clear();
  };
  const close = (code: number, reason: string): void => {
    if (isClosed()) return;
    onClosed();
    socket.close(code, reasonOf(reason));
  };
  const initTimeout = setTimeout(() => {
    if (state === 'new') close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout');
  }, runner.settings().initSeconds * 1_000).unref();

  const initialise = async ({ payload }: ConnectionInitMessage): Promise<void> => {
    if (state !== 'new') return close(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests');
    state = 'initialising';
    headers = connectionHeaders(options.headers, payload ?? {});
    const identity = await admission.identify(headers.authorization);
    if (isClosed()) return;
    // Clients connect anew after either, and ask for a token first after the one.
    if ('status' in identity) return close(identity.status === 401 ? CloseCode.Forbidden : TRY_AGAIN_LATER, identity.code);
    expiry = atExpiry(identity, () => close(CloseCode.Forbidden, 'ACCESS_TOKEN_EXPIRED'));
    state = 'acknowledged';
    await send({ type: MessageType.ConnectionAck });
  };

  /** Says nothing more of an operation that its client has ended. */
  const sinkOf = (id: string, stream: OpenStream): ResultSink => {
    const isActive = (): boolean => operations.get(id) === stream;
    const last = async (message: object): Promise<void> => {
      if (!isActive()) return;
      // The id may be taken again as soon as the client reads this.
      operations.delete(id);
      await send(message);
    };
    return {
      next: (payload) => send({ id, type: MessageType.Next, payload }),
      error: async (errors) => {
        const [code] = errors.map(codeOf);
        // Of the connection, not of one operation.
        if (code === 'READER_TOO_SLOW' || code === 'SHUTTING_DOWN') return close(code === 'SHUTTING_DOWN' ? 1001 : TRY_AGAIN_LATER, code);
        if (code === 'ACCESS_TOKEN_EXPIRED') return close(CloseCode.Forbidden, code);
        await last({ id, type: MessageType.Error, payload: errors });
      },
      complete: () => last({ id, type: MessageType.Complete }),
    };
  };

  const run = async (id: string, payload: SubscribePayload, stream: OpenStream): Promise<void> => {
    const sink = sinkOf(id, stream);
    const refuse = (error: GraphQLFormattedError): Promise<void> => sink.error([error]);
    const served = options.served();
    if (served === undefined) return close(CloseCode.BadRequest, 'There is no such contract any more');
    const asked = { headers, remoteAddress, contract, parameters: parametersOf(payload) };
    const answerHeaders: AnswerHeaders = {};
    const admitted = await admission.admit(asked, served, answerHeaders, () => stream.signal);
    if ('status' in admitted) {
      runner.refused({ requestId: answerHeaders['x-request-id'] ?? '', contract, fetches: 0, ...clientOf({ headers }) }, PROTOCOL, admitted.code);
      if (admitted.status === 401) return close(CloseCode.Forbidden, admitted.code);
      return refuse(errorOfRefusal(admitted));
    }
    const operation = readOperation(admitted.parameters, served.automatic);
    if ('status' in operation) return refuse(errorOfRefusal(operation));
    const { context } = admitted;
    const toStart = { operation: { ...operation, isWhole: true }, context, streams: served.streams, protocol: PROTOCOL };
    const { runInto, started } = await runner.start(toStart, stream);
    if (started.kind === 'subscription') leaves.get(stream)?.();
    await runInto(sink);
  };

  /** What counts an operation as in flight until it keeps its client waiting for more. */
  const leaves = new WeakMap<OpenStream, () => void>();
  const enter = (stream: OpenStream): boolean => {
    if (!gauge.enter()) return false;
    let inside = true;
    leaves.set(stream, () => {
      if (inside) gauge.leave();
      inside = false;
    });
    return true;
  };

  const open = (): OpenStream | GraphQLFormattedError => {
    const { maxPerConnection } = runner.settings();
    if (operations.size >= maxPerConnection) return toldError(runner.format, tooManyOfConnection(maxPerConnection));
    const stream = runner.open();
    if (stream instanceof DomainError) return toldError(runner.format, stream);
    if (enter(stream)) return stream;
    stream.end(undefined);
    return errorOfRefusal(OVERLOADED);
  };

  const subscribe = async ({ id, payload }: SubscribeMessage): Promise<void> => {
    if (state !== 'acknowledged') return close(CloseCode.Unauthorized, 'Unauthorized');
    if (operations.has(id)) return close(CloseCode.SubscriberAlreadyExists, `Subscriber for ${id} already exists`);
    const stream = open();
    if ('message' in stream) return send({ id, type: MessageType.Error, payload: [stream] });
    operations.set(id, stream);
    try {
      await run(id, payload, stream);
    } catch (error) {
      await sinkOf(id, stream).error([toldError(runner.format, error)]);
    } finally {
      leaves.get(stream)?.();
      stream.end(undefined);
      if (operations.get(id) === stream) operations.delete(id);
    }
  };

  const complete = (id: string): void => {
    const stream = operations.get(id);
    operations.delete(id);
    stream?.end(CLIENT_GONE);
  };

  const handle = async (message: ClientMessage): Promise<void> => {
    if (message.type === 'connection_init') return initialise(message);
    if (message.type === 'subscribe') return subscribe(message);
    if (message.type === 'complete') return complete(message.id);
    if (message.type === 'ping') await send({ type: MessageType.Pong, ...(message.payload ? { payload: message.payload } : {}) });
  };

  return {
    onClosed,
    onMessage: async (text) => {
      if (isClosed()) return;
      let message: ClientMessage;
      try {
        message = readMessage(text);
      } catch (error) {
        return close(CloseCode.BadRequest, error instanceof SyntaxError ? 'A message is JSON' : (error as Error).message);
      }
      await handle(message).catch((error: unknown) => {
        if (error !== CLIENT_GONE) throw error;
      });
    },
  };
};
