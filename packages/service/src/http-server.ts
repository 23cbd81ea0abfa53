import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from './logging.ts';
import { messageOf } from './process.ts';
import { checkRequest, RefusedRequest } from './request-checks.ts';
import { StartupError } from './startup-error.ts';
import { withTraceparent } from './trace-context.ts';

const BODY_LIMIT_BYTES = 1_048_576;
/** Of a value in the path; a longer one is a 414. As long as the longest text that anything is found by. */
const MAX_PARAM_LENGTH = 256;
const REQUEST_DEADLINE_MS = 15_000;
const HEADERS_DEADLINE_MS = 10_000;

/** Node looks for requests past their deadline this often; its own 30 s would let a slow one live four times as long. */
const DEADLINE_CHECK_MS = 500;
/** How long a client that was refused may take to read why. */
const REFUSAL_LINGER_MS = 1_000;
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** What Fastify refuses with a code of its own for clients, or in words of ours; every other mistake of theirs is a BAD_REQUEST. */
const REFUSALS: Readonly<Record<string, { code: string; message?: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'BODY_TOO_LARGE' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'UNSUPPORTED_MEDIA_TYPE' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'BAD_REQUEST', message: 'Invalid JSON in the body.' },
};

/** What is refused, and how that is told to clients. */
export interface Refusal {
  status: number;
  code: string;
  message: string;
}

/** What Node refuses before there is a request, by its error code. */
const CLIENT_REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'HEADERS_TOO_LARGE', message: 'The headers of the request, or its URL, are too large.' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, code: 'BODY_TOO_LARGE', message: 'The chunk extensions of the request are too large.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'REQUEST_TIMEOUT', message: 'The request did not arrive in time.' },
};
const NOT_HTTP: Refusal = { status: 400, code: 'BAD_REQUEST', message: 'This is not a valid HTTP request.' };

const refusalBody = (message: string, code: string) => ({ errors: [{ message, extensions: { code } }] });

