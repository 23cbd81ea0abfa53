import { performance } from 'node:perf_hooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { FetchRecord, SubgraphClient, SubgraphClientOptions } from './subgraph-client.ts';
import { type Answer, clientOf, type FakeSubgraph, FINE, json, requestOf, startFakeSubgraph } from './testing/fake-subgraph.ts';

const setUp = async (answer: Answer, options: Partial<SubgraphClientOptions> = {}): Promise<{ subgraph: FakeSubgraph; client: SubgraphClient }> => {
  const subgraph = await startFakeSubgraph(answer);
  const client = clientOf(subgraph, options);
  return { subgraph, client };
};

const failed = (code: string): unknown => ({
  data: null,
  errors: [
    {
      message: expect.stringContaining('The subgraph "orders" '),
      path: [],
      extensions: { code, kind: 'UNAVAILABLE', reference: expect.any(String) },
    },
  ],
});

describe('a fetch', () => {
  it('sends the operation once, with what it needs and nothing that was not given', async () => {
    const { subgraph, client } = await setUp(FINE, { sign: (body, { caller }) => `${caller.role} ${body.length}` });
    const headers = new Map([
      ['x-request-id', 'r-1'],
      ['accept-encoding', 'gzip'],
      ['x-internal-token', 'forged'],
      ['x-deadline-ms', '999999'],
    ]);
    const variables = { id: 'ä', none: null };
    expect(await client.send(requestOf({ query: 'query Q { ok }', operationName: 'Q', variables, headers }))).toEqual({ data: { ok: true } });
    expect(subgraph.requests).toHaveLength(1);
    const [request] = subgraph.requests;
    expect(JSON.parse(request?.body ?? '')).toEqual({ query: 'query Q { ok }', operationName: 'Q', variables });
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      'x-request-id': 'r-1',
      'x-internal-token': `anonymous ${request?.body.length === undefined ? 0 : request.body.length}`,
    });
    expect(Number(request?.headers['x-deadline-ms'])).toBeGreaterThan(1_000);
    expect(Number(request?.headers['x-deadline-ms'])).toBeLessThanOrEqual(2_000);
  });

  it('uses connections again', async () => {
    const { subgraph, client } = await setUp(FINE);
    for (let i = 0; i < 20; i++) await client.send(requestOf());
    expect(subgraph.requests).toHaveLength(20);
    expect(subgraph.openSockets()).toBe(1);
  });

  it('tells the subgraph what is left of a shorter deadline', async () => {
    const { subgraph, client } = await setUp(FINE);
    await client.send(requestOf({ deadline: performance.now() + 300 }));
    expect(Number(subgraph.requests[0]?.headers['x-deadline-ms'])).toBeLessThanOrEqual(300);
  });

  it('keeps data, errors and extensions, and drops what is malformed in errors', async () => {
    const { client } = await setUp(
      json({
        data: { a: null },
        errors: [
          { message: 'no', path: ['a', 0], locations: [{ line: 1, column: 1 }], extensions: { code: 'X' } },
          { message: 'odd', path: 'a', extensions: 7 },
          'text',
        ],
        extensions: { cost: 1 },
      }),
    );
    expect(await client.send(requestOf())).toEqual({
      data: { a: null },
      errors: [
        { message: 'no', path: ['a', 0], extensions: { code: 'X' } },
        { message: 'odd' },
        { message: expect.any(String), extensions: { code: 'SUBGRAPH_RESPONSE_INVALID', kind: 'UNAVAILABLE' } },
      ],
      extensions: { cost: 1 },
    });
  });

  it('passes on the GraphQL errors of an HTTP error status', async () => {
    const errors = [{ message: 'The access token is not valid.', extensions: { code: 'TOKEN_INVALID' } }];
    for (const status of [401, 500, 503]) {
      const { client } = await setUp(json({ errors }, status));
      expect(await client.send(requestOf())).toEqual({ data: null, errors });
    }
  });

  it('is not over with an interim answer', async () => {
    const { client } = await setUp((response, request) => {
      response.writeProcessing();
      response.writeEarlyHints({ link: '</a>; rel=preload', 'content-encoding': 'gzip' });
      FINE(response, request);
    });
    expect(await client.send(requestOf())).toEqual({ data: { ok: true } });
  });

  it('does not reach the prototype of anything', async () => {
    const { client } = await setUp((response) => response.end('{"data":{"__proto__":{"polluted":1}},"__proto__":{"data":1}}'));
    const { data } = await client.send(requestOf());
    expect(Object.keys(data as object)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each<[string, string, Answer]>([
    ['no JSON', 'SUBGRAPH_RESPONSE_INVALID', (response) => response.end('{"data":')],
    ['nothing', 'SUBGRAPH_RESPONSE_INVALID', (response) => response.end()],
    ['a list', 'SUBGRAPH_RESPONSE_INVALID', json([{ data: {} }])],
    ['null', 'SUBGRAPH_RESPONSE_INVALID', json(null)],
    ['text for data', 'SUBGRAPH_RESPONSE_INVALID', json({ data: 'secret' })],
    ['neither data nor errors', 'SUBGRAPH_RESPONSE_INVALID', json({ data: null, errors: [] })],
    ['HTML', 'SUBGRAPH_RESPONSE_INVALID', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('{"data":{}}')],
    ['204', 'SUBGRAPH_RESPONSE_INVALID', (response) => response.writeHead(204).end()],
    ['an error page', 'SUBGRAPH_UNAVAILABLE', (response) => response.writeHead(500).end('<html>secret</html>')],
    ['an empty 401', 'SUBGRAPH_UNAVAILABLE', (response) => response.writeHead(401).end()],
    ['half an answer', 'SUBGRAPH_UNAVAILABLE', (response) => response.writeHead(200, { 'content-length': 99 }).write('{', () => response.destroy())],
    ['no HTTP', 'SUBGRAPH_UNAVAILABLE', (response) => response.socket?.end('secret\r\n\r\n')],
  ])('that gets %s has one masked error, and the next one works', async (_what, code, answer) => {
    let first = true;
    const { client } = await setUp((response, request) => {
      if (first) answer(response, request);
      else FINE(response, request);
      first = false;
    });
    const masked = await client.send(requestOf());
    expect(masked).toEqual(failed(code));
    expect(JSON.stringify(masked)).not.toMatch(/secret|127\.0\.0\.1|html/);
    expect(await client.send(requestOf())).toEqual({ data: { ok: true } });
  });

  it.each([301, 302, 303, 307, 308])('does not follow a %i', async (status) => {
    const elsewhere = await startFakeSubgraph(FINE);
    onTestFinished(elsewhere.stop);
    const { client } = await setUp((response) => response.writeHead(status, { location: elsewhere.url }).end());
    expect(await client.send(requestOf())).toEqual(failed('SUBGRAPH_UNAVAILABLE'));
    expect(elsewhere.requests).toHaveLength(0);
    expect(elsewhere.openSockets()).toBe(0);
  });

  it('that cannot even be sent is an answer, with a path when it was given one', async () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const { client, subgraph } = await setUp(FINE, { traffic: { breaker: { failures: 1, openMs: 5_000, halfOpenProbes: 1 } } });
    const { errors } = await client.send(requestOf({ variables: circular, path: ['orders'] }));
    expect(errors).toEqual([expect.objectContaining({ path: ['orders'] })]);
    expect(await client.send(requestOf({ headers: new Map([['x-request-id', 'a\nb']]) }))).toEqual(failed('SUBGRAPH_UNAVAILABLE'));
    expect(subgraph.requests).toHaveLength(0);
    expect(client.state().circuit).toBe('closed');
  });

  it('is told to metrics', async () => {
    const fetches: FetchRecord[] = [];
    const { client } = await setUp((response) => response.writeHead(404).end(), { onFetch: (fetch) => void fetches.push(fetch) });
    await client.send(requestOf({ kind: 'mutation' }));
    expect(fetches).toEqual([{ subgraph: 'orders', kind: 'mutation', durationMs: expect.any(Number), attempts: 1, code: 'SUBGRAPH_UNAVAILABLE' }]);
  });
});

describe('closing', () => {
  it('waits for what is under way, refuses what comes later, and leaves no connection', async () => {
    const { client, subgraph } = await setUp((response, request) => void setTimeout(() => FINE(response, request), 100));
    const underWay = client.send(requestOf());
    const closed = client.close();
    expect(await client.send(requestOf())).toEqual(failed('SUBGRAPH_UNAVAILABLE'));
    expect(await underWay).toEqual({ data: { ok: true } });
    await closed;
    await expect.poll(() => subgraph.openSockets()).toBe(0);
    expect(subgraph.requests).toHaveLength(1);
  });
});
