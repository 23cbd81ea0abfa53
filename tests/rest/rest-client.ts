import { randomUUID } from 'node:crypto';
import { bearer } from '../world.ts';

export interface Link {
  href: string;
  templated?: boolean;
  title?: string;
}

/** A HAL resource, a problem, or nothing. */
export interface Resource extends Record<string, unknown> {
  _links?: Record<string, Link>;
  _embedded?: Record<string, Resource | Resource[]>;
}

export interface RestRequest {
  method: string;
  /** From the root on. */
  path: string;
  token?: string | undefined;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface RestAnswer {
  status: number;
  headers: Headers;
  text: string;
  body: Resource;
}

const DEADLINE_MS = 20_000;
const MERGE_PATCH = 'application/merge-patch+json';

const contentType = ({ method, body }: RestRequest): Record<string, string> =>
  body === undefined ? {} : { 'content-type': method === 'PATCH' ? MERGE_PATCH : 'application/json' };

/** Sends one request and reads the whole answer. */
export const send = async (url: string, request: RestRequest): Promise<RestAnswer> => {
  const { method, path, token, body, headers } = request;
  const response = await fetch(new URL(path, url), {
    method,
    headers: { ...contentType(request), ...bearer(token), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    redirect: 'manual',
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, text, body: isJson && text !== '' ? (JSON.parse(text) as Resource) : {} };
};

/** A fresh `Idempotency-Key`. */
export const onceHeaders = (): Record<string, string> => ({ 'idempotency-key': randomUUID() });

/** The same, when anything else than `status` is a defect of the test. @throws with what was answered. */
export const sendExpecting = async (status: number, url: string, request: RestRequest): Promise<RestAnswer> => {
  const answer = await send(url, request);
  if (answer.status !== status) throw new Error(`${request.method} ${request.path}: expected ${status}, got ${answer.status} ${answer.text}`);
  return answer;
};
