import { createLogger } from '@supergraph/service/logging';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AccessFacts, addAccessLog, createAccessLog, createStreamLog } from './access-log.ts';
import { waitUntil } from './testing/router.ts';

const CANARIES = ['s3cret', 'ann@example.com', '203.0.113.9', 'eyJhbGciOiJFZERTQSJ9'];

let http: FastifyInstance;
let url: string;
let lines: Record<string, unknown>[];
let facts: AccessFacts | undefined;

beforeEach(async () => {
  lines = [];
  facts = undefined;
  const logger = createLogger('router', 'info');
  logger.info = (...[line, message]: unknown[]) => void lines.push({ ...(line as object), message });
  http = fastify();
  addAccessLog(http, { log: createAccessLog(logger), factsOf: () => facts, beganOf: () => undefined });
  http.route({ url: '/graphql', method: ['GET', 'POST'], handler: async () => ({ data: {} }) });
  http.get('/slow', () => new Promise(() => undefined));
  http.get('/health/live', async () => 'live');
  url = await http.listen({ host: '127.0.0.1', port: 0 });
});

afterEach(() => http.close());

const lineOf = async (path = '/graphql', init: RequestInit = {}): Promise<Record<string, unknown>> => {
  await (await fetch(`${url}${path}`, init)).text();
  await waitUntil(async () => lines.length > 0);
  return JSON.parse(JSON.stringify(lines[0]));
};

describe('the access log', () => {
  it('tells who asked what, how it ended and what it cost, on one line', async () => {
    facts = {
      requestId: 'r-1',
      contract: 'web',
      operationName: 'Orders',
      operationKind: 'query',
      clientName: '@shop/web',
      clientVersion: '1.20.3',
      fetches: 3,
      estimatedCost: 120,
      actualCost: 44,
      errorCodes: ['NOT_ALLOWED', 'NOT_ALLOWED', 'SUBGRAPH_TIMEOUT'],
    };
    const line = await lineOf('/graphql', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
    expect(line).toEqual({
      message: 'request',
      requestId: 'r-1',
      method: 'POST',
      route: '/graphql',
      contract: 'web',
      operation: 'Orders',
      kind: 'query',
      client: '@shop/web',
      clientVersion: '1.20.3',
      status: 200,
      durationMs: expect.any(Number),
      estimatedCost: 120,
      actualCost: 44,
      fetches: 3,
      errorCodes: ['NOT_ALLOWED', 'SUBGRAPH_TIMEOUT'],
    });
    expect(lines).toHaveLength(1);
  });

  it('has no personal data, wherever it was hidden', async () => {
    facts = {
      requestId: 'ann@example.com',
      operationName: 'a s3cret',
      clientName: 'ann@example.com',
      clientVersion: '203.0.113.9',
      fetches: 0,
      errorCodes: ['s3cret'],
    };
    const line = await lineOf(`/graphql?query={a}&variables={"password":"s3cret","email":"ann@example.com"}`, {
      headers: { authorization: `Bearer ${CANARIES[3]}`, 'x-forwarded-for': '203.0.113.9' },
    });
    for (const canary of CANARIES) expect(JSON.stringify(line)).not.toContain(canary);
    expect(line).toMatchObject({ requestId: '(invalid)', operation: '(invalid)', client: '(invalid)', clientVersion: '(invalid)' });
    expect(line['errorCodes']).toBeUndefined();
  });

  it.each(['2001:db8::1', '10.0.0.1', 'a\nb', 'x'.repeat(100), ''])('does not repeat %j as the name of a client', async (clientName) => {
    facts = { requestId: 'r-1', clientName, fetches: 0 };
    expect((await lineOf())['client']).toBe('(invalid)');
  });

  it('has a line for what no guard let through, and for what is not there', async () => {
    expect(await lineOf('/s3cret?a=ann@example.com')).toEqual({ message: 'request', method: 'GET', status: 404, durationMs: expect.any(Number) });
  });

  it('tells a client that went away as 499', async () => {
    const gone = new AbortController();
    const asked = fetch(`${url}/slow`, { signal: gone.signal }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 100));
    gone.abort();
    await asked;
    await waitUntil(async () => lines.length > 0);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ route: '/slow', status: 499 });
    expect(lines[0]?.['durationMs']).toBeGreaterThan(50);
  });

  it('leaves out health checks', async () => {
    await fetch(`${url}/health/live`);
    expect((await lineOf())['route']).toBe('/graphql');
    expect(lines).toHaveLength(1);
  });

  it('tells of a stream what it is told of a request, how many results were taken, and how it ended', () => {
    const logger = createLogger('router', 'info');
    logger.info = (...[line, message]: unknown[]) => void lines.push({ ...(line as object), message });
    const told = { requestId: 'r-1', contract: '', operationName: 'S', operationKind: 'subscription', clientName: 'ann@example.com', fetches: 4 };
    createStreamLog(logger)(told, { protocol: 'graphql-sse', results: 2, ended: 'CLIENT_GONE', began: performance.now() - 1_000 });
    expect(JSON.parse(JSON.stringify(lines[0]))).toEqual({
      message: 'stream',
      requestId: 'r-1',
      protocol: 'graphql-sse',
      operation: 'S',
      kind: 'subscription',
      client: '(invalid)',
      fetches: 4,
      results: 2,
      ended: 'CLIENT_GONE',
      durationMs: expect.closeTo(1_000, -2),
    });
  });
});
