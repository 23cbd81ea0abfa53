import { setTimeout as sleep } from 'node:timers/promises';
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import type { Identity } from '@supergraph/identity/identity';
import { INTERNAL_TOKEN_HEADER, signInternalToken } from '@supergraph/identity/internal-token';
import { currentTraceparent } from '@supergraph/service/trace-context';
import { fromServiceError } from './grpc-errors.ts';
import { loadService, type MethodName, type RequestInput, type ResponseOutput } from './load-service.ts';

export interface GrpcClientOptions {
  /** Host and port, for instance `127.0.0.1:4103`. */
  address: string;
  protoFile: URL;
  /** Its full name, for instance `supergraph.order.v1.Orders`. */
  service: string;
  /** Name of the room that is called. */
  audience: string;
  /** Secret of that room; at least 32 bytes. */
  key: string;
  /** How long one call may take with its second try, in ms; 5 s when not given. */
  timeoutMs?: number;
  /** Called once for each try, with the method's name. */
  onCall?: (method: string) => void;
}

export interface CallOptions {
  /** For whom the call is made. */
  identity: Identity;
  /** Gives up when aborted. */
  signal?: AbortSignal | undefined;
  /** Milliseconds since 1970; the sooner of it and `timeoutMs` counts. */
  deadline?: number | undefined;
}

export interface GrpcClient<Definition> {
  /**
   * @throws DomainError as the service threw it, or `SERVICE_UNAVAILABLE` when it does not answer in time or is away; Error for what
   * must be masked.
   */
  call<Name extends MethodName<Definition>>(
    method: Name,
    request: RequestInput<Definition, Name>,
    options: CallOptions,
  ): Promise<ResponseOutput<Definition, Name>>;
  close(): void;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const MAX_REQUEST_BYTES = 262_144;
const MAX_RESPONSE_BYTES = 4_194_304;
const RETRY_MIN_MS = 20;
const RETRY_SPREAD_MS = 80;
/** These only read, and may be sent again. */
const READ = /^(Get|List)/;

const CHANNEL_OPTIONS = {
  'grpc.max_send_message_length': MAX_REQUEST_BYTES,
  'grpc.max_receive_message_length': MAX_RESPONSE_BYTES,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 5_000,
  // Bookkeeping that nobody reads.
  'grpc.enable_channelz': 0,
  // A room that restarts is back within seconds; the library's 2 minutes would keep it away.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
};

type Method = MethodDefinition<unknown, unknown>;

/**
 * Calls the gRPC service of another room, over one connection that is kept. Signs an internal token for each call and sets its deadline.
 * Reads (`Get…`, `List…`) that find nobody there are tried once more. Unencrypted: it is for calls inside one network.
 * @throws Error when the `.proto` file has no such service.
 */
export const createGrpcClient = <Definition>(options: GrpcClientOptions): GrpcClient<Definition> => {
  const { address, audience, key, timeoutMs = DEFAULT_TIMEOUT_MS, onCall } = options;
  const { definition } = loadService(options.protoFile, options.service);
  const client = new Client(address, credentials.createInsecure(), CHANNEL_OPTIONS);

  const send = (
    { path, requestSerialize, responseDeserialize }: Method,
    request: unknown,
    { identity, signal }: CallOptions,
    deadline: number,
  ): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const metadata = new Metadata();
      metadata.set(INTERNAL_TOKEN_HEADER, signInternalToken({ key, audience, identity, body: path }));
      const traceparent = currentTraceparent();
      if (traceparent !== undefined) metadata.set('traceparent', traceparent);
      const giveUp = (): void => call.cancel();
      const call = client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, { deadline }, (error, response) => {
        signal?.removeEventListener('abort', giveUp);
        if (error === null) resolve(response);
        else reject(error);
      });
      if (signal?.aborted === true) giveUp();
      else signal?.addEventListener('abort', giveUp, { once: true });
    });

  return {
    call: async (name, request, callOptions) => {
      const method = definition[name] as Method | undefined;
      if (method === undefined) throw new Error(`${options.service} has no method ${name}`);
      const deadline = Math.min(Date.now() + timeoutMs, callOptions.deadline ?? Number.POSITIVE_INFINITY);
      const attempt = async (): Promise<unknown> => {
        onCall?.(name);
        return send(method, request, callOptions, deadline);
      };
      const answer = attempt().catch(async (error: { code?: number }) => {
        const waitMs = RETRY_MIN_MS + Math.random() * RETRY_SPREAD_MS;
        if (error.code !== status.UNAVAILABLE || !READ.test(name) || Date.now() + waitMs > deadline) throw error;
        // When nobody waits any more, the second try ends at once.
        await sleep(waitMs, undefined, callOptions.signal && { signal: callOptions.signal }).catch(() => undefined);
        return attempt();
      });
      return (await answer.catch((error: unknown) => {
        throw fromServiceError(error, audience);
      })) as never;
    },
    close: () => client.close(),
  };
};
