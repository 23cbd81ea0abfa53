import { type Dispatcher, request } from 'undici';
import { readAnswer } from '../subgraphs/read-answer.ts';
import { SubgraphFailure } from '../subgraphs/subgraph-failure.ts';
import { createEventStreamReader, type EventStreamReader } from './event-stream-reader.ts';
import type { SourceSubscriber } from './subgraph-source.ts';
import { subscriptionSourceLost } from './subscription-errors.ts';

export interface SourceConnection {
  name: string;
  url: string;
  body: string;
  /** By name, signed for this moment. */
  headers: () => Readonly<Record<string, string>>;
  /** For the subgraph to accept. */
  timeoutMs: number;
  /** Of one result. */
  maxBytes: number;
  signal: AbortSignal;
}

interface Running {
  connection: SourceConnection;
  dispatcher: Dispatcher;
  subscriber: SourceSubscriber;
  lastEventId?: string | undefined;
  isComplete: boolean;
}

const MAX_RECONNECTS = 3;
const PAUSE_MS = 200;
const JSON_TYPE = 'application/json';

const answerIn = (text: string) => readAnswer({ status: 200, contentType: JSON_TYPE, text });

const open = async ({ connection, dispatcher, lastEventId }: Running): Promise<Dispatcher.ResponseData> => {
  const response = await request(connection.url, {
    method: 'POST',
    dispatcher,
    signal: connection.signal,
    headersTimeout: connection.timeoutMs,
    bodyTimeout: 0,
    body: connection.body,
    headers: {
      ...connection.headers(),
      'content-type': JSON_TYPE,
      accept: 'text/event-stream',
      'accept-encoding': 'identity',
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
  });
  // One that is given up unread tells of it, and nobody may listen by then.
  response.body.on('error', () => undefined);
  return response;
};

const isStream = ({ statusCode, headers }: Dispatcher.ResponseData): boolean =>
  statusCode === 200 && String(headers['content-type']).startsWith('text/event-stream');

/** A subgraph may answer at once: with errors, as a rule. */
const readWhole = async ({ connection, subscriber }: Running, { statusCode, headers, body }: Dispatcher.ResponseData): Promise<void> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > connection.maxBytes) throw new RangeError(`an answer of more than ${connection.maxBytes} bytes`);
    chunks.push(chunk);
  }
  subscriber.onAnswer(readAnswer({ status: statusCode, contentType: String(headers['content-type'] ?? ''), text: Buffer.concat(chunks).toString() }));
};

const readerFor = (running: Running): EventStreamReader =>
  createEventStreamReader({
    maxBytes: running.connection.maxBytes,
    onEvent: ({ event, data }) => {
      if (event === 'next') running.subscriber.onAnswer(answerIn(data));
      if (event === 'complete') running.isComplete = true;
    },
  });

const readStream = async (running: Running, { body }: Dispatcher.ResponseData): Promise<void> => {
  const reader = readerFor(running);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      reader.push(chunk);
      if (running.isComplete) break;
    }
  } finally {
    running.lastEventId = reader.lastEventId() ?? running.lastEventId;
    body.destroy();
  }
};

/** It said something wrong, which it would say again. */
const isFinal = (error: unknown): boolean => error instanceof SubgraphFailure || error instanceof RangeError;

const reopen = async (running: Running): Promise<Dispatcher.ResponseData> => {
  for (let attempt = 1; ; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt));
    try {
      const response = await open(running);
      if (isStream(response)) return response;
      response.body.destroy();
      throw new Error(`answered ${response.statusCode}`);
    } catch (error) {
      if (attempt >= MAX_RECONNECTS || running.connection.signal.aborted) throw error;
    }
  }
};

/** Reads until it is complete. A connection that is lost is opened once more from the last event, where events have ids. */
const read = async (running: Running, first: Dispatcher.ResponseData): Promise<void> => {
  for (let response = first; ; response = await reopen(running)) {
    let cause: unknown;
    try {
      await readStream(running, response);
    } catch (error) {
      if (isFinal(error)) throw error;
      cause = error;
    }
    if (running.isComplete) return;
    if (running.lastEventId === undefined) throw cause ?? new Error('the stream ended and was not complete');
  }
};

/**
 * Subscribes by server-sent events, in the distinct connections mode of https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md.
 * Resolves when the subgraph took it. @throws SUBSCRIPTION_SOURCE_LOST
 */
export const subscribeBySse = async (connection: SourceConnection, subscriber: SourceSubscriber, dispatcher: Dispatcher): Promise<void> => {
  const running: Running = { connection, subscriber, dispatcher, isComplete: false };
  const lost = (cause: unknown) => subscriptionSourceLost(connection.name, cause);
  let response: Dispatcher.ResponseData;
  try {
    response = await open(running);
    if (!isStream(response)) await readWhole(running, response);
  } catch (error) {
    throw lost(error);
  }
  if (!isStream(response)) {
    subscriber.onEnd();
    return;
  }
  read(running, response).then(
    () => subscriber.onEnd(),
    (error: unknown) => subscriber.onEnd(connection.signal.aborted ? undefined : lost(error)),
  );
};
