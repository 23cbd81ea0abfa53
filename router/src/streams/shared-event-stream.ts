import { eventText } from './event-stream.ts';
import { CLIENT_GONE, type OpenStream } from './open-streams.ts';
import type { ResultSink } from './result-sink.ts';
import { LINGER_MS, type StreamBody } from './stream-body.ts';

/** An event stream that is reserved for one client, and carries what several operations of it answer. */
export interface SharedEventStream {
  contract: string;
  /** Who may run operations on it. */
  owner: string;
  /** Ends with the connection, and the connection with it. */
  connection: OpenStream;
  operations: Map<string, OpenStream>;
  isAttached(): boolean;
  attach(body: StreamBody): void;
  sinkOf(id: string): ResultSink;
  /** Of an operation that is being answered. */
  add(id: string, stream: OpenStream, running: Promise<void>): void;
  /** The client wants no more of one. */
  stop(id: string): void;
}

export const createSharedEventStream = (owner: { contract: string; owner: string }, connection: OpenStream): SharedEventStream => {
  const operations = new Map<string, OpenStream>();
  const running = new Set<Promise<void>>();
  const attached = Promise.withResolvers<StreamBody>();
  // Nobody waits for it while no operation has anything to say.
  attached.promise.catch(() => undefined);
  let body: StreamBody | undefined;

  const endConnection = async (): Promise<void> => {
    if (body === undefined) attached.reject(CLIENT_GONE);
    if (connection.signal.reason === CLIENT_GONE || body === undefined) for (const stream of [...operations.values()]) stream.end(CLIENT_GONE);
    else for (const stream of [...operations.values()]) stream.end(connection.signal.reason);
    await Promise.race([Promise.allSettled(running), new Promise((resolve) => setTimeout(resolve, LINGER_MS).unref())]);
    await body?.end('');
  };
  connection.signal.addEventListener('abort', () => void endConnection(), { once: true });

  const write = async (text: string): Promise<void> => (await attached.promise).write(text);
  const writeLast = async (text: string): Promise<void> => {
    const taken = write(text);
    // What does not take the last of one operation takes nothing of the others.
    const linger = setTimeout(() => body?.drop(), LINGER_MS).unref();
    await taken.finally(() => clearTimeout(linger));
  };
  return {
    ...owner,
    connection,
    operations,
    isAttached: () => body !== undefined,
    attach: (opened) => {
      body = opened;
      attached.resolve(opened);
    },
    sinkOf: (id) => ({
      next: (result) => write(eventText('next', { id, payload: result })),
      error: (errors) => writeLast(eventText('next', { id, payload: { errors } }) + eventText('complete', { id })),
      complete: () => write(eventText('complete', { id })),
    }),
    add: (id, stream, run) => {
      const done = run.finally(() => {
        running.delete(done);
        if (operations.get(id) === stream) operations.delete(id);
      });
      running.add(done);
    },
    stop: (id) => {
      operations.get(id)?.end(CLIENT_GONE);
      operations.delete(id);
    },
  };
};
