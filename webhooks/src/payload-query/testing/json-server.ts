import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  path: string;
  headers: IncomingHttpHeaders;
  /** As it came. */
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: the body of any request.
  body: any;
}

/** A real HTTP server in the place of another room; a test changes what it answers while it runs. */
export interface JsonServer {
  url: string;
  received: ReceivedRequest[];
  /** Answers JSON from now on. */
  answer(body: unknown, status?: number): void;
  /** Or anything else. */
  behave(behaviour: (response: ServerResponse) => void): void;
  close(): Promise<void>;
}

export const startJsonServer = async (): Promise<JsonServer> => {
  const received: ReceivedRequest[] = [];
  let behaviour: (response: ServerResponse) => void = (response) => response.end('{}');
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    received.push({ path: request.url ?? '', headers: request.headers, text, body: JSON.parse(text) });
    behaviour(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: (body, status = 200) => {
      behaviour = (response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    },
    behave: (next) => {
      behaviour = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
