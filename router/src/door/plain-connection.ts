import type { Socket } from 'node:net';
import type { Exchange } from './exchange.ts';
import { PlainExchange, type PlainHead } from './plain-exchange.ts';
import { plainRequest } from './plain-request.ts';
import { readRequestHead } from './request-head.ts';

export interface PlainConnectionOptions {
  /** The largest body that is taken. */
  bodyLimit: number;
  /** By when a new connection has to say something. */
  firstMs: number;
  /** After which a connection that says nothing is closed. */
  idleMs: number;
  /** What is said of that in a `Keep-Alive` header. */
  keepAlive: string;
  isClosing: () => boolean;
  onRequest: (exchange: Exchange) => void;
  /** Takes the connection over, whatever comes on it: the socket reads what came so far once more. */
  onOdd: (socket: Socket) => void;
  onGone: (connection: PlainConnection) => void;
}

interface KnownHead {
  /** With the empty line. */
  bytes: Buffer;
  head: PlainHead;
}

const START = 'POST ';
const HEAD_END = '\r\n\r\n';
/** As Node's parser has it. */
const MAX_HEAD_BYTES = 16 * 1024;
/** Requests that come in several pieces come quickly, or are left to Node's server, which has a deadline for them. */
const PATIENCE_MS = 100;

/** @returns nothing for what is not plain, `incomplete` for what may become it. */
const readHead = (bytes: Buffer, bodyLimit: number): KnownHead | 'incomplete' | undefined => {
  if (!bytes.toString('latin1', 0, START.length).startsWith(START.slice(0, bytes.length))) return undefined;
  const end = bytes.indexOf(HEAD_END);
  if (end > MAX_HEAD_BYTES || (end === -1 && bytes.length > MAX_HEAD_BYTES)) return undefined;
  if (end === -1) return 'incomplete';
  const head = readRequestHead(bytes.toString('latin1', 0, end));
  if (head === undefined) return undefined;
  const plain = plainRequest(head, bodyLimit);
  if (plain === undefined) return undefined;
  // A copy: the next requests are held against it.
  return { bytes: Buffer.from(bytes.subarray(0, end + HEAD_END.length)), head: { ...head, plain } };
};

const isSame = ({ bytes: known }: KnownHead, bytes: Buffer): boolean => bytes.length > known.length && known.compare(bytes, 0, known.length) === 0;

/**
 * A connection of a client, for as long as it brings plain requests, one at a time. Clients send the same head again and again: it is read
 * once. The first bytes of anything else hand the connection over for good.
 */
export class PlainConnection {
  readonly #socket: Socket;
  readonly #options: PlainConnectionOptions;
  /** Of the request before. */
  #known: KnownHead | undefined;
  #wasUsed = false;
  /** Of a request that is not whole yet, or came before the one under way was answered. */
  #bytes: Buffer | undefined;
  #waiting: NodeJS.Timeout | undefined;
  #exchange: PlainExchange | undefined;
  readonly #onAnswered = (isLast: boolean): void => {
    this.#exchange = undefined;
    if (isLast || this.#options.isClosing()) {
      this.#socket.destroySoon();
      return;
    }
    if (this.#socket.timeout !== this.#options.idleMs) this.#socket.setTimeout(this.#options.idleMs);
    if (this.#bytes === undefined) return;
    this.#socket.resume();
    this.#read(this.#bytes);
  };
  readonly #listeners = {
    data: (chunk: Buffer) => this.#onData(chunk),
    timeout: () => this.#onIdle(),
    // Who sends no more is not waiting for anything either, as Node's server has it.
    end: () => this.#socket.destroy(),
    error: () => undefined,
    close: () => this.#onClose(),
  };

  constructor(socket: Socket, options: PlainConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.setTimeout(options.firstMs);
    for (const [event, listener] of Object.entries(this.#listeners)) socket.on(event, listener);
  }

  /** Forgets the head of the request before, and who sent it, unless there was one since the last time. */
  forgetHead(): void {
    if (!this.#wasUsed) this.#known = undefined;
    this.#wasUsed = false;
  }

  /** Ends it unless a request is under way. */
  close(): void {
    if (this.#exchange !== undefined) return;
    if (this.#bytes === undefined) this.#socket.destroy();
    else this.#leave(this.#bytes);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    const bytes = this.#bytes === undefined ? chunk : Buffer.concat([this.#bytes, chunk]);
    if (this.#exchange === undefined) this.#read(bytes);
    else {
      this.#bytes = bytes;
      this.#socket.pause();
    }
  }

  #read(bytes: Buffer): void {
    const { bodyLimit } = this.#options;
    const known = this.#known !== undefined && isSame(this.#known, bytes) ? this.#known : readHead(bytes, bodyLimit);
    if (known === undefined) this.#leave(bytes);
    else if (known === 'incomplete') this.#wait(bytes);
    else this.#readBody(known, bytes);
  }

  #readBody(known: KnownHead, bytes: Buffer): void {
    const end = known.bytes.length + known.head.plain.bodyBytes;
    if (bytes.length > end) this.#leave(bytes);
    else if (bytes.length < end) this.#wait(bytes);
    else {
      this.#known = known;
      this.#wasUsed = true;
      this.#forget();
      this.#begin(known.head, bytes.subarray(known.bytes.length));
    }
  }

  #wait(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#waiting ??= setTimeout(() => this.#leave(this.#bytes ?? bytes), PATIENCE_MS);
  }

  #forget(): void {
    this.#bytes = undefined;
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
  }

  #begin(head: PlainHead, body: Buffer): void {
    const { keepAlive, onRequest } = this.#options;
    const exchange = new PlainExchange({ socket: this.#socket, head, body, keepAlive, onAnswered: this.#onAnswered });
    this.#exchange = exchange;
    onRequest(exchange);
  }

  #onIdle(): void {
    if (this.#exchange === undefined) this.#socket.destroy();
  }

  #leave(bytes: Buffer): void {
    this.#forget();
    for (const [event, listener] of Object.entries(this.#listeners)) this.#socket.removeListener(event, listener);
    this.#socket.setTimeout(0);
    this.#options.onGone(this);
    this.#options.onOdd(this.#socket);
    this.#socket.unshift(bytes);
  }

  #onClose(): void {
    this.#forget();
    this.#options.onGone(this);
    this.#exchange?.end();
  }
}
