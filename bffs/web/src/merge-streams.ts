import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { readEvents, type ServerEvent } from '@supergraph/client/event-stream';

/** A comment, so that proxies keep the connection and the page notices when it broke. */
const HEARTBEAT = ':\n\n';
/** Three heartbeats of the router. */
const MAX_SILENCE_MS = 40_000;

export interface MergeOptions {
  /** Names each event's subscription, as graphql-sse does when several share a connection. */
  named: boolean;
  heartbeatMs: number;
  /** How long the reader may take nothing. */
  slowReaderMs: number;
  /** Ends the merged stream, which is then cut off and not complete. */
  signal: AbortSignal;
}

const nameless = ({ event, data }: ServerEvent): string => `event: ${event}\n${data.replace(/^/gm, 'data: ')}\n\n`;

const named = ({ event, data }: ServerEvent, id: string): string => {
  const message = event === 'next' ? { id, payload: JSON.parse(data) as unknown } : { id };
  return `event: ${event}\ndata: ${JSON.stringify(message)}\n\n`;
};

/**
 * Several streams of the router as one. It is complete when all are; when one of them breaks, all of it is cut off, so that the page subscribes anew.
 * Nothing is collected for a slow reader: the router waits, and drops us if need be.
 */
export const mergeStreams = (streams: readonly ReadableStream<Uint8Array>[], options: MergeOptions): Readable => {
  const { heartbeatMs, slowReaderMs, signal } = options;
  const merged = new PassThrough();
  const heard = streams.map(() => Date.now());
  let turn = Promise.resolve();

  const write = (text: string): Promise<void> => {
    turn = turn.then(async () => {
      if (!merged.writable || merged.write(text)) return;
      await once(merged, 'drain', { signal: AbortSignal.any([signal, AbortSignal.timeout(slowReaderMs)]) });
    });
    return turn;
  };

  const copy = async (events: ReadableStream<Uint8Array>, index: number): Promise<void> => {
    const onBytes = (): void => {
      heard[index] = Date.now();
    };
    for await (const event of readEvents(events, { onBytes })) {
      if (event.event !== 'next' && event.event !== 'complete') continue;
      await write(options.named ? named(event, String(index)) : nameless(event));
      if (event.event === 'complete') return;
    }
    throw new Error('the router ended a stream that was not complete');
  };

  const cut = (): void => {
    clearInterval(heartbeat);
    signal.removeEventListener('abort', cut);
    if (merged.writableNeedDrain) merged.destroy();
    if (merged.destroyed || merged.writableEnded) return;
    merged.end();
    // Who has stopped reading never sees the end.
    const deadline = setTimeout(() => merged.destroy(), slowReaderMs).unref();
    merged.once('close', () => clearTimeout(deadline));
  };
  const heartbeat = setInterval(() => {
    if (heard.some((time) => Date.now() - time > MAX_SILENCE_MS)) cut();
    else if (!merged.writableNeedDrain) merged.write(HEARTBEAT);
  }, heartbeatMs);
  signal.addEventListener('abort', cut);

  merged.write(HEARTBEAT);
  void Promise.all(streams.map(copy)).then(cut, cut);
  return merged;
};
