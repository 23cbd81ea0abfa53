import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

const hasText = (request: IncomingMessage, body: string): boolean =>
  new URL(request.url ?? '', 'http://localhost').searchParams.has('query') ||
  (body !== '' && (JSON.parse(body) as { query?: string }).query !== undefined);

export interface IdsOnlyProxy {
  url: string;
  /** Requests that were passed on. */
  passed(): number;
  stop(): void;
}

/** Passes requests on to a router and answers 418 to one with the text of an operation in it. */
export const startIdsOnlyProxy = async (target: string): Promise<IdsOnlyProxy> => {
  let passed = 0;
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    if (hasText(request, body)) {
      response.writeHead(418).end();
      return;
    }
    passed += 1;
    const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers;
    const { method = 'GET' } = request;
    const answer = await fetch(`${target}${request.url}`, { method, headers: headers as Record<string, string>, ...(body === '' ? {} : { body }) });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed: () => passed,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
