import { setTimeout as sleep } from 'node:timers/promises';
import {
  type handleUnaryCall,
  logVerbosity,
  type Metadata,
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
  type ServerUnaryCall,
  setLogVerbosity,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import type { Identity } from '@supergraph/identity/identity';
import { INTERNAL_TOKEN_HEADER, verifyInternalToken } from '@supergraph/identity/internal-token';
import type { Logger } from '@supergraph/service/logging';
import { messageOf, type Running } from '@supergraph/service/process';
import { StartupError } from '@supergraph/service/startup-error';
import { withTraceparent } from '@supergraph/service/trace-context';
import { HealthImplementation, protoPath as healthProto } from 'grpc-health-check';
import { toStatus } from './grpc-errors.ts';
import { loadService, type MethodName, type RequestOutput, type ResponseInput } from './load-service.ts';

/** What a handler knows beside the request. */
export interface CallContext {
  /** For whom the call is made. */
  identity: Identity;
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal;
  /** By when the answer has to be there, in milliseconds since 1970. */
  deadline: number;
}

/** One function a method. What it throws is told by its DomainError, or masked. */
export type Handlers<Definition> = {
  [Name in MethodName<Definition>]: (request: RequestOutput<Definition, Name>, context: CallContext) => Promise<ResponseInput<Definition, Name>>;
};

export interface GrpcServer extends Running {
  /** Port 0 lets the system choose. @returns the port in use. @throws StartupError when it cannot be had. */
  listen(host: string, port: number): Promise<number>;
  /** Lets running calls finish for up to 1.5 s, then ends them. May be called more than once. */
  close(): Promise<void>;
}

export interface GrpcServerOptions<Definition> {
  /** Also whom internal tokens must be for. */
  name: string;
  protoFile: URL;
  /** Its full name, for instance `supergraph.order.v1.Orders`. */
  service: string;
  handlers: Handlers<Definition>;
  /** Secret that callers sign their internal tokens with; at least 32 bytes. */
  internalKey: string;
  logger: Logger;
  /** Answers what is not ready, or nothing; the health service follows it. */
  readiness: () => Promise<string | undefined>;
  /** Tells anybody what can be called; not in production. */
  reflection?: boolean;
  /** How often readiness is asked, in ms; 2 s when not given. */
  healthEveryMs?: number;
}

const MAX_REQUEST_BYTES = 262_144;
const MAX_RESPONSE_BYTES = 4_194_304;
/** Of a call that has no deadline, or a later one. */
const LONGEST_CALL_MS = 10_000;
const DRAIN_MS = 1_500;
const OPEN_METHODS = /^\/grpc\.(health|reflection)\./;

const identities = new WeakMap<Metadata, Identity>();

/** Who is not one of us gets an empty UNAUTHENTICATED, and nothing of theirs is parsed. The token is bound to the method. */
const requireInternalToken =
  (key: string, audience: string): ServerInterceptor =>
  ({ path }, call) => {
    if (OPEN_METHODS.test(path)) return new ServerInterceptingCall(call);
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, proceed) => {
            const [token] = metadata.get(INTERNAL_TOKEN_HEADER);
            const identity = typeof token === 'string' ? verifyInternalToken({ key, audience, token, body: path }) : undefined;
            if (identity === undefined) return call.sendStatus({ code: status.UNAUTHENTICATED, details: '' });
            identities.set(metadata, identity);
            proceed(metadata);
          },
        }),
    });
  };

type Handle = (request: unknown, context: CallContext) => Promise<unknown>;
type Call = ServerUnaryCall<unknown, unknown>;

const deadlineOf = (call: Call): number => {
  const latest = Date.now() + LONGEST_CALL_MS;
  const asked = call.getDeadline();
  return Math.min(latest, typeof asked === 'number' ? asked : asked.getTime());
};

