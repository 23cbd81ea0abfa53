import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { ANONYMOUS } from '@supergraph/identity/caller';
import { createLogger } from '@supergraph/service/logging';
import { onTestFinished } from 'vitest';
import { createSubgraphClient, type SubgraphClient, type SubgraphClientOptions, type SubgraphRequest } from '../subgraph-client.ts';

export interface FakeSubgraph {
  url: string;
  /** Every request whose body has come in whole. */
  requests: { headers: IncomingHttpHeaders; body: string }[];
  openSockets(): number;
  stop(): Promise<void>;
}

// What it returns is not looked at.
export type Answer = (response: ServerResponse, request: IncomingMessage) => unknown;

export const json =
  (body: unknown, status = 200): Answer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

export const NEVER: Answer = () => undefined;

export const FINE = json({ data: { ok: true } });

const listening = async (server: Server | NetServer): Promise<number> => {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  return (server.address() as AddressInfo).port;
};

const tracked = (server: Server | NetServer): Set<Socket> => {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  return sockets;
};

const stopper = (server: Server | NetServer, sockets: ReadonlySet<Socket>) => (): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });

/** A real HTTP server on loopback that answers each request, once read, by `answer`. */
export const startFakeSubgraph = async (answer: Answer): Promise<FakeSubgraph> => {
  const requests: FakeSubgraph['requests'] = [];
  const server = createServer(async (request, response) => {
    response.on('error', () => undefined);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    requests.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    answer(response, request);
  });
  const sockets = tracked(server);
  const port = await listening(server);
  return { url: `http://127.0.0.1:${port}/graphql`, requests, openSockets: () => sockets.size, stop: stopper(server, sockets) };
};

/** A server below HTTP: it accepts, and does with the socket what `onConnection` does. */
export const startRawSubgraph = async (onConnection: (socket: Socket) => void): Promise<FakeSubgraph> => {
  const server = createNetServer(onConnection);
  const sockets = tracked(server);
  const port = await listening(server);
  return { url: `http://127.0.0.1:${port}/graphql`, requests: [], openSockets: () => sockets.size, stop: stopper(server, sockets) };
};

/** A client that does not retry unless told to. Both are gone after the test. */
export const clientOf = (subgraph: FakeSubgraph, options: Partial<SubgraphClientOptions> = {}): SubgraphClient => {
  const client = createSubgraphClient({
    name: 'orders',
    url: subgraph.url,
    logger: createLogger('test', 'silent'),
    ...options,
    traffic: { timeoutMs: 2_000, retries: { budgetRatio: 0, max: 0 }, ...options.traffic },
  });
  onTestFinished(async () => {
    await subgraph.stop();
    await client.close();
  });
  return client;
};

export const requestOf = (overrides: Partial<SubgraphRequest> = {}): SubgraphRequest => ({
  query: '{ ok }',
  kind: 'query',
  identity: { caller: ANONYMOUS, scopes: [], claims: {} },
  headers: new Map(),
  deadline: performance.now() + 10_000,
  ...overrides,
});

/** Sends, and tells the code of the first error. */
export const codeOf = async (client: SubgraphClient, request: Partial<SubgraphRequest> = {}): Promise<unknown> => {
  const { errors } = await client.send(requestOf(request));
  return errors?.[0]?.extensions?.['code'];
};

export const until = async (holds: () => boolean, timeoutMs = 1_000): Promise<void> => {
  const end = performance.now() + timeoutMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`did not happen within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
