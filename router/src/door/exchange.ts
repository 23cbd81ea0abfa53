import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AnswerHeaders } from './admission.ts';
import type { PlainRequest } from './plain-request.ts';

/** An answer of data. */
export interface DirectAnswer {
  headers: AnswerHeaders;
  text: string;
  /** Of the text in UTF-8. */
  bytes: number;
  /** Whether the connection is closed after it. */
  isLast: boolean;
}

/** A plain request and the way of its answer, whatever read the one and writes the other. */
export interface Exchange {
  readonly plain: PlainRequest;
  readonly headers: IncomingHttpHeaders;
  readonly remoteAddress: string | undefined;
  /** Whether nothing more can be answered: it was, or the client is gone. */
  readonly isClosed: boolean;
  /** Called once. It is answered by then unless the client went away. */
  onClosed: (isAnswered: boolean) => void;
  /** Waits for the whole body, and leaves it there for the framework. */
  readBody(onBody: (body: string) => void): void;
  /** Answers with 200. */
  send(answer: DirectAnswer): void;
  /** The same as messages of Node's, to be answered by somebody else. */
  toMessages(): [IncomingMessage, ServerResponse];
  /** Ends the connection. */
  destroy(): void;
}
