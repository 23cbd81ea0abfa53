/** One event of a stream: its name (`message` when it has none) and its data. */
export interface ServerEvent {
  event: string;
  data: string;
}

export interface ReadEventsOptions {
  /** Called whenever anything came, a heartbeat too. */
  onBytes?: (() => void) | undefined;
  /** The longest event, in UTF-16 units; a longer one ends the stream with an error. Default 1,048,576. */
  maxEventLength?: number | undefined;
}

const MAX_EVENT_LENGTH = 1_048_576;
/** A CR at the end may be the first half of a CRLF. */
const LINE_END = /\r\n|\n|\r(?!$)/;

const parseField = (line: string): { name: string; value: string } => {
  const colon = line.indexOf(':');
  if (colon < 0) return { name: line, value: '' };
  return { name: line.slice(0, colon), value: line.slice(colon + 1).replace(/^ /, '') };
};

/** Puts lines together to events. */
const createAssembler = () => {
  let event: string | undefined;
  let data: string[] = [];
  return {
    length: () => data.reduce((sum, line) => sum + line.length, 0),
    /** @returns the event that an empty line ends, if it is one. */
    take: (line: string): ServerEvent | undefined => {
      if (line !== '') {
        const { name, value } = parseField(line);
        if (name === 'event') event = value;
        if (name === 'data') data.push(value);
        return undefined;
      }
      const whole = event === undefined && data.length === 0 ? undefined : { event: event ?? 'message', data: data.join('\n') };
      event = undefined;
      data = [];
      return whole;
    },
  };
};

/**
 * The events of a `text/event-stream` body, in order; comments (heartbeats) are passed over. Ending the iteration cancels the body.
 * Follows https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation; other than there, an event without data counts.
 * @throws Error for an event that is too long; what reading the body throws.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  { onBytes, maxEventLength = MAX_EVENT_LENGTH }: ReadEventsOptions = {},
): AsyncGenerator<ServerEvent, void> {
  // Not every browser can iterate over a stream.
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const assembler = createAssembler();
  let rest = '';
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      onBytes?.();
      const lines = (rest + decoder.decode(chunk.value, { stream: true })).split(LINE_END);
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const event = assembler.take(line);
        if (event !== undefined) yield event;
      }
      if (rest.length + assembler.length() > maxEventLength) throw new Error(`an event of the stream is longer than ${maxEventLength}`);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
