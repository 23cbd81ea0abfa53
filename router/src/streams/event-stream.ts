import type { StreamedResult } from './operation-stream.ts';
import type { ResultSink } from './result-sink.ts';
import type { StreamBody } from './stream-body.ts';

export const EVENT_STREAM_TYPE = 'text/event-stream; charset=utf-8';

/** A comment, which readers skip. */
export const EVENT_STREAM_HEARTBEAT = ':\n\n';

/** An event without a data line would not be seen by an `EventSource`. */
export const eventText = (event: 'next' | 'complete', data?: unknown): string =>
  `event: ${event}\ndata:${data === undefined ? '' : ` ${JSON.stringify(data)}`}\n\n`;

/** One operation on a connection of its own (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md). */
export const createEventSink = (body: StreamBody): ResultSink => ({
  next: (result: StreamedResult) => body.write(eventText('next', result)),
  error: (errors) => body.end(eventText('next', { errors }) + eventText('complete')),
  complete: () => body.end(eventText('complete')),
});
