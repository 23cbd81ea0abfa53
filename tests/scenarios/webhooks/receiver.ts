import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';

/** A request that the `standardwebhooks` library has verified. */
export interface Received {
  id: string;
  type: string;
  payload: { type: string; timestamp: string; data: Record<string, unknown>; query?: { data: unknown }; queryError?: string };
}

/** A subscriber of our own: it believes nothing that the library does not verify. */
export interface Receiver {
  url: string;
  /** The secret of the endpoint that was registered with `url`. */
  trust(secret: string): void;
  /** What is answered from now on. */
  answer(status: number): void;
  received: Received[];
  /** How many requests the library refused. */
  refused(): number;
  /** Waits for a request of a type, at most 20 s. */
  next(type: string, count?: number): Promise<Received>;
  stop(): Promise<void>;
}

const DEADLINE_MS = 20_000;
const POLL_MS = 25;

export const startReceiver = async (): Promise<Receiver> => {
  const received: Received[] = [];
  let verifier: Webhook | undefined;
  let status = 204;
  let refused = 0;

  const server = createServer((request, response) => {
    const take = async (): Promise<void> => {
      const body = await buffer(request);
      try {
        const payload = verifier?.verify(body, request.headers as Record<string, string>) as Received['payload'];
        received.push({ id: String(request.headers['webhook-id']), type: payload.type, payload });
        response.writeHead(status).end();
      } catch {
        refused++;
        response.writeHead(401).end();
      }
    };
    void take();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
    trust: (secret) => {
      verifier = new Webhook(secret);
    },
    answer: (next) => {
      status = next;
    },
    received,
    refused: () => refused,
    next: async (type, count = 1) => {
      const deadline = Date.now() + DEADLINE_MS;
      while (Date.now() < deadline) {
        const found = received.filter((one) => one.type === type)[count - 1];
        if (found !== undefined) return found;
        await sleep(POLL_MS);
      }
      throw new Error(`no ${type} came within ${DEADLINE_MS / 1_000} s, only: ${received.map((one) => one.type).join(', ') || 'nothing'}`);
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
