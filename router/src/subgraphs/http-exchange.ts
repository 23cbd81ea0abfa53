import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { SubgraphFailure } from './subgraph-failure.ts';

export interface HttpAnswer {
  status: number;
  contentType: string;
  body: Buffer;
}

export interface HttpExchangeOptions {
  maxBytes: number;
  resolve: (answer: HttpAnswer) => void;
  reject: (failure: unknown) => void;
  /** Called once, when the connection is free again or gone. After `giveUp` that can be later than `reject`. */
  released: () => void;
}

/** undici's codes for what it refuses to send at all: the subgraph has no part in it. */
const NOT_SENT = new Set<unknown>(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED']);

const toFailure = (cause: Error): SubgraphFailure => {
  const reached = !NOT_SENT.has((cause as NodeJS.ErrnoException).code);
  return new SubgraphFailure('SUBGRAPH_UNAVAILABLE', reached ? 'no connection, or it broke' : 'could not be sent', {
    retryable: reached,
    outcome: reached ? 'failure' : 'inconclusive',
    cause,
  });
};

const textOf = (header: string | string[] | undefined): string => (typeof header === 'string' ? header : (header?.join(', ') ?? ''));

/** One HTTP request and its answer, read whole up to a limit: undici's handler, without the streams that `request` would build. */
export class HttpExchange implements Dispatcher.DispatchHandler {
  readonly #options: HttpExchangeOptions;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #status = 0;
  #contentType = '';
  #controller: Dispatcher.DispatchController | undefined;
  #failure: SubgraphFailure | undefined;

  constructor(options: HttpExchangeOptions) {
    this.#options = options;
  }

  /** Destroys the socket; what is not sent yet never will be. */
  giveUp(failure: SubgraphFailure): void {
    this.#failure ??= failure;
    this.#options.reject(this.#failure);
    this.#controller?.abort(this.#failure);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#failure !== undefined) controller.abort(this.#failure);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    // undici tells of 1xx answers here too; the real one follows.
    if (status < 200) return;
    this.#status = status;
    this.#contentType = textOf(headers['content-type']);
    const encoding = textOf(headers['content-encoding']);
    if (encoding !== '' && encoding !== 'identity')
      this.giveUp(
        new SubgraphFailure('SUBGRAPH_RESPONSE_INVALID', `answered with the content encoding ${encoding.slice(0, 100)}, not asked for`, {
          outcome: 'success',
        }),
      );
    else if (Number(headers['content-length']) > this.#options.maxBytes) this.#tooLarge();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#options.maxBytes) this.#tooLarge();
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first] = this.#chunks;
    const body = first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#size);
    this.#options.resolve({ status: this.#status, contentType: this.#contentType, body });
    this.#options.released();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#chunks.length = 0;
    this.#options.reject(this.#failure ?? toFailure(error));
    this.#options.released();
  }

  #tooLarge(): void {
    this.giveUp(new SubgraphFailure('SUBGRAPH_RESPONSE_TOO_LARGE', `answered more than ${this.#options.maxBytes} bytes`, { outcome: 'success' }));
  }
}