/** How a room tells errors. */
export interface ErrorAnswers {
  /** Answers what a route, a parser or a hook threw. */
  onError: (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply;
  /** Answers when no route fits. */
  onNotFound: (request: FastifyRequest, reply: FastifyReply) => FastifyReply;
  /** The body of what is refused before there is a route, as JSON; the path is empty when there is no request either. */
  refusal: (refusal: Refusal, path: string) => { contentType: string; body: string };
}

type RefusalWording = ErrorAnswers['refusal'];

const graphqlRefusal: RefusalWording = ({ message, code }) => ({ contentType: 'application/json', body: JSON.stringify(refusalBody(message, code)) });

/** Answers on the bare socket, and lets go of it whatever the client does. */
const refuseConnection =
  (wording: RefusalWording) =>
  (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const refusal = CLIENT_REFUSALS[error.code ?? ''] ?? NOT_HTTP;
    const { contentType, body } = wording(refusal, '');
    const head = [
      `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
      `Content-Type: ${contentType}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
    setTimeout(() => socket.destroy(), REFUSAL_LINGER_MS).unref();
  };

/**
 * As https://url.spec.whatwg.org reads it, which is how whatever else reads the URL of a request does: no two may see different parameters.
 * One that is repeated is a list.
 */
const parseQuery = (text: string): Record<string, unknown> => {
  const parameters: Record<string, unknown> = Object.create(null);
  if (text === '') return parameters;
  const search = new URLSearchParams(text);
  for (const name of new Set(search.keys())) {
    const values = search.getAll(name);
    parameters[name] = values.length === 1 ? values[0] : values;
  }
  return parameters;
};

export interface HttpServerOptions {
  logger: Logger;
  /** Answers what is not ready (for instance `database: connection refused`), or nothing when all is well. */
  readiness: () => Promise<string | undefined>;
  /** What `/health/ready` tells beside the status, for instance which version of a file is being served. */
  readyDetails?: () => Record<string, unknown>;
  /** The largest body, in bytes; 1 MiB when not given. */
  bodyLimit?: number;
  /** By when the headers have to be there, in ms from the first byte; 10 s when not given. */
  headersTimeoutMs?: number;
  /** By when the whole request has to be there, in ms from the first byte; 15 s when not given. */
  bodyTimeoutMs?: number;
  /** Whether requests that come while the server closes are refused here; true when not given, else whoever says no has to do it. */
  refusesWhileClosing?: boolean;
  /** How errors are told; as GraphQL does when not given. */
  errorAnswers?: ErrorAnswers;
}

/** Errors in GraphQL's form, masked where they are no fault of the client. */
const addGraphqlErrors = (app: FastifyInstance, logger: Logger): void => {
  app.setErrorHandler((error: { statusCode?: number; code?: string; message: string }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) {
      logger.error({ err: error }, 'request failed');
      return reply.code(status).send(refusalBody('Something went wrong on our side.', 'INTERNAL_SERVER_ERROR'));
    }
    const { code, message = error.message } = error instanceof RefusedRequest ? error : (REFUSALS[error.code ?? ''] ?? { code: 'BAD_REQUEST' });
    return reply.code(status).send(refusalBody(message, code));
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    const allowed = METHODS.filter((method) => app.hasRoute({ method, url: path }));
    if (allowed.length === 0) return reply.code(404).send(refusalBody(`Nothing here: ${request.method} ${path}.`, 'NOT_FOUND'));
    const message = `${request.method} is not a method of ${path}.`;
    return reply.code(405).header('allow', allowed.join(', ')).send(refusalBody(message, 'METHOD_NOT_ALLOWED'));
  });
};

/**
 * A fastify server as every room uses it: `/health/live` and `/health/ready`, bounded bodies and deadlines, every error as JSON with a
 * code and without a stack trace, and a close that lets running requests finish.
 */
export const createHttpServer = ({
  logger,
  readiness,
  readyDetails,
  bodyLimit = BODY_LIMIT_BYTES,
  headersTimeoutMs = HEADERS_DEADLINE_MS,
  bodyTimeoutMs = REQUEST_DEADLINE_MS,
  refusesWhileClosing = true,
  errorAnswers,
}: HttpServerOptions): FastifyInstance => {
  const wording = errorAnswers?.refusal ?? graphqlRefusal;
  const app: FastifyInstance = fastify({
    bodyLimit,
    forceCloseConnections: 'idle',
    return503OnClosing: refusesWhileClosing,
    requestTimeout: bodyTimeoutMs,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH, querystringParser: parseQuery },
    http: { headersTimeout: headersTimeoutMs, connectionsCheckingInterval: DEADLINE_CHECK_MS, requireHostHeader: false },
    // A path that cannot be decoded belongs to no route, and what is not HTTP at all to no request: neither reaches the error handler below.
    frameworkErrors: (error, request, reply) => {
      const path = request.url.split('?')[0] ?? '';
      const { contentType, body } = wording({ status: error.statusCode ?? 400, code: 'BAD_REQUEST', message: error.message }, path);
      return (reply as FastifyReply)
        .code(error.statusCode ?? 400)
        .type(contentType)
        .send(Buffer.from(body));
    },
    clientErrorHandler: refuseConnection(wording),
  });
  if (errorAnswers === undefined) addGraphqlErrors(app, logger);
  else app.setErrorHandler(errorAnswers.onError).setNotFoundHandler(errorAnswers.onNotFound);
  // A connection whose request was running when the server began to close would else stay open as long as its client likes.
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close');
    done(null, payload);
  });
  app.addHook('onRequest', ({ raw }, _reply, done) => {
    checkRequest(raw);
    const { traceparent } = raw.headers;
    withTraceparent(Array.isArray(traceparent) ? traceparent[0] : traceparent, done);
  });
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
