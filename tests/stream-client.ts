import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { WebSocket } from 'ws';

export type StreamKind = 'graphql-ws' | 'graphql-sse';
export const STREAM_KINDS: readonly StreamKind[] = ['graphql-ws', 'graphql-sse'];

export interface StreamRequest {
  /** Of the router's GraphQL door. */
  url: string;
  query: string;
  variables: Readonly<Record<string, unknown>>;
  token: string;
}

export interface StreamEvents {
  onNext: (result: StreamResult) => void;
  /** Once, however it ends, also when it could not be opened; not after it was closed by us. */
  onEnd: (reason: string) => void;
}

export interface StreamResult {
  data?: Record<string, unknown> | null;
  errors?: readonly { extensions?: { code?: string } }[];
}

interface Message {
  type: string;
  payload?: unknown;
}

/** `onEnd` once, and never after `close`. */
const endingOnce = (onEnd: StreamEvents['onEnd']) => {
  let isOver = false;
  return {
    end: (reason: string): void => {
      if (!isOver) onEnd(reason);
      isOver = true;
    },
    isOver: () => isOver,
    over: (): void => {
      isOver = true;
    },
  };
};

const openWebSocket = ({ url, query, variables, token }: StreamRequest, { onNext, onEnd }: StreamEvents) => {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws', { perMessageDeflate: false });
  const { end, over, isOver } = endingOnce(onEnd);
  const opened = Promise.withResolvers<void>();
  const send = (message: object): void => socket.send(JSON.stringify(message));
  const answers: Readonly<Record<string, (payload: unknown, text: string) => void>> = {
    connection_ack: () => {
      send({ id: '1', type: 'subscribe', payload: { query, variables } });
      opened.resolve();
    },
    ping: () => send({ type: 'pong' }),
    next: (payload) => onNext(payload as StreamResult),
    error: (_, text) => end(text),
    complete: (_, text) => end(text),
  };
  socket.once('open', () => send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  socket.on('message', (data: Buffer) => {
    const text = data.toString();
    const { type, payload } = JSON.parse(text) as Message;
    if (!isOver()) answers[type]?.(payload, text);
    if (isOver()) socket.close();
  });
  socket.on('error', (error) => end(error.message));
  socket.once('close', (code, reason) => {
    end(`closed with ${code} ${reason}`);
    opened.resolve();
  });
  return {
    opened: opened.promise,
    close: () => {
      over();
      socket.terminate();
    },
  };
};

/** Reads the events of a body. Comments, which are heartbeats, are passed over. */
const readEvents = (response: IncomingMessage, onEvent: (name: string, data: string) => void): void => {
  let text = '';
  response.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, name, data = ''] = /^event: (\w+)\ndata: ?(.*)$/m.exec(block) ?? [];
      if (name !== undefined) onEvent(name, data);
    }
  });
};

const openEvents = ({ url, query, variables, token }: StreamRequest, { onNext, onEnd }: StreamEvents) => {
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` };
  const { end, over, isOver } = endingOnce(onEnd);
  const opened = Promise.withResolvers<void>();
  const sent: ClientRequest = request(url, { method: 'POST', agent: false, headers });
  sent.once('response', (response) => {
    readEvents(response, (name, data) => {
      if (isOver()) return;
      if (name === 'complete') end('complete');
      else onNext(JSON.parse(data) as StreamResult);
    });
    response.on('error', (error) => end(error.message));
    response.once('close', () => end('closed'));
    if (response.statusCode !== 200) end(`answered with ${response.statusCode}`);
    opened.resolve();
  });
  sent.on('error', (error) => {
    end(error.message);
    opened.resolve();
  });
  sent.end(JSON.stringify({ query, variables }));
  return {
    opened: opened.promise,
    close: () => {
      over();
      sent.destroy();
    },
  };
};

/** An open subscription, over a connection of its own. */
export interface Stream {
  /** Resolves when the server has answered: over SSE that it listens, over WebSocket that it heard. */
  opened: Promise<void>;
  close(): void;
}

/** Subscribes without a client library, which would resubscribe by itself, and weigh more. */
export const openStream = (kind: StreamKind, asked: StreamRequest, events: StreamEvents): Stream =>
  kind === 'graphql-ws' ? openWebSocket(asked, events) : openEvents(asked, events);
