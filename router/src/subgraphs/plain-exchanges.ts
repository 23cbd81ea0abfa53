import { performance } from 'node:perf_hooks';
import { HttpConnection, type PlainExchange } from './http-connection.ts';
import { type HttpExchanges, type HttpExchangesOptions, notSent } from './http-exchange.ts';
import { headerLine, messageOf } from './http-syntax.ts';

const SWEEP_MS = 1_000;
const HTTP_PORT = 80;

const headerLines = (headers: readonly string[]): string => {
  let lines = '';
  for (let index = 0; index < headers.length; index += 2) lines += headerLine(headers[index] ?? '', headers[index + 1] ?? '');
  return lines;
};

/**
 * Plain HTTP/1.1 with next to nothing between a request and its socket: head and body in one write, connections kept while they are busy. How many
 * there are at a time is for the caller to limit.
 */
export const createPlainExchanges = ({ url, headers, maxBytes, connectTimeoutMs }: HttpExchangesOptions): HttpExchanges => {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? HTTP_PORT : Number(url.port);
  const start = `POST ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\nconnection: keep-alive\r\n${headerLines(headers)}`;
  const open = new Set<HttpConnection>();
  /** The one used last at the end: the others may grow old. */
  const idle: HttpConnection[] = [];
  let onEmpty: (() => void) | undefined;
  let isClosed = false;

  const sweep = (): void => {
    const now = performance.now();
    for (const connection of idle) if (!connection.isUsable(now)) connection.destroy();
  };
  let sweeping: NodeJS.Timeout | undefined;

  const onClosed = (connection: HttpConnection): void => {
    open.delete(connection);
    const at = idle.indexOf(connection);
    if (at !== -1) idle.splice(at, 1);
    if (open.size > 0) return;
    clearInterval(sweeping);
    sweeping = undefined;
    onEmpty?.();
  };
  const onStale = (exchange: PlainExchange): void => {
    exchange.wasResent = true;
    openConnection().start(exchange);
  };
  const openConnection = (): HttpConnection => {
    const connection = new HttpConnection({ host, port, maxBytes, connectTimeoutMs, onFree: (free) => void idle.push(free), onClosed, onStale });
    open.add(connection);
    sweeping ??= setInterval(sweep, SWEEP_MS).unref();
    return connection;
  };
  const freshConnection = (): HttpConnection => {
    const now = performance.now();
    for (let known = idle.pop(); known !== undefined; known = idle.pop()) {
      if (known.isUsable(now)) return known;
      known.destroy();
    }
    return openConnection();
  };

  return {
    start: (request, { resolve, reject, released }) => {
      try {
        if (isClosed) throw new Error('the client is closed');
        const { headers: own, body, isSafe } = request;
        const bytes = messageOf(`${start}${headerLines(own)}`, body, Buffer.byteLength(body));
        const exchange: PlainExchange = { resolve, reject, released, bytes, isSafe, wasResent: false, connection: undefined, failure: undefined };
        freshConnection().start(exchange);
        return (failure) => {
          exchange.failure ??= failure;
          reject(exchange.failure);
          exchange.connection?.destroy();
        };
      } catch (error) {
        const failure = notSent(error);
        reject(failure);
        released();
        return () => undefined;
      }
    },
    close: () => {
      isClosed = true;
      for (const connection of open) connection.destroy();
      return open.size === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            onEmpty = resolve;
          });
    },
  };
};
