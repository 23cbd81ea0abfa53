import { HttpProblem } from '@supergraph/service/problem';
import { currentTraceparent } from '@supergraph/service/trace-context';
import type { ViewDocument } from './view.ts';

/** The whole call. */
const DEADLINE_MS = 4_000;
/** What the router is told to keep: it answers with what it has by then, and that still has to arrive. */
const ROUTER_DEADLINE_MS = 3_400;
const MAX_ANSWER_BYTES = 4_194_304;
const EVENT_STREAM = 'text/event-stream';
const GRAPHQL_RESPONSE = 'application/graphql-response+json, application/json;q=0.9';

/** Whose request it is. */
export interface OnBehalfOf {
  authorization: string | undefined;
  /** Addresses the request came by, the last one our client's: the router counts by it when it trusts us. */
  forwardedFor: string;
  /** Ends the call with the request. */
  signal?: AbortSignal | undefined;
}

/** One entry of `errors`. */
export interface RouterError {
  message: string;
  path?: readonly (string | number)[];
  extensions?: Readonly<Record<string, unknown>>;
}

export interface RouterAnswer {
  status: number;
  headers: Headers;
  data: Record<string, unknown> | null;
  errors: readonly RouterError[];
}

/** What the router sent, unread. */
export interface RawAnswer {
  status: number;
  headers: Headers;
  text: string;
}

/** Sends one operation a call to the router. */
export interface RouterClient {
  /** @throws ROUTER_UNAVAILABLE, DEADLINE_EXCEEDED, ROUTER_ANSWER_INVALID */
  execute(document: ViewDocument<unknown, unknown>, variables: unknown, onBehalfOf: OnBehalfOf): Promise<RouterAnswer>;
  /** Passes a body of GraphQL over HTTP on. @throws ROUTER_UNAVAILABLE, DEADLINE_EXCEEDED, ROUTER_ANSWER_INVALID */
  pass(body: unknown, onBehalfOf: OnBehalfOf): Promise<RawAnswer>;
  /**
   * Begins a subscription, over server-sent events. The deadline is for the beginning; the stream lasts until `onBehalfOf.signal` ends it.
   * @throws ROUTER_UNAVAILABLE, DEADLINE_EXCEEDED, ROUTER_ANSWER_INVALID
   */
  subscribe(body: unknown, onBehalfOf: OnBehalfOf): Promise<RouterStream | { events?: undefined; refusal: RawAnswer }>;
}

/** A subscription that has begun. */
export interface RouterStream {
  /** The body of a `text/event-stream`. */
  events: ReadableStream<Uint8Array>;
  /** Whose body that is. To be held until somebody reads it: fetch cancels the body of a response that was garbage-collected before. */
  response: Response;
}

export interface RouterClientOptions {
  /** Of the contract: `http://127.0.0.1:4000/mobile/graphql`. */
  url: string;
  /** As the router knows us, in its log, its limits and its manifests. */
  clientName: string;
  /** 4,000 when left out. */
  deadlineMs?: number;
}

const unavailable = (): HttpProblem => new HttpProblem(503, 'ROUTER_UNAVAILABLE', 'The shop cannot be reached at the moment. Try again shortly.');

const deadlineExceeded = (): HttpProblem =>
  new HttpProblem(503, 'DEADLINE_EXCEEDED', 'The answer was not there in time. Look before you repeat what changes something.');

/** Of no meaning to clients: what went wrong stands in the log. */
export const answerInvalid = (cause: unknown): HttpProblem =>
  Object.assign(new HttpProblem(502, 'ROUTER_ANSWER_INVALID', 'The shop gave no answer that can be shown. Try again later.'), { cause });

const readText = async (response: Response): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw answerInvalid(new Error(`more than ${MAX_ANSWER_BYTES} bytes`));
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const parse = ({ status, headers, text }: RawAnswer): RouterAnswer => {
  try {
    const { data = null, errors = [] } = JSON.parse(text) as { data?: Record<string, unknown> | null; errors?: readonly RouterError[] };
    if (!Array.isArray(errors) || typeof data !== 'object' || (data === null && errors.length === 0)) throw new Error('neither data nor errors');
    return { status, headers, data, errors };
  } catch (error) {
    throw answerInvalid(new Error(`${status} ${text.slice(0, 200)}`, { cause: error }));
  }
};

const toProblem = (error: unknown): unknown => {
  if (error instanceof HttpProblem) return error;
  if ((error as Error).name === 'TimeoutError') return deadlineExceeded();
  // The client went away, and nobody reads the answer.
  if ((error as Error).name === 'AbortError') return deadlineExceeded();
  return Object.assign(unavailable(), { cause: error });
};

const headersOf = (clientName: string, { authorization, forwardedFor }: OnBehalfOf): Record<string, string> => {
  const traceparent = currentTraceparent();
  return {
    'content-type': 'application/json',
    'apollographql-client-name': clientName,
    'x-forwarded-for': forwardedFor,
    ...(authorization !== undefined && { authorization }),
    ...(traceparent !== undefined && { traceparent }),
  };
};

/** Calls the router with persisted operations, in the name of whoever asks us. */
export const createRouterClient = ({ url, clientName, deadlineMs = DEADLINE_MS }: RouterClientOptions): RouterClient => {
  const pass = async (body: unknown, onBehalfOf: OnBehalfOf): Promise<RawAnswer> => {
    const signals = [AbortSignal.timeout(deadlineMs), ...(onBehalfOf.signal === undefined ? [] : [onBehalfOf.signal])];
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          ...headersOf(clientName, onBehalfOf),
          accept: GRAPHQL_RESPONSE,
          'x-deadline-ms': String(Math.min(ROUTER_DEADLINE_MS, deadlineMs)),
        },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.any(signals),
      });
      return { status: response.status, headers: response.headers, text: await readText(response) };
    } catch (error) {
      throw toProblem(error);
    }
  };
  const subscribe: RouterClient['subscribe'] = async (body, onBehalfOf) => {
    const beginning = new AbortController();
    const timer = setTimeout(() => beginning.abort(new DOMException('the router did not begin in time', 'TimeoutError')), deadlineMs);
    const signals = [beginning.signal, ...(onBehalfOf.signal === undefined ? [] : [onBehalfOf.signal])];
    try {
      const headers = { ...headersOf(clientName, onBehalfOf), accept: EVENT_STREAM };
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), redirect: 'error', signal: AbortSignal.any(signals) });
      const isStream = response.ok && (response.headers.get('content-type') ?? '').startsWith(EVENT_STREAM);
      if (isStream && response.body !== null) return { events: response.body, response };
      return { refusal: { status: response.status, headers: response.headers, text: await readText(response) } };
    } catch (error) {
      throw toProblem(error);
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    pass,
    subscribe,
    execute: async (document, variables, onBehalfOf) => parse(await pass({ documentId: document.__meta__?.['hash'], variables }, onBehalfOf)),
  };
};
