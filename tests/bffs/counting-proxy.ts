import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands between a BFF and the router, and writes down what is asked. */
export interface CountingProxy {
  url: string;
  /** The requests since it was asked last. */
  take(): readonly { path: string; documentId: string | undefined }[];
  close(): void;
}

const OF_THE_CONNECTION = new Set(['connection', 'content-encoding', 'content-length', 'host', 'keep-alive', 'transfer-encoding']);

/** @param upstream the router's base URL. */
export const startCountingProxy = async (upstream: string): Promise<CountingProxy> => {
  let seen: { path: string; documentId: string | undefined }[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const path = request.url ?? '';
    seen.push({ path, documentId: (JSON.parse(body.toString()) as { documentId?: string }).documentId });
    const headers = Object.entries(request.headers).filter(([name]) => !OF_THE_CONNECTION.has(name)) as [string, string][];
    try {
      const answer = await fetch(new URL(path, upstream), { method: request.method ?? 'POST', headers, body });
      const passed = [...answer.headers].filter(([name]) => !OF_THE_CONNECTION.has(name));
      response.writeHead(answer.status, Object.fromEntries(passed)).end(Buffer.from(await answer.arrayBuffer()));
    } catch {
      response.destroy();
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take: () => {
      const taken = seen;
      seen = [];
      return taken;
    },
    close: () => void server.close(),
  };
};
