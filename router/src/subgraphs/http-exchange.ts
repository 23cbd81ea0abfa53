import { SubgraphFailure } from './subgraph-failure.ts';

/** What a subgraph is sent. */
export interface HttpRequest {
  /** Names and values in turn, beside those that all requests have. */
  headers: readonly string[];
  body: string;
  /** It changes nothing, so that it may be sent again when the connection turns out to be gone. */
  isSafe: boolean;
}

export interface HttpAnswer {
  status: number;
  contentType: string;
  text: string;
}

export interface HttpExchangeOptions {
  resolve: (answer: HttpAnswer) => void;
  reject: (failure: unknown) => void;
  /** Called once, when the connection is free again or gone. After the exchange was given up that can be later than `reject`. */
  released: () => void;
}

/** HTTP requests to one subgraph, each on a connection of its own, and their answers, read whole up to a limit. */
export interface HttpExchanges {
  /** @returns how to give it up: it is rejected at once, and what is not sent yet never will be. */
  start(request: HttpRequest, options: HttpExchangeOptions): (failure: SubgraphFailure) => void;
  /** For when no exchange is under way. */
  close(): Promise<void>;
}

export interface HttpExchangesOptions {
  url: URL;
  /** Of all requests: names and values in turn. */
  headers: readonly string[];
  maxBytes: number;
  connectTimeoutMs: number;
}

export const tooLarge = (maxBytes: number): SubgraphFailure =>
  new SubgraphFailure('SUBGRAPH_RESPONSE_TOO_LARGE', `answered more than ${maxBytes} bytes`, { outcome: 'success' });

/** What can be told of an answer before its body is read. */
export const refusalOfHead = (encoding: string, contentLength: number, maxBytes: number): SubgraphFailure | undefined => {
  if (encoding !== '' && encoding !== 'identity') {
    const told = encoding.slice(0, 100);
    return new SubgraphFailure('SUBGRAPH_RESPONSE_INVALID', `answered with the content encoding ${told}, not asked for`, { outcome: 'success' });
  }
  return contentLength > maxBytes ? tooLarge(maxBytes) : undefined;
};

export const unreached = (cause: unknown): SubgraphFailure =>
  new SubgraphFailure('SUBGRAPH_UNAVAILABLE', 'no connection, or it broke', { retryable: true, outcome: 'failure', cause });

/** The subgraph has no part in it. */
export const notSent = (cause: unknown): SubgraphFailure => new SubgraphFailure('SUBGRAPH_UNAVAILABLE', 'could not be sent', { cause });
