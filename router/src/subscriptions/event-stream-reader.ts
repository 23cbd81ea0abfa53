/** One event of a text/event-stream. */
export interface StreamEvent {
  event: string;
  data: string;
}

export interface EventStreamReaderOptions {
  /** Of one event. */
  maxBytes: number;
  onEvent: (event: StreamEvent) => void;
}

export interface EventStreamReader {
  /** @throws RangeError when one event is longer than is accepted. */
  push(chunk: Uint8Array): void;
  /** Of the last whole event that had one. */
  lastEventId(): string | undefined;
}

const LINE_END = /\r\n|\n|\r/;

/** https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation */
export const createEventStreamReader = ({ maxBytes, onEvent }: EventStreamReaderOptions): EventStreamReader => {
  const decoder = new TextDecoder();
  let rest = '';
  let event = '';
  let data: string[] = [];
  let size = 0;
  /** Of the event that is being read; it counts once the event is whole. */
  let id: string | undefined;
  let lastEventId: string | undefined;

  const grow = (length: number): void => {
    size += length;
    if (size > maxBytes) throw new RangeError(`an event of more than ${maxBytes} bytes`);
  };

  const dispatch = (): void => {
    lastEventId = id;
    if (data.length > 0 || event !== '') onEvent({ event: event === '' ? 'message' : event, data: data.join('\n') });
    event = '';
    data = [];
    size = 0;
  };

  const fields: Readonly<Record<string, (value: string) => void>> = {
    event: (value) => {
      event = value;
    },
    data: (value) => void data.push(value),
    id: (value) => {
      if (!value.includes('\0')) id = value;
    },
  };

  const readField = (name: string, value: string): void => {
    if (Object.hasOwn(fields, name)) fields[name]?.(value.startsWith(' ') ? value.slice(1) : value);
  };

  const readLine = (line: string): void => {
    if (line === '') {
      dispatch();
      return;
    }
    grow(line.length);
    const colon = line.indexOf(':');
    if (colon === -1) readField(line, '');
    else if (colon > 0) readField(line.slice(0, colon), line.slice(colon + 1));
  };

  return {
    push: (chunk) => {
      rest += decoder.decode(chunk, { stream: true });
      // Its other half may still come.
      const held = rest.endsWith('\r') ? 1 : 0;
      const lines = rest.slice(0, rest.length - held).split(LINE_END);
      rest = `${lines.pop() ?? ''}${'\r'.repeat(held)}`;
      for (const line of lines) readLine(line);
      if (size + rest.length > maxBytes) throw new RangeError(`an event of more than ${maxBytes} bytes`);
    },
    lastEventId: () => lastEventId,
  };
};
