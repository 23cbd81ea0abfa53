import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { readAnswer } from '../subgraphs/read-answer.ts';
import type { SourceSubscriber } from './subgraph-source.ts';
import type { SourceConnection } from './subscribe-by-sse.ts';
import { subscriptionSourceLost } from './subscription-errors.ts';

const PING_MS = 12_000;
const PONG_MS = 5_000;

const answerOf = (result: unknown) => readAnswer({ status: 200, contentType: 'application/json', text: JSON.stringify(result) });

const socketFor = ({ maxBytes, timeoutMs }: SourceConnection, headers: Readonly<Record<string, string>>) =>
  class extends WebSocket {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(address, protocols, { headers, maxPayload: maxBytes, handshakeTimeout: timeoutMs, followRedirects: false, perMessageDeflate: false });
    }
  };

const clientFor = (connection: SourceConnection): Client => {
  const headers = connection.headers();
  let overdue: NodeJS.Timeout | undefined;
  const client = createClient({
    url: connection.url.replace(/^http/, 'ws'),
    webSocketImpl: socketFor(connection, headers),
    connectionParams: headers,
    connectionAckWaitTimeout: connection.timeoutMs,
    retryAttempts: 0,
    lazyCloseTimeout: 0,
    keepAlive: PING_MS,
    onNonLazyError: () => undefined,
    on: {
      ping: (received) => {
        if (!received) overdue = setTimeout(() => client.terminate(), PONG_MS).unref();
      },
      pong: () => clearTimeout(overdue),
      closed: () => clearTimeout(overdue),
    },
  });
  return client;
};

const isListOfErrors = (error: unknown): error is readonly unknown[] => Array.isArray(error);

/**
 * Subscribes by WebSocket, each subscription by one of its own: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. Resolves when the
 * subgraph took the connection. @throws SUBSCRIPTION_SOURCE_LOST
 */
export const subscribeByWebsocket = async (connection: SourceConnection, subscriber: SourceSubscriber): Promise<void> => {
  const client = clientFor(connection);
  const { promise: connected, resolve, reject } = Promise.withResolvers<void>();
  const lost = (cause: unknown) => subscriptionSourceLost(connection.name, cause);
  const onEnd = (error?: unknown): void => {
    void client.dispose();
    subscriber.onEnd(connection.signal.aborted ? undefined : error);
  };
  const onError = (error: unknown): void => {
    reject(lost(error));
    if (!isListOfErrors(error)) {
      onEnd(lost(error));
      return;
    }
    subscriber.onAnswer(answerOf({ data: null, errors: error }));
    onEnd();
  };
  const onNext = (result: unknown): void => {
    try {
      subscriber.onAnswer(answerOf(result));
    } catch (error) {
      onEnd(lost(error));
    }
  };
  client.on('connected', () => resolve());
  const { query, operationName, variables } = JSON.parse(connection.body) as {
    query: string;
    operationName?: string;
    variables?: Record<string, unknown>;
  };
  const payload = { query, ...(operationName === undefined ? {} : { operationName }), ...(variables === undefined ? {} : { variables }) };
  const unsubscribe = client.subscribe(payload, { next: onNext, error: onError, complete: () => onEnd() });
  connection.signal.addEventListener(
    'abort',
    () => {
      unsubscribe();
      void client.dispose();
    },
    { once: true },
  );
  await connected;
};
