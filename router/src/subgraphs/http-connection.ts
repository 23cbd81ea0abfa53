import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { type HttpExchangeOptions, unreached } from './http-exchange.ts';
import { ResponseReader } from './response-reader.ts';
import { SubgraphFailure } from './subgraph-failure.ts';

export interface HttpConnectionOptions {
  host: string;
  port: number;
  maxBytes: number;
  connectTimeoutMs: number;
  /** Its exchange is over, and it can take another one. */
  onFree: (connection: HttpConnection) => void;
  onClosed: (connection: HttpConnection) => void;
  /** The connection went before anything of an answer came: the exchange may be tried on another one. */
  onStale: (exchange: PlainExchange) => void;
}

/** One request on its way, with what became of it. */
export interface PlainExchange extends HttpExchangeOptions {
  /** Text is Latin-1. */
  bytes: Buffer | string;
  isSafe: boolean;
  wasResent: boolean;
  connection: HttpConnection | undefined;
  failure: SubgraphFailure | undefined;
}

/** As node:net reads. What comes in one piece is not copied to be put together. */
const READ_BYTES = 64 * 1024;
const TCP_KEEP_ALIVE_MS = 60_000;

/** As undici has it: a server that does not say how long it keeps idle connections is left before Node's default of 5 s. */
const IDLE_MS = 4_000;
/** A server that had closed an idle connection answers what is sent on it at once, with nothing. */
const STALE_MS = 100;
const MAX_IDLE_MS = 60_000;
/** An idle connection is given up this long before its server does that. */
const IDLE_MARGIN_MS = 2_000;

const idleMsOf = ({ keepsAlive, idleSeconds }: ResponseReader): number => {
  if (!keepsAlive) return 0;
  return idleSeconds === undefined ? IDLE_MS : Math.min(MAX_IDLE_MS, idleSeconds * 1_000 - IDLE_MARGIN_MS);
};

/** A connection to a subgraph, with one exchange at a time. Whatever is odd about an answer, it is not used again. */
export class HttpConnection {
  readonly #options: HttpConnectionOptions;
  readonly #socket: Socket;
  readonly #connecting: NodeJS.Timeout;
  #exchange: PlainExchange | undefined;
  #reader: ResponseReader | undefined;
  #wasUsed = false;
  #startedAt = 0;
  #error: unknown;
  /** In `performance.now()` milliseconds. */
  #idleUntil = 0;

  constructor(options: HttpConnectionOptions) {
    const { host, port, connectTimeoutMs } = options;
    this.#options = options;
    // Read into one buffer: nothing keeps a piece of it.
    const onread = { buffer: Buffer.allocUnsafeSlow(READ_BYTES), callback: (size: number, buffer: Uint8Array) => this.#read(buffer as Buffer, size) };
    this.#socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS, onread });
    this.#connecting = setTimeout(() => this.#break(new Error(`no connection within ${connectTimeoutMs} ms`)), connectTimeoutMs);
    this.#socket
      .once('connect', () => clearTimeout(this.#connecting))
      .once('end', () => this.#end())
      .on('error', (error) => {
        this.#error ??= error;
      })
      .once('close', () => this.#close());
  }

  /** Whether it may be used again at this moment, as far as is known here. */
  isUsable(now: number): boolean {
    return now < this.#idleUntil && this.#socket.writable && !this.#socket.destroyed;
  }

  start(exchange: PlainExchange): void {
    this.#exchange = exchange;
    this.#reader = new ResponseReader(this.#options.maxBytes);
    exchange.connection = this;
    this.#startedAt = performance.now();
    this.#socket.write(exchange.bytes, 'latin1');
  }

  /** Ends the connection, and fails what is on it. */
  destroy(): void {
    this.#socket.destroy();
  }

  #break(error: unknown): void {
    this.#error ??= error;
    this.#socket.destroy();
  }

  #read(buffer: Buffer, size: number): boolean {
    const [exchange, reader] = [this.#exchange, this.#reader];
    if (exchange === undefined || reader === undefined || exchange.failure !== undefined) {
      // An answer to nothing.
      this.#socket.destroy();
      return false;
    }
    try {
      const used = reader.read(buffer.subarray(0, size));
      if (reader.isWhole) this.#finish(exchange, reader, used === size);
    } catch (error) {
      this.#break(error);
    }
    return true;
  }

  #end(): void {
    const [exchange, reader] = [this.#exchange, this.#reader];
    if (exchange !== undefined && exchange.failure === undefined && reader?.end()) this.#finish(exchange, reader, false);
    else this.#socket.destroy();
  }

  #finish(exchange: PlainExchange, reader: ResponseReader, isClean: boolean): void {
    const idleMs = idleMsOf(reader);
    exchange.resolve(reader.answer);
    // One that was answered before it was sent whole, or more than answered, leaves bytes behind.
    if (idleMs <= 0 || !isClean || this.#socket.writableLength > 0 || this.#socket.destroyed) {
      this.#reader = undefined;
      this.#socket.destroy();
      return;
    }
    this.#exchange = undefined;
    this.#reader = undefined;
    this.#wasUsed = true;
    exchange.connection = undefined;
    this.#idleUntil = performance.now() + idleMs;
    this.#options.onFree(this);
    exchange.released();
  }

  #close(): void {
    clearTimeout(this.#connecting);
    const [exchange, reader] = [this.#exchange, this.#reader];
    this.#exchange = undefined;
    this.#options.onClosed(this);
    if (exchange === undefined) return;
    exchange.connection = undefined;
    if (this.#isStale(exchange, reader)) {
      this.#options.onStale(exchange);
      return;
    }
    // It may be resolved already.
    exchange.reject(exchange.failure ?? this.#failure());
    exchange.released();
  }

  /** The server had closed an idle connection, which is no failure of it. */
  #isStale({ failure, isSafe, wasResent }: PlainExchange, reader: ResponseReader | undefined): boolean {
    const isAtOnce = performance.now() - this.#startedAt < STALE_MS;
    return failure === undefined && isSafe && !wasResent && isAtOnce && this.#wasUsed && reader?.hasBegun === false;
  }

  #failure(): SubgraphFailure {
    return this.#error instanceof SubgraphFailure ? this.#error : unreached(this.#error ?? new Error('the connection ended before the answer'));
  }
}