/** Runs a handler until it answers, its deadline passes, or nobody waits any more. */
const unary =
  (handle: Handle, logger: Logger): handleUnaryCall<unknown, unknown> =>
  (call, respond) => {
    const identity = identities.get(call.metadata);
    if (identity === undefined) return respond({ code: status.UNAUTHENTICATED, details: '' });
    const deadline = deadlineOf(call);
    const ended = new AbortController();
    let answered = false;
    const answer: typeof respond = (...given) => {
      clearTimeout(timer);
      if (!answered) respond(...given);
      answered = true;
    };
    const timer = setTimeout(() => {
      ended.abort();
      answer({ code: status.DEADLINE_EXCEEDED, details: 'The answer was not there in time.' });
    }, deadline - Date.now());
    call.on('cancelled', () => {
      ended.abort();
      clearTimeout(timer);
    });
    const [traceparent] = call.metadata.get('traceparent');
    withTraceparent(typeof traceparent === 'string' ? traceparent : undefined, async () =>
      handle(call.request, { identity, signal: ended.signal, deadline }),
    ).then(
      (response) => answer(null, response),
      (error: unknown) => answer(toStatus(error, logger)),
    );
  };

const bind = (server: Server, name: string, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, used) => {
      if (error === null) return resolve(used);
      reject(
        new StartupError(
          `${name} cannot serve gRPC on ${address}: ${messageOf(error)}`,
          `stop the process that holds the port, or set ${name.toUpperCase()}_GRPC_PORT, or PORT_OFFSET to move every port`,
        ),
      );
    });
  });

/**
 * A gRPC service beside a room's HTTP server: one unary handler a method, open to calls with an internal token only. Beside it are the
 * standard health service, which follows readiness, and reflection. Requests have at most 256 KB, answers 4 MB, calls 10 s.
 * (https://github.com/grpc/grpc/blob/master/doc/health-checking.md)
 * @throws Error when the `.proto` file has no such service, or a method of it has no handler.
 */
export const createGrpcServer = async <Definition>(options: GrpcServerOptions<Definition>): Promise<GrpcServer> => {
  const { name, service, logger, readiness } = options;
  const { file, definition } = loadService(options.protoFile, service);
  // The library would write lines of its own beside ours.
  setLogVerbosity(logVerbosity.NONE);
  const server = new Server({
    'grpc.max_receive_message_length': MAX_REQUEST_BYTES,
    'grpc.max_send_message_length': MAX_RESPONSE_BYTES,
    // Without it the library forgets its sessions, and forceShutdown ends none.
    'grpc.enable_channelz': 1,
    interceptors: [requireInternalToken(options.internalKey, name)],
  });
  const implementation: UntypedServiceImplementation = {};
  for (const method of Object.keys(definition)) {
    const handle = (options.handlers as Record<string, Handle | undefined>)[method];
    if (handle === undefined) throw new Error(`${service} has no handler for ${method}`);
    implementation[method] = unary(handle, logger);
  }
  server.addService(definition, implementation);
  const health = new HealthImplementation({ '': 'NOT_SERVING', [service]: 'NOT_SERVING' });
  health.addToServer(server);
  if (options.reflection === true) new ReflectionService({ ...file, ...loadSync(healthProto) }).addToServer(server);

  const closing = new AbortController();
  const setHealth = (serving: boolean): void => {
    for (const one of ['', service]) health.setStatus(one, serving ? 'SERVING' : 'NOT_SERVING');
  };
  const followReadiness = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const problem = await readiness().catch(messageOf);
      setHealth(problem === undefined && !closing.signal.aborted);
      await sleep(options.healthEveryMs ?? 2_000, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
    }
  };
  const drain = async (): Promise<void> => {
    closing.abort();
    setHealth(false);
    const drained = new Promise<'drained'>((resolve) => server.tryShutdown(() => resolve('drained')));
    const outcome = await Promise.race([drained, sleep(DRAIN_MS, 'late' as const, { ref: false })]);
    if (outcome === 'late') server.forceShutdown();
  };
  let closed: Promise<void> | undefined;
  return {
    listen: async (host, port) => {
      const used = await bind(server, name, host, port);
      void followReadiness();
      logger.info({ port: used }, 'listening for gRPC');
      return used;
    },
    close: () => {
      closed ??= drain();
      return closed;
    },
  };
};
