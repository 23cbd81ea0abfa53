import { performance } from 'node:perf_hooks';
import { gzipSync } from 'node:zlib';
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

const MEBIBYTE = 1024 * 1024;

describe('a stalled subgraph', () => {
  it.each<[string, () => Promise<FakeSubgraph>]>([
    ['reads and never answers', () => startFakeSubgraph(NEVER)],
    ['accepts and sends nothing', () => startRawSubgraph((socket) => void socket.resume())],
    [
      'drips its headers',
      () =>
        startRawSubgraph((socket) => {
          socket.write('HTTP/1.1 200 OK\r\n');
          const drip = setInterval(() => socket.write('x-a: 1\r\n'), 50);
          socket.once('close', () => clearInterval(drip));
        }),
    ],
    [
      'drips its body',
      () =>
        startFakeSubgraph((response) => {
          response.writeHead(200, { 'content-type': 'application/json' });
          const drip = setInterval(() => response.write(' '), 50);
          response.once('close', () => clearInterval(drip));
        }),
    ],
  ])('that %s is given up at the deadline, its socket destroyed', async (_what, start) => {
    const subgraph = await start();
    const client = clientOf(subgraph, { traffic: { timeoutMs: 400 } });
    const startedAt = performance.now();
    expect(await codeOf(client)).toBe('SUBGRAPH_TIMEOUT');
    const tookMs = performance.now() - startedAt;
    expect(tookMs).toBeGreaterThan(380);
    expect(tookMs).toBeLessThan(650);
    await until(() => subgraph.openSockets() === 0);
    expect(client.state().running).toBe(0);
  });

  it("is given up at the client's deadline when that is earlier, and at once when it has passed", async () => {
    const subgraph = await startFakeSubgraph(NEVER);
    const client = clientOf(subgraph);
    const startedAt = performance.now();
    expect(await codeOf(client, { deadline: startedAt + 150 })).toBe('SUBGRAPH_TIMEOUT');
    expect(performance.now() - startedAt).toBeLessThan(400);
    expect(subgraph.requests).toHaveLength(1);
    expect(await codeOf(client, { deadline: performance.now() - 1 })).toBe('SUBGRAPH_TIMEOUT');
    expect(subgraph.requests).toHaveLength(1);
  });

  it('does not open the circuit by the short deadlines of clients', async () => {
    const client = clientOf(await startFakeSubgraph(NEVER), { traffic: { breaker: { failures: 2, openMs: 5_000, halfOpenProbes: 1 } } });
    for (let i = 0; i < 4; i++) await codeOf(client, { deadline: performance.now() + 20 });
    expect(client.state().circuit).toBe('closed');
  });
});

describe('a client that goes away', () => {
  it('closes the sockets of its fetches', async () => {
    const subgraph = await startFakeSubgraph(NEVER);
    const client = clientOf(subgraph);
    const controller = new AbortController();
    const fetches = Array.from({ length: 20 }, () => codeOf(client, { signal: controller.signal }));
    await until(() => subgraph.requests.length === 20);
    expect(subgraph.openSockets()).toBe(20);
    controller.abort();
    expect(new Set(await Promise.all(fetches))).toEqual(new Set(['SUBGRAPH_UNAVAILABLE']));
    await until(() => subgraph.openSockets() === 0);
    expect(client.state()).toMatchObject({ circuit: 'closed', running: 0, queued: 0 });
  });

  it('before its fetch is connected, or waiting, has nothing sent', async () => {
    const subgraph = await startFakeSubgraph(NEVER);
    const client = clientOf(subgraph, { traffic: { maxConcurrent: 1 } });
    const controller = new AbortController();
    const fetches = [codeOf(client, { signal: controller.signal }), codeOf(client, { signal: controller.signal })];
    expect(client.state()).toMatchObject({ running: 1, queued: 1 });
    controller.abort();
    await Promise.all(fetches);
    await codeOf(client, { signal: controller.signal });
    await until(() => client.state().running === 0);
    expect(subgraph.requests).toHaveLength(0);
  });

  it('leaves no listener on its signal', async () => {
    const client = clientOf(await startFakeSubgraph(FINE));
    const { signal } = new AbortController();
    let listeners = 0;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...given: Parameters<typeof add>) => {
      listeners += 1;
      add(...given);
    };
    signal.removeEventListener = (...given: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...given);
    };
    for (let i = 0; i < 3; i++) await client.send(requestOf({ signal }));
    expect(listeners).toBe(0);
  });
});

describe('an answer that is too large', () => {
  it.each<[string, Answer]>([
    ['only announced', (response) => response.writeHead(200, { 'content-length': 12 * MEBIBYTE }).flushHeaders()],
    ['in chunks', (response) => void Array.from({ length: 12 }, () => response.write(Buffer.alloc(MEBIBYTE, 32)))],
  ])('%s is cut, the connection with it', async (_how, answer) => {
    const subgraph = await startFakeSubgraph(answer);
    const client = clientOf(subgraph);
    expect(await codeOf(client)).toBe('SUBGRAPH_RESPONSE_TOO_LARGE');
    await until(() => subgraph.openSockets() === 0);
  });

  it('is not one of 9 MiB', async () => {
    const client = clientOf(await startFakeSubgraph(json({ data: { text: 'x'.repeat(9 * MEBIBYTE) } })));
    expect((await client.send(requestOf())).errors).toBeUndefined();
  });

  it('once decompressed is never decompressed, nor read', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * MEBIBYTE, 32));
    const subgraph = await startFakeSubgraph((response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip', 'content-length': bomb.length + 1 }).write(bomb);
    });
    const client = clientOf(subgraph);
    const before = process.memoryUsage().rss;
    expect(await codeOf(client)).toBe('SUBGRAPH_RESPONSE_INVALID');
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * MEBIBYTE);
    await until(() => subgraph.openSockets() === 0);
  });
});

describe('too many fetches at a time', () => {
  it('wait in a queue with an end, then are refused at once', async () => {
    const held: (() => void)[] = [];
    const subgraph = await startFakeSubgraph((response, request) => void held.push(() => FINE(response, request)));
    const client = clientOf(subgraph, { traffic: { maxConcurrent: 2, maxQueued: 3 } });
    const admitted = Array.from({ length: 5 }, () => client.send(requestOf()));
    const startedAt = performance.now();
    expect(await codeOf(client)).toBe('SUBGRAPH_OVERLOADED');
    expect(performance.now() - startedAt).toBeLessThan(100);
    await until(() => held.length === 2);
    expect(client.state()).toMatchObject({ running: 2, queued: 3 });
    expect(subgraph.openSockets()).toBe(2);
    const answering = setInterval(() => held.shift()?.(), 5);
    expect(await Promise.all(admitted)).toEqual(Array(5).fill({ data: { ok: true } }));
    clearInterval(answering);
    expect(subgraph.requests).toHaveLength(5);
    expect(client.state()).toMatchObject({ running: 0, queued: 0 });
  });
});
