import type { IncomingHttpHeaders } from 'node:http';
import { type Dispatcher, Pool } from 'undici';
import {
  type HttpExchangeOptions,
  type HttpExchanges,
  type HttpExchangesOptions,
  notSent,
  refusalOfHead,
  tooLarge,
  unreached,
} from './http-exchange.ts';
import type { SubgraphFailure } from './subgraph-failure.ts';

/** undici's codes for what it refuses to send at all. */
const NOT_SENT = new Set<unknown>(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED']);

const toFailure = (cause: Error): SubgraphFailure => (NOT_SENT.has((cause as NodeJS.ErrnoException).code) ? notSent(cause) : unreached(cause));

const textOf = (header: string | string[] | undefined): string => (typeof header === 'string' ? header : (header?.join(', ') ?? ''));

/** undici's handler, without the streams that its `request` would build. */
class UndiciExchange implements Dispatcher.DispatchHandler {
  readonly #options: HttpExchangeOptions;
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #status = 0;
  #contentType = '';
  #controller: Dispatcher.DispatchController | undefined;
  #failure: SubgraphFailure | undefined;

  constructor(options: HttpExchangeOptions, maxBytes: number) {
    this.#options = options;
    this.#maxBytes = maxBytes;
  }

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
    const refusal = refusalOfHead(textOf(headers['content-encoding']), Number(headers['content-length']), this.#maxBytes);
    if (refusal !== undefined) this.giveUp(refusal);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#maxBytes) this.giveUp(tooLarge(this.#maxBytes));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const text = Buffer.concat(this.#chunks, this.#size).toString();
    this.#options.resolve({ status: this.#status, contentType: this.#contentType, text });
    this.#options.released();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#chunks.length = 0;
    this.#options.reject(this.#failure ?? toFailure(error));
    this.#options.released();
  }
}

/** By undici, which knows TLS. */
export const createUndiciExchanges = (
  { url: { origin, pathname, search }, headers: own, maxBytes, connectTimeoutMs }: HttpExchangesOptions,
  connections: number,
): HttpExchanges => {
  const path = `${pathname}${search}`;
  // The call has one deadline for everything, which a drip of bytes does not move.
  const pool = new Pool(origin, { connections, pipelining: 1, allowH2: false, connectTimeout: connectTimeoutMs, headersTimeout: 0, bodyTimeout: 0 });
  return {
    start: ({ headers, body }, options) => {
      const exchange = new UndiciExchange(options, maxBytes);
      pool.dispatch({ path, method: 'POST', headers: [...own, ...headers], body }, exchange);
      return (failure) => exchange.giveUp(failure);
    },
    close: () => pool.close(),
  };
};
