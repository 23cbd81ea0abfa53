import { createConnection } from 'node:net';
import type { KeySet } from './key-set.ts';

/** What a hostile client got back. `status` 0: the connection ended without an answer. */
export interface Answer {
  status: number;
  headers: Headers;
  body: string;
  elapsedMs: number;
}

/** The router under attack, and what stands behind it. */
export interface Target {
  url: string;
  port: number;
  keys: KeySet;
  /** Headers of every request that reached a subgraph, newest last. */
  reached: readonly Readonly<Record<string, string | string[] | undefined>>[];
}

/** One hostile input with its one safe answer. */
export interface HostileInput {
  name: string;
  send: (target: Target) => Promise<Answer>;
  /** Several where equally safe layers may refuse first. */
  status: number | readonly number[];
  /** `extensions.code` of the first error; undefined when there is none. */
  code?: string | readonly (string | undefined)[];
  /** The best of three tries has to be at least this fast. */
  withinMs?: number;
  /** @returns what is wrong, or nothing. */
  verify?: (answer: Answer, target: Target) => string | undefined;
}

const DEADLINE_MS = 20_000;
const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/graphql-response+json' };

export const request = async ({ url }: Target, path: string, init: RequestInit): Promise<Answer> => {
  const began = performance.now();
  const response = await fetch(`${url}${path}`, { redirect: 'manual', signal: AbortSignal.timeout(DEADLINE_MS), ...init });
  const body = await response.text();
  return { status: response.status, headers: response.headers, body, elapsedMs: performance.now() - began };
};

/** POSTs a body as it is. */
export const postText =
  (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): HostileInput['send'] =>
  (target) =>
    request(target, '/graphql', { method: 'POST', headers: { ...JSON_HEADERS, ...headers }, body });

/** POSTs a GraphQL request. */
export const post = (body: unknown, headers: Record<string, string> = {}): HostileInput['send'] => postText(JSON.stringify(body), headers);

export const query = (text: string, variables?: Record<string, unknown>): HostileInput['send'] => post({ query: text, variables });

export const get = (search: Record<string, string>, headers: Record<string, string> = {}): HostileInput['send'] => {
  const path = `/graphql?${new URLSearchParams(search)}`;
  return (target) => request(target, path, { headers });
};

const answerOf = (received: string, began: number): Answer => {
  const end = received.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = received.slice(0, Math.max(end, 0)).split('\r\n');
  const headers = new Headers(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as [string, string]));
  return { status: Number(statusLine.split(' ')[1] ?? 0), headers, body: received.slice(end + 4), elapsedMs: performance.now() - began };
};

/** Writes bytes to a socket of its own and reads until the router ends it; a client of that kind does not hang up by itself. */
export const raw =
  (bytes: string | Uint8Array | readonly Uint8Array[]): HostileInput['send'] =>
  ({ port }) =>
    new Promise((resolve, reject) => {
      const began = performance.now();
      let received = '';
      const socket = createConnection({ host: '127.0.0.1', port });
      const late = setTimeout(() => {
        socket.destroy();
        reject(new Error(`the router kept the connection open for ${DEADLINE_MS} ms; it had answered: ${received.slice(0, 200)}`));
      }, DEADLINE_MS);
      socket.setEncoding('latin1');
      socket.on('data', (chunk) => (received += chunk));
      // Bytes that are still on their way when the router hangs up are reset.
      socket.on('error', () => undefined);
      socket.once('close', () => {
        clearTimeout(late);
        resolve(answerOf(received, began));
      });
      for (const chunk of Array.isArray(bytes) ? bytes : [bytes]) socket.write(chunk as string | Uint8Array);
    });

/** An HTTP request with a body, written by hand; `lines` are further header lines. */
export const rawPost = (lines: string, body = '{"query":"{ __typename }"}'): HostileInput['send'] =>
  raw(
    `POST /graphql HTTP/1.1\r\nHost: router\r\nContent-Type: application/json\r\n${lines}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
