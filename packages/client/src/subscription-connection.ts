import { ClientError, type OperationError, toResult } from './create-client.ts';
import { readEvents, type ServerEvent } from './event-stream.ts';
import { ENDED } from './retry-plan.ts';

export interface StreamRequest {
  url: string;
  body: string;
  headers: Readonly<Record<string, string>>;
  fetch: typeof globalThis.fetch;
  /** Until the server has begun to answer, in milliseconds. */
  openMs: number;
  /** How long nothing at all may come, heartbeats included, in milliseconds. */
  silenceMs: number;
  onOpen: () => void;
  signal: AbortSignal | undefined;
}

/** An answer that is no stream: the error that it says, or that it says none. */
const refusalOf = async (response: Response): Promise<ClientError> => {
  const text = await response.text();
  try {
    toResult(response, text);
  } catch (error) {
    if (error instanceof ClientError) return error;
  }
  return new ClientError('http', `the server answered ${response.status} without a stream`, { status: response.status });
};

const isEventStream = ({ ok, headers }: Response): boolean => ok && (headers.get('content-type') ?? '').startsWith('text/event-stream');

/** Asks for one stream. @throws ClientError; the reason of the signal when that was aborted. */
async function* eventsOf({ url, body, headers, fetch, openMs, silenceMs, onOpen, signal }: StreamRequest): AsyncGenerator<ServerEvent, void> {
  const silence = new AbortController();
  const giveUp = (): void => silence.abort();
  let timer = setTimeout(giveUp, openMs);
  const heard = (): void => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, silenceMs);
  };
  try {
    const ended = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
    const response = await fetch(url, { method: 'POST', headers, body, signal: ended });
    if (!isEventStream(response) || response.body === null) throw await refusalOf(response);
    heard();
    onOpen();
    for await (const event of readEvents(response.body, { onBytes: heard })) {
      // While the reader works on it nothing is read: that is no silence of the server.
      clearTimeout(timer);
      yield event;
      heard();
    }
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof ClientError) throw cause;
    if (silence.signal.aborted) throw new ClientError('timeout', 'the server has gone silent', { cause });
    throw new ClientError('network', 'the connection to the server broke', { cause });
  } finally {
    clearTimeout(timer);
    giveUp();
  }
}

/** One event's outcome. Without data its `errors` say why. */
export interface Delivery {
  /** Which of the subscriptions it is for; `''` on a connection of one. */
  id: string;
  data: object | null;
  errors: readonly OperationError[];
}

interface Message {
  id: string;
  payload?: { data?: object | null; errors?: readonly OperationError[] };
}

const invalid = (cause: unknown): ClientError => new ClientError('http', 'the server sent something that is no result', { cause });

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(cause);
  }
};

/** One subscription has a connection of its own, whose events are the results; several share one, and each event has the id of its own. */
const messageOf = ({ event, data }: ServerEvent, shared: boolean): Message => {
  if (event === 'complete' && !shared) return { id: '' };
  const content = parse(data);
  if (typeof content !== 'object' || content === null) throw invalid(new Error(data.slice(0, 100)));
  if (!shared) return { id: '', payload: content };
  const { id, payload } = content as Partial<Message>;
  return { id: String(id), ...(event === 'next' && { payload: payload ?? {} }) };
};

const failure = (errors: readonly OperationError[]): ClientError =>
  new ClientError('graphql', errors[0]?.message ?? 'the subscription failed', { errors });

/** Keeps count of the subscriptions of one connection. */
const createLedger = (count: number) => {
  const failed = new Map<string, readonly OperationError[]>();
  let open = count;
  return {
    isDone: () => open === 0,
    /** @throws ClientError when the last that came of it was an error. */
    complete: (id: string): void => {
      const errors = failed.get(id);
      if (errors !== undefined) throw failure(errors);
      open -= 1;
    },
    /** @throws ClientError when the server ends it with an error. */
    deliver: ({ id, payload: { data = null, errors = [] } = {} }: Message): Delivery => {
      if (data !== null) failed.delete(id);
      else if (ENDED.has(errors[0]?.extensions?.code)) throw failure(errors);
      else failed.set(id, errors);
      return { id, data, errors };
    },
  };
};

/**
 * The results of one connection, by the protocol of graphql-sse (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md), until the server
 * completes all its subscriptions.
 * @param count of the subscriptions: 1 for a connection of its own.
 * @throws ClientError when it breaks, when it is refused, and when the server ends a subscription with an error.
 */
export async function* deliveriesOf(request: StreamRequest, count: number, shared: boolean): AsyncGenerator<Delivery, void> {
  const ledger = createLedger(count);
  for await (const event of eventsOf(request)) {
    if (event.event !== 'next' && event.event !== 'complete') continue;
    const message = messageOf(event, shared);
    if (message.payload !== undefined) yield ledger.deliver(message);
    else ledger.complete(message.id);
    if (ledger.isDone()) return;
  }
  throw new ClientError('network', 'the stream was cut off');
}
