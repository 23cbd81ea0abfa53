import { createClient as createWsClient } from 'graphql-ws';
import { Client, cacheExchange, fetchExchange, type OperationResult, subscriptionExchange } from 'urql';
import { WebSocket } from 'ws';

export interface UrqlOptions {
  url: string;
  socketUrl: string;
  headers: Record<string, string>;
  transport: 'sse' | 'ws';
}

/** Subscribes with urql. @returns what ends it. */
export type UrqlSubscribe = (query: string, take: (result: OperationResult) => void) => () => void;

export const startUrql = ({ url, socketUrl, headers, transport }: UrqlOptions): UrqlSubscribe => {
  const socket =
    transport === 'ws' ? createWsClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: headers, retryAttempts: 0 }) : undefined;
  const bySocket =
    socket &&
    subscriptionExchange({
      forwardSubscription: ({ query = '', variables }) => ({
        subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables: variables as Record<string, unknown> }, sink as never) }),
      }),
    });
  const client = new Client({
    url,
    fetchOptions: { headers },
    preferGetMethod: false,
    fetchSubscriptions: socket === undefined,
    exchanges: [cacheExchange, ...(bySocket === undefined ? [] : [bySocket]), fetchExchange],
  });
  return (query, take) => {
    const { unsubscribe } = client.subscription(query, {}).subscribe(take);
    return () => {
      unsubscribe();
      void socket?.dispose();
    };
  };
};
