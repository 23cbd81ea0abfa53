import { describe, expect, it } from 'vitest';
import { type Answer, clientOf, codeOf, type FakeSubgraph, FINE, json, NEVER, requestOf, startFakeSubgraph } from './testing/fake-subgraph.ts';

describe('a mutation', () => {
  it.each<[string, Answer]>([
    ['the connection is reset after its body', (_response, request) => request.socket.resetAndDestroy()],
    ['it is answered 503', (response) => response.writeHead(503).end()],
    ['the answer breaks off', (response) => response.writeHead(200, { 'content-length': 99 }).write('{', () => response.destroy())],
  ])('reaches the subgraph once when %s', async (_what, answer) => {
    const subgraph = await startFakeSubgraph(answer);
    const client = clientOf(subgraph, { traffic: { retries: { budgetRatio: 1, max: 3 } } });
    expect(await codeOf(client, { kind: 'mutation', query: 'mutation { pay }' })).toBe('SUBGRAPH_UNAVAILABLE');
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(subgraph.requests).toHaveLength(1);
  });

  it('reaches it once on a connection that was used before', async () => {
    let count = 0;
    const subgraph = await startFakeSubgraph((response, request) => {
      count += 1;
      if (count === 1) FINE(response, request);
      else request.socket.resetAndDestroy();
    });
    const client = clientOf(subgraph, { traffic: { retries: { budgetRatio: 1, max: 3 } } });
    await client.send(requestOf());
    await codeOf(client, { kind: 'mutation', query: 'mutation { pay }' });
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(subgraph.requests.filter(({ body }) => body.includes('pay'))).toHaveLength(1);
  });
});

describe('a query', () => {
  const failingOnce = (fail: Answer): Promise<FakeSubgraph> => {
    let failed = false;
    return startFakeSubgraph((response, request) => {
      if (failed) FINE(response, request);
      else fail(response, request);
      failed = true;
    });
  };

  it.each<[string, Answer]>([
    ['a reset', (_response, request) => request.socket.resetAndDestroy()],
    ['a 502', (response) => response.writeHead(502).end()],
    ['a 503 with GraphQL errors', json({ errors: [{ message: 'starting' }] }, 503)],
    ['a 504', (response) => response.writeHead(504).end()],
  ])('is sent again after %s', async (_what, fail) => {
    const subgraph = await failingOnce(fail);
    const client = clientOf(subgraph, { traffic: { retries: { budgetRatio: 0.2, max: 1 } } });
    expect(await client.send(requestOf())).toEqual({ data: { ok: true } });
    expect(subgraph.requests).toHaveLength(2);
  });

  it.each<[string, Answer, string, number?]>([
    ['a 500', (response) => response.writeHead(500).end(), 'SUBGRAPH_UNAVAILABLE'],
    ['a 404', (response) => response.writeHead(404).end(), 'SUBGRAPH_UNAVAILABLE'],
    ['what is no GraphQL response', (response) => response.end('x'), 'SUBGRAPH_RESPONSE_INVALID'],
    ['a timeout', NEVER, 'SUBGRAPH_TIMEOUT'],
    ['a 503 with no time left', (response) => response.writeHead(503).end(), 'SUBGRAPH_UNAVAILABLE', 45],
  ])('is not sent again after %s', async (_what, fail, code, timeoutMs = 300) => {
    const subgraph = await failingOnce(fail);
    const client = clientOf(subgraph, { traffic: { timeoutMs, retries: { budgetRatio: 1, max: 3 } } });
    expect(await codeOf(client)).toBe(code);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(subgraph.requests).toHaveLength(1);
  });

  it('is retried within a budget of all fetches', async () => {
    const subgraph = await startFakeSubgraph((response) => response.writeHead(503).end());
    const client = clientOf(subgraph, {
      traffic: { retries: { budgetRatio: 0.2, max: 1 }, breaker: { failures: 1_000, openMs: 5_000, halfOpenProbes: 1 } },
    });
    for (let i = 0; i < 50; i++) await codeOf(client);
    expect(subgraph.requests.length).toBeGreaterThanOrEqual(60);
    expect(subgraph.requests.length).toBeLessThanOrEqual(61);
  });
});
