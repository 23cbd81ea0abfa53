import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Logger } from './logging.ts';
import { messageOf } from './process.ts';
import { StartupError } from './startup-error.ts';
import { withTraceparent } from './trace-context.ts';

const BODY_LIMIT_BYTES = 1_048_576;
const REQUEST_DEADLINE_MS = 15_000;
const HEADERS_DEADLINE_MS = 10_000;

const BAD_REQUEST = JSON.stringify({ errors: [{ message: 'This is not a valid HTTP request.', extensions: { code: 'BAD_REQUEST' } }] });

export interface HttpServerOptions {
  logger: Logger;
  /** Answers what is not ready (for instance `database: connection refused`), or nothing when all is well. */
  readiness: () => Promise<string | undefined>;
  /** What `/health/ready` tells beside the status, for instance which version of a file is being served. */
  readyDetails?: () => Record<string, unknown>;
}

/**
 * A fastify server as every room uses it: `/health/live` and `/health/ready`, bounded bodies and deadlines, errors as
 * JSON without stack traces, and a close that lets running requests finish.
 */
export const createHttpServer = ({ logger, readiness, readyDetails }: HttpServerOptions): FastifyInstance => {
  const app: FastifyInstance = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: 'idle',
    requestTimeout: REQUEST_DEADLINE_MS,
    http: { headersTimeout: HEADERS_DEADLINE_MS },
    // A path that cannot be decoded belongs to no route, and what is not HTTP at all to no request: neither reaches the error handler below.
    frameworkErrors: (error, _request, reply) =>
      (reply as FastifyReply).code(error.statusCode ?? 400).send({ errors: [{ message: error.message, extensions: { code: 'BAD_REQUEST' } }] }),
    clientErrorHandler: (_error, socket) => {
      if (socket.writable)
        socket.end(
          `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${BAD_REQUEST.length}\r\nConnection: close\r\n\r\n${BAD_REQUEST}`,
        );
      else socket.destroy();
    },
  });
  app.setErrorHandler((error: { statusCode?: number; code?: string; message: string }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) logger.error({ err: error }, 'request failed');
    return reply.code(status).send({
      errors: [
        {
          message: status >= 500 ? 'Something went wrong on our side.' : error.message,
          extensions: { code: status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST' },
        },
      ],
    });
  });
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send({ errors: [{ message: `Nothing here: ${request.method} ${request.url.split('?')[0]}.`, extensions: { code: 'NOT_FOUND' } }] }),
  );
  // A connection whose request was running when the server began to close would else stay open as long as its client likes.
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
  app.addHook('onRequest', (request, _reply, done) => withTraceparent([request.headers['traceparent']].flat()[0], done));
  app.get('/health/live', () => ({ status: 'live' }));
  app.get('/health/ready', async (_request, reply) => {
    const problem = await readiness().catch(messageOf);
    return problem === undefined ? { status: 'ready', ...readyDetails?.() } : reply.code(503).send({ status: 'not ready', problem });
  });
  return app;
};

/**
 * Listens on host and port; port 0 lets the system choose.
 * @returns the port in use.
 * @throws StartupError when the port is taken or may not be used.
 */
export const listen = async (app: FastifyInstance, room: string, host: string, port: number): Promise<number> => {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE')
      throw new StartupError(
        `${room} cannot listen on ${host}:${port}: the port is in use`,
        `stop the process that holds it, or set PORT_OFFSET (for instance PORT_OFFSET=100) to move every port`,
      );
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL')
      throw new StartupError(
        `${room} cannot listen on ${host}:${port}: ${messageOf(error)}`,
        'set HOST and the port to an address this machine has and this user may use',
      );
    throw error;
  }
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
};
