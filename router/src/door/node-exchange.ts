import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DirectAnswer, Exchange } from './exchange.ts';
import type { PlainRequest } from './plain-request.ts';

const peekBody = (request: IncomingMessage, bytes: number, onBody: (body: string) => void): void => {
  if (request.readableLength < bytes) {
    request.once('readable', () => peekBody(request, bytes, onBody));
    return;
  }
  const body = request.read(bytes) as Buffer;
  request.unshift(body);
  onBody(body.toString());
};

/** A plain request that Node's own HTTP server read. */
export class NodeExchange implements Exchange {
  readonly plain: PlainRequest;
  onClosed: Exchange['onClosed'] = () => undefined;
  readonly #request: IncomingMessage;
  readonly #answer: ServerResponse;

  constructor(request: IncomingMessage, answer: ServerResponse, plain: PlainRequest) {
    this.plain = plain;
    this.#request = request;
    this.#answer = answer;
    answer.once('close', () => this.onClosed(answer.writableFinished));
  }

  get headers(): Exchange['headers'] {
    return this.#request.headers;
  }

  get remoteAddress(): string | undefined {
    return this.#request.socket.remoteAddress;
  }

  get isClosed(): boolean {
    return this.#answer.closed;
  }

  readBody(onBody: (body: string) => void): void {
    // A body that came together with its head is there a moment after it.
    process.nextTick(() => peekBody(this.#request, this.plain.bodyBytes, onBody));
  }

  send({ headers, text, bytes, isLast }: DirectAnswer): void {
    const own = { 'content-length': bytes, ...(isLast && { connection: 'close' }) };
    // Only ASCII has as many bytes as characters, and is written faster as Latin-1.
    this.#answer.writeHead(200, { ...headers, ...own }).end(text, bytes === text.length ? 'latin1' : 'utf8');
    // It was looked at, and not taken.
    this.#request.resume();
  }

  toMessages(): [IncomingMessage, ServerResponse] {
    return [this.#request, this.#answer];
  }

  destroy(): void {
    this.#answer.destroy();
  }
}
