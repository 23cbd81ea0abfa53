import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from '@supergraph/service/logging';
import { checkRequest, RefusedRequest } from '@supergraph/service/request-checks';
import type { FastifyInstance } from 'fastify';
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, handleProtocols } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { OriginCheck } from '../cors.ts';
import type { Admission } from '../door/admission.ts';
import type { ContractServers } from '../door/contract-servers.ts';
import type { Refusal } from '../door/refusal.ts';
import { type LoadGauge, OVERLOADED } from '../load-shedding.ts';
import { WHOLE_GRAPH } from '../settings/contract-view.ts';
import { createGraphqlWsConnection, TRY_AGAIN_LATER } from './graphql-ws-connection.ts';
import { LINGER_MS } from './stream-body.ts';
import { refusalOf, tooManyStreams } from './stream-errors.ts';
import { isFromFriend, SWITCHED_OFF } from './stream-refusals.ts';
import type { StreamRunner } from './stream-runner.ts';

export interface WebSocketDoorOptions {
  http: FastifyInstance;
  servers: Pick<ContractServers, 'find'>;
  admission: Admission;
  runner: StreamRunner;
  gauge: Pick<LoadGauge, 'enter' | 'leave'>;
  isAllowed: OriginCheck;
  /** The largest message of a client. */
  maxMessageBytes: number;
  logger: Logger;
}

export interface WebSocketDoor {
  /** Of this moment. */
  connections(): number;
  /** Tells every client to go elsewhere, and waits until they are gone. */
  close(): Promise<void>;
}

const GOING_AWAY = 1001;
/** What may wait for a client that sends and does not read. */
const MAX_WAITING_BYTES = 1_048_576;
const PATH = /^(?:\/([^/]*))?\/graphql$/;

const NOT_FOUND: Refusal = { status: 404, code: 'NOT_FOUND', message: 'No WebSocket is served here. Connect to /graphql, or to that of a contract.' };
const FOREIGN: Refusal = { status: 403, code: 'ORIGIN_NOT_ALLOWED', message: 'Pages of this origin may not connect.' };

/** Answers on the bare socket. */
const refuse = (socket: Duplex, { status, code, message, headers = {} }: Refusal): void => {
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  const own = Object.entries({ ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), connection: 'close' });
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${own.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  socket.end(head + body);
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
};

/** The contract that the path names; undefined for other paths. */
const contractIn = (url: string): string | undefined => {
  const [path, contract] = PATH.exec(url.split('?')[0] ?? '') ?? [];
  if (path === undefined || contract === '') return undefined;
  try {
    return decodeURIComponent(contract ?? WHOLE_GRAPH);
  } catch {
    return undefined;
  }
};

const refusalOfHead = (request: IncomingMessage): Refusal | undefined => {
  try {
    checkRequest(request);
    return undefined;
  } catch (error) {
    if (!(error instanceof RefusedRequest)) throw error;
    return { status: error.statusCode, code: error.code, message: error.message };
  }
};

/** A client that does not answer is cut. */
const closeSoon = (socket: WebSocket, code: number, reason: string): void => {
  socket.close(code, reason);
  const cut = setTimeout(() => socket.terminate(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(cut));
};

/** Pings from time to time; a client that did not answer the last ping is gone. */
const watchOver = (socket: WebSocket, seconds: number): void => {
  let answered = true;
  const beats = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, seconds * 1_000).unref();
  socket.on('pong', () => {
    answered = true;
  });
  socket.once('close', () => clearInterval(beats));
};

