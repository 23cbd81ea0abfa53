import { WebSocket } from 'ws';

/** A frame of the protocol. */
// biome-ignore lint/suspicious/noExplicitAny: messages of any form, broken ones among them.
export type Message = any;

const DEADLINE_MS = 10_000;

/** A WebSocket that does nothing by itself: what it sends, and what it expects, stands in the test. */
export interface SocketClient {
  socket: WebSocket;
  send(message: Message): void;
  sendRaw(data: string | Buffer, isBinary?: boolean): void;
  /** The next message that came, or comes. */
  next(): Promise<Message>;
  /** Until a message fits. */
  until(fits: (message: Message) => boolean): Promise<Message>;
  /** That nothing comes for so long. */
  silence(ms?: number): Promise<void>;
  closed: Promise<{ code: number; reason: string }>;
  close(): void;
}

const within = <Value>(work: Promise<Value>, what: string): Promise<Value> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what}: nothing within ${DEADLINE_MS} ms`)), DEADLINE_MS);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
};

export const connect = async (
  url: string,
  {
    protocols = ['graphql-transport-ws'],
    headers = {},
    autoPong = true,
  }: { protocols?: string[]; headers?: Record<string, string>; autoPong?: boolean } = {},
): Promise<SocketClient> => {
  const socket = new WebSocket(url, protocols, { headers, autoPong, perMessageDeflate: false });
  const messages: Message[] = [];
  let wake = Promise.withResolvers<void>();
  socket.on('message', (data) => {
    messages.push(JSON.parse(String(data)));
    wake.resolve();
    wake = Promise.withResolvers<void>();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  await within(
    new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    }),
    'open',
  );
  const next = async (): Promise<Message> => {
    while (messages.length === 0)
      await within(Promise.race([wake.promise, closed.then(({ code, reason }) => Promise.reject(new Error(`closed ${code} ${reason}`)))]), 'message');
    return messages.shift();
  };
  return {
    socket,
    send: (message) => socket.send(JSON.stringify(message)),
    sendRaw: (data, isBinary = false) => socket.send(data, { binary: isBinary }),
    next,
    until: async (fits) => {
      for (;;) {
        const message = await next();
        if (fits(message)) return message;
      }
    },
    silence: async (ms = 300) => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      if (messages.length > 0) throw new Error(`not silent: ${JSON.stringify(messages)}`);
    },
    closed: within(closed, 'close'),
    close: () => socket.close(1000),
  };
};

/** One that has said hello. */
export const connectAndInit = async (url: string, payload?: object): Promise<SocketClient> => {
  const client = await connect(url);
  client.send({ type: 'connection_init', ...(payload === undefined ? {} : { payload }) });
  const ack = await client.next();
  if (ack.type !== 'connection_ack') throw new Error(`no acknowledgement but ${JSON.stringify(ack)}`);
  return client;
};
