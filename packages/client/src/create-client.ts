import { type OperationDocument, requestOf } from './operation-request.ts';

/** An entry of `errors` in a GraphQL answer (https://spec.graphql.org/draft/#sec-Errors). */
export interface OperationError {
  message: string;
  /** Where in the data a null stands for it. */
  path?: readonly (string | number)[];
  /** `code` is stable: docs/errors.md of the supergraph lists all. */
  extensions?: { code?: string } & Readonly<Record<string, unknown>>;
}

/**
 * What went wrong:
 * - `network`: no answer came; the server may or may not have done what was asked.
 * - `timeout`: no answer came in time; the same holds.
 * - `http`: something that is not a GraphQL answer, for instance from a proxy.
 * - `graphql`: the answer has errors and no data.
 */
export type ClientErrorKind = 'network' | 'timeout' | 'http' | 'graphql';

interface Details {
  status?: number | undefined;
  errors?: readonly OperationError[] | undefined;
  retryAfterSeconds?: number | undefined;
  cause?: unknown;
}

/** Why an operation has no data at all. An answer with some data is a result, not an error. */
export class ClientError extends Error {
  readonly kind: ClientErrorKind;
  /** The HTTP status; undefined when no answer came. */
  readonly status: number | undefined;
  /** The errors of the answer; empty unless `kind` is `graphql`. */
  readonly errors: readonly OperationError[];
  /** How long the server asks to wait before the next try, in seconds. */
  readonly retryAfterSeconds: number | undefined;

  constructor(kind: ClientErrorKind, message: string, { status, errors = [], retryAfterSeconds, cause }: Details = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ClientError';
    this.kind = kind;
    this.status = status;
    this.errors = errors;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** The code of the first error, for instance `CREDENTIALS_INVALID`. */
  get code(): string | undefined {
    return this.errors[0]?.extensions?.code;
  }
}

export interface ClientSettings {
  /** Where operations are sent, for instance `https://shop.example.com/web/graphql`; in a browser `/graphql` will do. */
  url: string;
  /** The access token of the caller, asked for before each request and outside its timeout; undefined for an anonymous one. */
  accessToken?: (() => string | undefined | Promise<string | undefined>) | undefined;
  /** Instead of the platform's `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** How long one request may take, the answer's body included, in milliseconds. Default 10,000. */
  timeoutMs?: number | undefined;
  /** `GET` lets browsers and proxies keep answers; then variables stand in logs of URLs. Mutations are always sent by POST. Default `POST`. */
  queries?: 'GET' | 'POST' | undefined;
  /** Sent as `apollographql-client-name` and `-version`: who it is in the server's logs and rate limits. */
  client?: { name: string; version: string } | undefined;
}

export interface ExecuteOptions {
  /** Gives the request up; `execute` then throws the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Sent as well; they win over the client's own. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** For this request, instead of the client's. */
  timeoutMs?: number | undefined;
}

/** What an operation came to. With errors the data are partial: `path` of each error names a null. */
export interface Result<Data> {
  data: Data;
  errors: readonly OperationError[];
}

/** `variables` may be left out when the operation has none that it needs. */
type Rest<Variables> =
  Record<string, never> extends Variables ? [variables?: Variables, options?: ExecuteOptions] : [variables: Variables, options?: ExecuteOptions];

export interface Client {
  /**
   * Sends an operation once; nothing is repeated or kept.
   * @throws ClientError when there is no data; the reason of `signal` when that was aborted.
   */
  execute<Data, Variables>(document: OperationDocument<Data, Variables>, ...rest: Rest<Variables>): Promise<Result<Data>>;
}

const DEFAULT_TIMEOUT_MS = 10_000;

interface Answer {
  data?: unknown;
  errors?: readonly OperationError[];
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const isAnswer = (value: unknown): value is Answer =>
  isObject(value) && (isObject(value['data']) || (Array.isArray(value['errors']) && value['errors'].length > 0));

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const retryAfterOf = (headers: Headers): number | undefined => {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
};

/**
 * What an HTTP answer says.
 * @param text its body.
 * @throws ClientError when there is no data.
 */
export const toResult = <Data>({ status, headers }: Response, text: string): Result<Data> => {
  const answer = parsed(text);
  const details = { status, retryAfterSeconds: retryAfterOf(headers) };
  if (!isAnswer(answer)) throw new ClientError('http', `the server answered ${status} without a GraphQL answer`, details);
  const { data, errors = [] } = answer;
  if (isObject(data)) return { data: data as Data, errors };
  throw new ClientError('graphql', errors[0]?.message ?? `the server answered ${status} without data`, { ...details, errors });
};

/** Makes a client for generated documents. */
export const createClient = (settings: ClientSettings): Client => {
  const { url, accessToken, timeoutMs = DEFAULT_TIMEOUT_MS, queries = 'POST', client } = settings;
  const own = client === undefined ? {} : { 'apollographql-client-name': client.name, 'apollographql-client-version': client.version };

  const authorization = async (): Promise<Record<string, string>> => {
    const token = await accessToken?.();
    return token === undefined ? {} : { authorization: `Bearer ${token}` };
  };

  const execute = async <Data>(
    document: OperationDocument<Data, never>,
    variables?: unknown,
    options: ExecuteOptions = {},
  ): Promise<Result<Data>> => {
    const { url: target, ...request } = requestOf(url, document, variables, queries === 'GET');
    const headers = { ...request.headers, ...own, ...(await authorization()), ...options.headers };
    const deadline = AbortSignal.timeout(options.timeoutMs ?? timeoutMs);
    const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
    const send = settings.fetch ?? globalThis.fetch;
    let response: Response;
    let text: string;
    try {
      response = await send(target, { method: request.method, headers, signal, ...(request.body === undefined ? {} : { body: request.body }) });
      text = await response.text();
    } catch (cause) {
      options.signal?.throwIfAborted();
      if (deadline.aborted) throw new ClientError('timeout', 'the server did not answer in time', { cause });
      throw new ClientError('network', 'the server cannot be reached', { cause });
    }
    return toResult<Data>(response, text);
  };
  return { execute: execute as Client['execute'] };
};
