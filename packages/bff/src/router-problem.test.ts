import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createBffServer } from './bff-server.ts';
import { createRouterClient } from './router-client.ts';
import { defineView, type ViewDocument } from './view.ts';

const basket = defineView({
  name: 'basket',
  method: 'POST',
  url: '/views/basket',
  summary: 'Buys lamps.',
  document: { __meta__: { hash: 'sha256:2b' }, toString: () => 'unused' } as ViewDocument<{ buy: object | null }, unknown>,
  body: z.strictObject({ lamps: z.number() }),
  variables: ({ body }) => body,
  answer: 'buy',
  status: 201,
  signIn: 'buy lamps',
  cache: 'none',
});

let says: (response: ServerResponse) => void;
let asked: number;
let router: Server;
const servers: FastifyInstance[] = [];

const bffOf = async (url: string): Promise<string> => {
  const logger = pino({ level: 'silent' });
  const openapiFile = pathToFileURL(`${import.meta.dirname}/../package.json`);
  const client = createRouterClient({ url, clientName: 'test-bff', deadlineMs: 400 });
  const http = await createBffServer({ logger, router: client, views: [basket], openapiFile });
  servers.push(http);
  return http.listen({ host: '127.0.0.1', port: 0 });
};
const buy = async (bff: string) => {
  const headers = { 'content-type': 'application/json', authorization: 'Bearer ada' };
  const response = await fetch(`${bff}/views/basket`, { method: 'POST', headers, body: '{"lamps":1}' });
  const { status, code, detail } = (await response.json()) as { status: number; code: string; detail: string };
  return { status, code, detail, retryAfter: response.headers.get('retry-after') };
};

let bff: string;
beforeAll(async () => {
  router = createServer((incoming, response) => {
    asked += 1;
    incoming.resume().once('end', () => says(response));
  });
  await once(router.listen(0, '127.0.0.1'), 'listening');
  bff = await bffOf(`http://127.0.0.1:${(router.address() as AddressInfo).port}/`);
});
afterAll(async () => {
  for (const server of servers) await server.close();
  router?.closeAllConnections();
  router?.close();
});
beforeEach(() => {
  asked = 0;
});

const json =
  (body: unknown, status = 200) =>
  (response: ServerResponse): void =>
    void response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
const failed = (code: string, { kind, path = ['buy'] }: { kind?: string; path?: string[] } = {}) =>
  json({ data: { buy: null }, errors: [{ message: 'told to people', path, extensions: { code, kind } }] });

describe('a change of which nobody knows whether it happened', () => {
  const UNKNOWN: [string, typeof says][] = [
    ['a subgraph that was too late', failed('SUBGRAPH_TIMEOUT', { kind: 'UNAVAILABLE' })],
    ['a connection to a subgraph that broke', failed('SUBGRAPH_UNAVAILABLE', { kind: 'UNAVAILABLE' })],
    ['an answer of a subgraph that is none', failed('SUBGRAPH_RESPONSE_INVALID', { kind: 'UNAVAILABLE' })],
    ['an answer of a subgraph that is too large', failed('SUBGRAPH_RESPONSE_TOO_LARGE', { kind: 'UNAVAILABLE' })],
    ['an error that was masked', failed('INTERNAL_SERVER_ERROR')],
    ['a part of the answer that is away', failed('SUBGRAPH_CIRCUIT_OPEN', { kind: 'UNAVAILABLE', path: ['buy', 'order'] })],
    ['null without an error', json({ data: { buy: null } })],
    ['no JSON', json('<html>')],
    ['neither data nor errors', json({})],
    ['a server error', json({ errors: [{ message: 'oops', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] }, 500)],
    ['a connection that breaks', (response) => void response.destroy()],
    ['an answer that breaks off', (response) => void response.writeHead(200, { 'content-length': '99' }).write('{"d', () => response.destroy())],
  ];
  test.each(UNKNOWN)('%s: people are told to look, and no client to ask again', async (_, answer) => {
    says = answer;
    const { status, code, detail, retryAfter } = await buy(bff);
    expect([status, code, retryAfter, asked]).toEqual([502, 'OUTCOME_UNKNOWN', null, 1]);
    expect(detail).toMatch(/may have happened.*look at your orders/i);
    expect(detail).not.toMatch(/try again/i);
  });
});

describe('a change that did not happen', () => {
  const REFUSED: [string, typeof says, number, string][] = [
    ['a rule of a domain', failed('LAMP_SOLD_OUT', { kind: 'FAILED_PRECONDITION' }), 422, 'LAMP_SOLD_OUT'],
    ['an open circuit', failed('SUBGRAPH_CIRCUIT_OPEN', { kind: 'UNAVAILABLE' }), 503, 'VIEW_UNAVAILABLE'],
    ['a full queue', failed('SUBGRAPH_OVERLOADED', { kind: 'UNAVAILABLE' }), 503, 'VIEW_UNAVAILABLE'],
    ['an account that may not', failed('UNAUTHORIZED_FIELD_OR_TYPE'), 403, 'NOT_ALLOWED'],
    ['a router with too much to do', json({ errors: [{ message: 'busy', extensions: { code: 'OVERLOADED' } }] }, 503), 503, 'OVERLOADED'],
    [
      'an id that is not known',
      json({ errors: [{ message: 'no', extensions: { code: 'PERSISTED_DOCUMENT_NOT_FOUND' } }] }, 404),
      502,
      'ROUTER_ANSWER_INVALID',
    ],
  ];
  test.each(REFUSED)('%s is told as it is', async (_, answer, status, code) => {
    says = answer;
    expect(await buy(bff)).toMatchObject({ status, code });
  });

  test('a router that is not there was asked for nothing', async () => {
    const closed = createServer();
    await once(closed.listen(0, '127.0.0.1'), 'listening');
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    expect(await buy(await bffOf(`http://127.0.0.1:${port}/`))).toMatchObject({ status: 503, code: 'ROUTER_UNAVAILABLE' });
  });
});
