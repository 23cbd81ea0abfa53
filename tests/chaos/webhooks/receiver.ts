import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import type { Fault, PlannedEvent } from './plan.ts';

/** What came of one event, seen from outside: the one witness that does not depend on what is tested. */
export interface Seen {
  ids: Set<string>;
  bodies: Set<string>;
  attempts: number;
  failures: number;
  successes: number;
  /** Attempts that have not been answered yet. */
  open: number;
}

export interface ReceiverLog {
  byNumber: Map<string, Seen>;
  attempts: number;
  failed: number;
  byFault: Record<Fault, number>;
  /** Attempts that the library refuses. */
  badlySigned: number;
  /** Attempts for events that nobody published. */
  unknown: number;
  /** Attempts at a delivery while another attempt at it was under way. */
  overlaps: number;
  /** Events with at least one success. */
  received: number;
  lastAt: number;
}

/** A subscriber as any other's, that fails as it was planned. */
export interface Receiver {
  log: ReceiverLog;
  url(type: string): string;
  /** From then on what comes for this type must be signed with this secret. */
  trust(type: string, secret: string): void;
  /** Doomed events are taken from now on. */
  relent(): void;
  stop(): Promise<void>;
}

const newSeen = (): Seen => ({ ids: new Set(), bodies: new Set(), attempts: 0, failures: 0, successes: 0, open: 0 });

const STATUSES = [500, 502, 503, 429, 404];

const numberOf = (payload: unknown): string => String((payload as { data?: { number?: unknown } }).data?.number);

const headersOf = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

export const startReceiver = async (plan: readonly PlannedEvent[]): Promise<Receiver> => {
  const planned = new Map(plan.map((event) => [event.number, event]));
  const verifiers = new Map<string, Webhook>();
  const log: ReceiverLog = {
    byNumber: new Map(),
    attempts: 0,
    failed: 0,
    byFault: { status: 0, timeout: 0, reset: 0 },
    badlySigned: 0,
    unknown: 0,
    overlaps: 0,
    received: 0,
    lastAt: performance.now(),
  };
  let isRelenting = false;

  const fail = (fault: Fault, seen: Seen, request: IncomingMessage, response: ServerResponse): void => {
    log.failed++;
    log.byFault[fault]++;
    seen.failures++;
    // Silence until the sender gives up.
    if (fault === 'timeout') return;
    if (fault === 'reset') request.socket.resetAndDestroy();
    else response.writeHead(STATUSES[log.failed % STATUSES.length] ?? 500).end('planned');
  };

  const faultOf = ({ isDoomed, faults }: PlannedEvent, { failures }: Seen): Fault | undefined => {
    if (isDoomed) return isRelenting ? undefined : 'status';
    return faults[failures];
  };

  const note = (number: string, id: string, body: Buffer, response: ServerResponse): Seen => {
    const seen = log.byNumber.get(number) ?? newSeen();
    log.byNumber.set(number, seen);
    seen.ids.add(id);
    seen.bodies.add(createHash('sha256').update(body).digest('base64'));
    seen.attempts++;
    if (seen.open > 0) log.overlaps++;
    seen.open++;
    response.once('close', () => seen.open--);
    return seen;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    log.attempts++;
    log.lastAt = performance.now();
    let number: string;
    try {
      number = numberOf(verifiers.get(request.url ?? '')?.verify(body, headersOf(request)));
    } catch {
      log.badlySigned++;
      response.writeHead(401).end();
      return;
    }
    const event = planned.get(number);
    if (event === undefined) {
      log.unknown++;
      response.writeHead(400).end();
      return;
    }
    const seen = note(number, String(request.headers['webhook-id']), body, response);
    const fault = faultOf(event, seen);
    if (fault !== undefined) {
      fail(fault, seen, request, response);
      return;
    }
    if (++seen.successes === 1) log.received++;
    response.writeHead(204).end();
  };

  const server = createServer((request, response) => void handle(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    log,
    url: (type) => `http://127.0.0.1:${port}/${type}`,
    trust: (type, secret) => void verifiers.set(`/${type}`, new Webhook(secret)),
    relent: () => {
      isRelenting = true;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
