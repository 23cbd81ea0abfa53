import { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { headerLine, messageOf } from '../subgraphs/http-syntax.ts';
import type { DirectAnswer, Exchange } from './exchange.ts';
import type { PlainRequest } from './plain-request.ts';
import type { RequestHead } from './request-head.ts';

/** The head of a request that is plain. */
export interface PlainHead extends RequestHead {
  plain: PlainRequest;
}

const MS_PER_SECOND = 1_000;
let second = 0;
let date = '';

/** The Date header, which changes once a second. */
const dateLine = (): string => {
  const now = Math.floor(Date.now() / MS_PER_SECOND);
  if (now === second) return date;
  second = now;
  date = headerLine('date', new Date(now * MS_PER_SECOND).toUTCString());
  return date;
};

const linesOf = (headers: Readonly<Record<string, string>>): string => {
  let lines = '';
  for (const name in headers) lines += headerLine(name, headers[name] ?? '');
  return lines;
};

export interface PlainExchangeOptions {
  socket: Socket;
  head: PlainHead;
  body: Buffer;
  /** What Node's server says in its `Keep-Alive` header. */
  keepAlive: string;
  /** It is answered. @param isLast whether the connection is to be closed. */
  onAnswered: (isLast: boolean) => void;
}

/** A plain request that was read from its socket. Its answer is one write. */
export class PlainExchange implements Exchange {
  onClosed: Exchange['onClosed'] = () => undefined;
  readonly #options: PlainExchangeOptions;
  #isClosed = false;

  constructor(options: PlainExchangeOptions) {
    this.#options = options;
  }

  get plain(): PlainRequest {
    return this.#options.head.plain;
  }

  get headers(): Exchange['headers'] {
    return this.#options.head.headers;
  }

  get remoteAddress(): string | undefined {
    return this.#options.socket.remoteAddress;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  readBody(onBody: (body: string) => void): void {
    onBody(this.#options.body.toString());
  }

  send({ headers, text, bytes, isLast }: DirectAnswer): void {
    const { socket, keepAlive } = this.#options;
    const connection = isLast ? 'connection: close\r\n' : `connection: keep-alive\r\nkeep-alive: ${keepAlive}\r\n`;
    const message = messageOf(`HTTP/1.1 200 OK\r\n${linesOf(headers)}${dateLine()}${connection}`, text, bytes);
    socket.write(message, 'latin1', (error) => {
      // The socket tells its end itself.
      if (!error) this.#answered(isLast);
    });
  }

  toMessages(): [IncomingMessage, ServerResponse] {
    const { socket, head, body, keepAlive } = this.#options;
    const { method, url } = head;
    const request = new IncomingMessage(socket);
    const read = { method, url, rawHeaders: [...head.rawHeaders], headers: { ...head.headers }, complete: true };
    Object.assign(request, read, { httpVersion: '1.1', httpVersionMajor: 1, httpVersionMinor: 1 });
    request.push(body);
    request.push(null);
    const answer = new ServerResponse(request);
    answer.setHeader('keep-alive', keepAlive);
    answer.assignSocket(socket);
    answer.once('finish', () => {
      answer.detachSocket(socket);
      process.nextTick(() => answer.emit('close'));
    });
    answer.once('close', () => {
      if (answer.writableFinished) this.#answered(answer.getHeader('connection') === 'close');
    });
    return [request, answer];
  }

  /** The socket is closed. */
  end(): void {
    this.#close(false);
  }

  destroy(): void {
    this.#options.socket.destroy();
  }

  #answered(isLast: boolean): void {
    this.#close(true);
    this.#options.onAnswered(isLast);
  }

  #close(isAnswered: boolean): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.onClosed(isAnswered);
  }
}