/** Serves `graphql-transport-ws` at the paths of GraphQL, on Fastify's own server. */
export const addWebSocketDoor = (options: WebSocketDoorOptions): WebSocketDoor => {
  const { http, servers, runner, gauge, isAllowed, logger } = options;
  const sockets = new Map<WebSocket, () => void>();
  let closing = false;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: options.maxMessageBytes,
    handleProtocols,
  });

  const refusalOfLoad = (): Refusal | undefined => {
    const { max } = runner.settings();
    if (sockets.size >= max) return refusalOf(tooManyStreams(max));
    // Only looked at: a connection is not in flight, its operations are.
    if (closing || !gauge.enter()) return OVERLOADED;
    gauge.leave();
    return undefined;
  };
  const refusalOfUpgrade = (request: IncomingMessage, contract: string | undefined): Refusal | undefined => {
    const head = refusalOfHead(request);
    if (head !== undefined) return head;
    if (contract === undefined || servers.find(contract) === undefined) return NOT_FOUND;
    if (!runner.settings().enabled) return SWITCHED_OFF;
    const { headers } = request;
    if (headers.origin !== undefined && !isFromFriend(headers, isAllowed)) return FOREIGN;
    return refusalOfLoad();
  };

  const serve = (socket: WebSocket, request: IncomingMessage, contract: string): void => {
    if (socket.protocol !== GRAPHQL_TRANSPORT_WS_PROTOCOL) {
      sockets.set(socket, () => socket.terminate());
      socket.once('close', () => sockets.delete(socket));
      closeSoon(socket, CloseCode.SubprotocolNotAcceptable, 'Subprotocol not acceptable');
      return;
    }
    const { admission } = options;
    const connection = createGraphqlWsConnection({
      socket: {
        send: (text) => new Promise((resolve, reject) => socket.send(text, (error) => (error ? reject(error) : resolve()))),
        close: (code, reason) => closeSoon(socket, code, reason),
      },
      headers: request.headers,
      remoteAddress: request.socket.remoteAddress,
      contract,
      served: () => servers.find(contract),
      admission,
      runner,
      gauge,
    });
    let isShut = false;
    const shut = (code: number, reason: string): void => {
      if (isShut) return;
      isShut = true;
      connection.onClosed();
      closeSoon(socket, code, reason);
    };
    sockets.set(socket, () => shut(GOING_AWAY, 'SHUTTING_DOWN'));
    watchOver(socket, runner.settings().heartbeatSeconds);
    socket.on('ping', () => {
      if (socket.bufferedAmount > MAX_WAITING_BYTES) shut(TRY_AGAIN_LATER, 'READER_TOO_SLOW');
    });
    socket.on('message', (data, isBinary) => {
      if (socket.bufferedAmount > MAX_WAITING_BYTES) return shut(TRY_AGAIN_LATER, 'READER_TOO_SLOW');
      if (isBinary) return shut(CloseCode.BadRequest, 'A message is text');
      connection.onMessage(String(data)).catch((error: unknown) => {
        logger.error({ err: error }, 'a WebSocket message could not be handled');
        shut(CloseCode.InternalServerError, 'Internal server error');
      });
    });
    socket.on('error', () => connection.onClosed());
    const began = performance.now();
    socket.once('close', (code) => {
      sockets.delete(socket);
      connection.onClosed();
      const durationMs = Math.round(performance.now() - began);
      logger.info({ protocol: socket.protocol, contract: contract || undefined, closeCode: code, durationMs }, 'websocket');
    });
  };

  // Other protocols that a client offers, h2c for instance, are passed over as HTTP allows.
  Object.assign(http.server, { shouldUpgradeCallback: ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket' });
  http.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const contract = contractIn(request.url ?? '');
    const refusal = refusalOfUpgrade(request, contract);
    if (refusal !== undefined || contract === undefined) {
      const { status, code } = refusal ?? NOT_FOUND;
      logger.info({ protocol: GRAPHQL_TRANSPORT_WS_PROTOCOL, status, errorCodes: [code] }, 'websocket refused');
      return refuse(socket, refusal ?? NOT_FOUND);
    }
    server.handleUpgrade(request, socket, head, (opened) => serve(opened, request, contract));
  });

  return {
    connections: () => sockets.size,
    close: async () => {
      closing = true;
      const gone = [...sockets].map(([socket, leave]) => {
        const closed = new Promise((resolve) => socket.once('close', resolve));
        leave();
        return closed;
      });
      await Promise.all(gone);
    },
  };
};
