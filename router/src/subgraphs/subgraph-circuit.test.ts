import { describe, expect, it } from 'vitest';
import {
  type Answer,
  clientOf,
  codeOf,
  type FakeSubgraph,
  FINE,
  json,
  NEVER,
  requestOf,
  startFakeSubgraph,
  startRawSubgraph,
  until,
} from './testing/fake-subgraph.ts';

describe('the circuit', () => {
  const breaker = { failures: 5, openMs: 5_000, halfOpenProbes: 1 };

  it('opens after five failures in a row, lets one probe through at a time, and closes when it works', async () => {
    let now = 0;
    let answer: Answer = (response) => response.writeHead(500).end();
    const subgraph = await startFakeSubgraph((response, request) => answer(response, request));
    const client = clientOf(subgraph, { clock: () => now, traffic: { breaker } });
    for (let i = 0; i < 5; i++) expect(await codeOf(client)).toBe('SUBGRAPH_UNAVAILABLE');
    expect(client.state()).toMatchObject({ circuit: 'open', probeInMs: 5_000 });
    const refused = await Promise.all(Array.from({ length: 100 }, () => codeOf(client)));
    expect(new Set(refused)).toEqual(new Set(['SUBGRAPH_CIRCUIT_OPEN']));
    expect(subgraph.requests).toHaveLength(5);

    now = 5_000;
    const probing = await Promise.all(Array.from({ length: 20 }, () => codeOf(client)));
    expect(probing.filter((code) => code === 'SUBGRAPH_CIRCUIT_OPEN')).toHaveLength(19);
    expect(subgraph.requests).toHaveLength(6);
    expect(client.state()).toMatchObject({ circuit: 'open', probeInMs: 10_000 });

    now = 15_000;
    answer = FINE;
    expect(await client.send(requestOf())).toEqual({ data: { ok: true } });
    expect(client.state().circuit).toBe('closed');
    expect(await Promise.all(Array.from({ length: 10 }, () => codeOf(client)))).toEqual(Array(10).fill(undefined));
    expect(subgraph.requests).toHaveLength(17);
  });

  it.each<[string, () => Promise<FakeSubgraph>, number]>([
    ['timeouts', () => startFakeSubgraph(NEVER), 200],
    ['resets', () => startRawSubgraph((socket) => void socket.resetAndDestroy()), 2_000],
    ['gateway statuses with GraphQL errors', () => startFakeSubgraph(json({ errors: [{ message: 'x' }] }, 503)), 2_000],
  ])('opens by %s', async (_what, start, timeoutMs) => {
    const client = clientOf(await start(), { traffic: { timeoutMs, breaker } });
    for (let i = 0; i < 5; i++) await codeOf(client);
    expect(client.state().circuit).toBe('open');
  });

  it('refused connections open it, through retries too', async () => {
    const subgraph = await startFakeSubgraph(FINE);
    await subgraph.stop();
    const client = clientOf(subgraph, { traffic: { breaker, retries: { budgetRatio: 1, max: 5 } } });
    for (let i = 0; i < 3; i++) await codeOf(client);
    expect(client.state().circuit).toBe('open');
  });

  it.each<[string, Answer]>([
    ['GraphQL errors', json({ data: null, errors: [{ message: 'no' }] })],
    ['a 500 with GraphQL errors', json({ errors: [{ message: 'no' }] }, 500)],
    ['4xx', (response) => response.writeHead(429).end()],
  ])('stays closed at %s', async (_what, answer) => {
    const client = clientOf(await startFakeSubgraph(answer), { traffic: { breaker } });
    for (let i = 0; i < 10; i++) await codeOf(client);
    expect(client.state().circuit).toBe('closed');
  });

  it('counts neither what a client gave up nor what could not be sent', async () => {
    let answer: Answer = (response) => response.writeHead(500).end();
    const subgraph = await startFakeSubgraph((response, request) => answer(response, request));
    const client = clientOf(subgraph, { traffic: { breaker } });
    for (let i = 0; i < 4; i++) await codeOf(client);
    answer = NEVER;
    const controller = new AbortController();
    const givenUp = codeOf(client, { signal: controller.signal });
    await until(() => subgraph.requests.length === 5);
    controller.abort();
    await givenUp;
    await codeOf(client, { headers: new Map([['x-request-id', 'a\nb']]) });
    expect(client.state().circuit).toBe('closed');
    answer = (response) => response.writeHead(500).end();
    await codeOf(client);
    expect(client.state().circuit).toBe('open');
  });

  it('that opens by a failure ends its retries, and the client is told the failure', async () => {
    const subgraph = await startFakeSubgraph((response) => response.writeHead(503).end());
    const client = clientOf(subgraph, { traffic: { breaker: { ...breaker, failures: 1 }, retries: { budgetRatio: 1, max: 3 } } });
    expect(await codeOf(client)).toBe('SUBGRAPH_UNAVAILABLE');
    expect(subgraph.requests).toHaveLength(1);
  });

  it('refuses at once while a probe holds the only slot', async () => {
    let now = 0;
    let answer: Answer = (response) => response.writeHead(500).end();
    const subgraph = await startFakeSubgraph((response, request) => answer(response, request));
    const client = clientOf(subgraph, { clock: () => now, traffic: { maxConcurrent: 1, breaker: { ...breaker, failures: 1 } } });
    await codeOf(client);
    now = 5_000;
    const held: (() => void)[] = [];
    answer = (response, request) => held.push(() => FINE(response, request));
    const probe = client.send(requestOf());
    await until(() => held.length === 1);
    expect(await codeOf(client)).toBe('SUBGRAPH_CIRCUIT_OPEN');
    expect(client.state()).toMatchObject({ circuit: 'half-open', running: 1, queued: 0 });
    held[0]?.();
    expect(await probe).toEqual({ data: { ok: true } });
    expect(client.state().circuit).toBe('closed');
  });

  it('that is open empties the queue', async () => {
    const subgraph = await startFakeSubgraph((response) => response.writeHead(500).end());
    const client = clientOf(subgraph, { traffic: { maxConcurrent: 1, breaker } });
    const codes = await Promise.all(Array.from({ length: 50 }, () => codeOf(client)));
    expect(subgraph.requests).toHaveLength(5);
    expect(codes.filter((code) => code === 'SUBGRAPH_CIRCUIT_OPEN')).toHaveLength(45);
  });
});
