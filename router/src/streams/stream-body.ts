import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply } from 'fastify';
import { CLIENT_GONE, type OpenStream } from './open-streams.ts';
import { readerTooSlow } from './stream-errors.ts';

/** The body of an HTTP answer that keeps coming. */
export interface StreamBody {
  /** Settles when the system took it, which it does no faster than the client reads. Rejects with `CLIENT_GONE`, also after its end. */
  write(text: string): Promise<void>;
  /** Whether the last of it was written. */
  isEnded(): boolean;
  /** The last of it. A client that does not read it is dropped all the same. */
  end(text: string): Promise<void>;
  /** Gives the connection up. */
  drop(): void;
}

export interface BodyTimes {
  heartbeatSeconds: number;
  slowReaderSeconds: number;
}

/** How long a client may take to read the last of it. */
export const LINGER_MS = 1_000;

const HEADERS: OutgoingHttpHeaders = {
  'cache-control': 'no-store, no-transform',
  // Nothing comes after it on this connection: one that must drain has an end in sight.
  connection: 'close',
  // nginx would else hold back what is short.
  'x-accel-buffering': 'no',
};

/** Takes the answer out of Fastify's hands, with the headers it has so far. */
export const openBody = (reply: FastifyReply, contentType: string): StreamBody => {
  const { raw } = reply;
  reply.hijack();
  raw.writeHead(200, { ...(reply.getHeaders() as OutgoingHttpHeaders), ...HEADERS, 'content-type': contentType });
  const taken = (write: (callback: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => write((error) => (error ? reject(CLIENT_GONE) : resolve())));
  return {
    write: (text) => (raw.writableEnded ? Promise.reject(CLIENT_GONE) : taken((callback) => void raw.write(text, callback))),
    isEnded: () => raw.writableEnded,
    end: (text) => {
      if (raw.writableEnded) return Promise.resolve();
      const linger = setTimeout(() => raw.destroy(), LINGER_MS).unref();
      raw.once('close', () => clearTimeout(linger));
      return new Promise((resolve) => {
        raw.once('close', resolve);
        raw.end(text, resolve);
      });
    },
    drop: () => void raw.destroy(),
  };
};

/** Says from time to time that the connection lives, and drops a client that does not even take that. */
export const keepAlive = (body: StreamBody, text: string, stream: OpenStream, { heartbeatSeconds, slowReaderSeconds }: BodyTimes): void => {
  let waiting: number | undefined;
  const beat = (): void => {
    // Its stream may still wait for the client to take the last of it.
    if (body.isEnded()) return;
    if (waiting !== undefined) {
      if (performance.now() - waiting > slowReaderSeconds * 1_000) stream.end(readerTooSlow(slowReaderSeconds));
      return;
    }
    waiting = performance.now();
    body.write(text).then(
      () => {
        waiting = undefined;
      },
      () => stream.end(CLIENT_GONE),
    );
  };
  const beats = setInterval(beat, heartbeatSeconds * 1_000).unref();
  const stop = (): void => clearInterval(beats);
  if (stream.signal.aborted) stop();
  else stream.signal.addEventListener('abort', stop, { once: true });
};
