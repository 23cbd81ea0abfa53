// biome-ignore lint/suspicious/noExplicitAny: results of any operation.
export type Result = any;

/** An event as it stands in the stream; `:` for a comment. */
export interface StreamEvent {
  event: string;
  data: Result;
}

const DEADLINE_MS = 10_000;

const readEvent = (text: string): StreamEvent => {
  if (text.startsWith(':')) return { event: ':', data: undefined };
  const lines = text.split('\n');
  const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trim());
  if (data.length !== 1 || lines.length !== 2) throw new Error(`not an event of the protocol: ${JSON.stringify(text)}`);
  return { event: lines[0]?.replace('event: ', '') ?? '', data: data[0] === '' ? '' : JSON.parse(data[0] ?? '') };
};

export interface EventClient {
  response: Response;
  /** The next event that is no comment; undefined at the end of the stream. */
  next(): Promise<StreamEvent | undefined>;
  /** All to the end. */
  rest(): Promise<StreamEvent[]>;
  comments(): number;
  close(): void;
}

/** Reads an event stream without a library's help. */
export const openEvents = async (url: string, init: RequestInit = {}): Promise<EventClient> => {
  const abort = new AbortController();
  const response = await fetch(url, { ...init, headers: { accept: 'text/event-stream', ...init.headers }, signal: abort.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  let comments = 0;
  /** An event that is there whole. */
  const take = (): StreamEvent | undefined => {
    const end = text.indexOf('\n\n');
    if (end < 0) return undefined;
    const event = readEvent(text.slice(0, end + 1).trimEnd());
    text = text.slice(end + 2);
    if (event.event !== ':') return event;
    comments += 1;
    return take();
  };
  const read = async (): Promise<StreamEvent | undefined> => {
    for (;;) {
      const event = take();
      if (event !== undefined) return event;
      const chunk = await reader?.read();
      if (chunk === undefined || chunk.done) return undefined;
      text += chunk.value;
    }
  };
  const next = async (): Promise<StreamEvent | undefined> => {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error(`no event within ${DEADLINE_MS} ms`)), DEADLINE_MS);
    return Promise.race([read(), promise]).finally(() => clearTimeout(timer));
  };
  return {
    response,
    next,
    rest: async () => {
      const events: StreamEvent[] = [];
      for (;;) {
        const event = await next();
        if (event === undefined) return events;
        events.push(event);
      }
    },
    comments: () => comments,
    close: () => abort.abort(),
  };
};
