import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { LoadGauge } from '../load-shedding.ts';
import type { Exchange } from './exchange.ts';
import { PlainConnection, type PlainConnectionOptions } from './plain-connection.ts';

const MS_PER_SECOND = 1_000;
/** As Node has it, so that a client that trusts the `Keep-Alive` header does not meet a closed connection. */
const KEEP_ALIVE_MARGIN_MS = 1_000;
/** By when a client has to have taken its answer while the server closes, as Apollo Server's plugin has it for other connections. */
const CLOSE_MS = 10_000;
/** A head has a token in it, which no idle connection is to keep. */
const FORGET_MS = 1_000;

/**
 * Reads the connections of an HTTP server for as long as they bring plain requests. Others are given to that server as if it had accepted them
 * (https://nodejs.org/api/http.html#event-connection).
 */
export const addPlainConnections = (
  http: FastifyInstance,
  { bodyLimit, gauge, onRequest }: { bodyLimit: number; gauge: Pick<LoadGauge, 'isClosing'>; onRequest: (exchange: Exchange) => void },
): void => {
  const { server } = http;
  const listeners = server.listeners('connection');
  const open = new Set<PlainConnection>();
  const options: PlainConnectionOptions = {
    bodyLimit,
    firstMs: server.headersTimeout,
    idleMs: server.keepAliveTimeout + KEEP_ALIVE_MARGIN_MS,
    keepAlive: `timeout=${Math.floor(server.keepAliveTimeout / MS_PER_SECOND)}`,
    isClosing: gauge.isClosing,
    onRequest,
    onOdd: (socket) => {
      for (const listener of listeners) listener.call(server, socket);
    },
    onGone: (connection) => open.delete(connection),
  };
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => open.add(new PlainConnection(socket, options)));
  const forgetting = setInterval(() => {
    for (const connection of open) connection.forgetHead();
  }, FORGET_MS).unref();
  http.addHook('preClose', async () => {
    clearInterval(forgetting);
    for (const connection of open) connection.close();
    setTimeout(() => {
      for (const connection of open) connection.destroy();
    }, CLOSE_MS).unref();
  });
};
