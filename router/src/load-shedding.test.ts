import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addLoadShedding, type LoadGauge, type LoadLimits } from './load-shedding.ts';
import { waitUntil } from './testing/router.ts';

let http: FastifyInstance;
let gauge: LoadGauge;
let url: string;
let limits: LoadLimits;
let release: () => void;

beforeEach(async () => {
  limits = { maxInFlight: 3, maxEventLoopDelayMs: 1_000 };
  http = fastify();
  gauge = addLoadShedding(http, () => limits);
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  http.get('/slow', async () => {
    await released;
    return 'done';
  });
  http.get('/quick', async () => 'done');
  http.get('/health/live', async () => 'live');
  url = await http.listen({ host: '127.0.0.1', port: 0 });
});

afterEach(async () => {
  release();
  await http.close();
});

const status = async (path: string): Promise<number> => (await fetch(`${url}${path}`)).status;

describe('load shedding', () => {
  it('refuses what is more than may be in flight, in less than 100 ms, and lets in again what was answered', async () => {
    const slow = [1, 2, 3].map(() => fetch(`${url}/slow`));
    await waitUntil(async () => gauge.inFlight() === 3);
    const began = performance.now();
    const refused = await fetch(`${url}/quick`);
    expect(performance.now() - began).toBeLessThan(100);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await refused.json()).toEqual({ errors: [{ message: expect.any(String), extensions: { code: 'OVERLOADED' } }] });
    expect(gauge.shed()).toBe(1);
    release();
    expect((await Promise.all(slow)).map((response) => response.status)).toEqual([200, 200, 200]);
    await waitUntil(async () => gauge.inFlight() === 0);
    expect(await status('/quick')).toBe(200);
  });

  it('answers 200 refusals of 200 requests at once', async () => {
    limits = { ...limits, maxInFlight: 0 };
    expect(new Set(await Promise.all(Array.from({ length: 200 }, () => status('/quick'))))).toEqual(new Set([503]));
    expect(gauge.shed()).toBe(200);
  });

  it('never refuses health checks, nor counts them', async () => {
    limits = { ...limits, maxInFlight: 0 };
    expect(await status('/health/live')).toBe(200);
    expect(await status('/health/gone')).toBe(404);
    expect(await status('/healthy')).toBe(503);
    expect(gauge.inFlight()).toBe(0);
  });

  it('gives the place of a client that went away to the next', async () => {
    const gone = new AbortController();
    const slow = [1, 2, 3].map(() => fetch(`${url}/slow`, { signal: gone.signal }).catch(() => undefined));
    await waitUntil(async () => gauge.inFlight() === 3);
    gone.abort();
    await Promise.all(slow);
    await waitUntil(async () => gauge.inFlight() === 0);
    expect(await status('/quick')).toBe(200);
  });

  it('takes new limits without a restart', async () => {
    limits = { ...limits, maxInFlight: 0 };
    expect(await status('/quick')).toBe(503);
    limits = { ...limits, maxInFlight: 1 };
    expect(await status('/quick')).toBe(200);
  });

  it('refuses while the event loop is late, and no longer', async () => {
    limits = { ...limits, maxEventLoopDelayMs: 40 };
    const block = (): void => {
      const end = performance.now() + 80;
      while (performance.now() < end);
    };
    const busy = setInterval(block, 1);
    await waitUntil(async () => (await status('/quick')) === 503, 10_000);
    expect(await status('/health/live')).toBe(200);
    clearInterval(busy);
    await waitUntil(async () => (await status('/quick')) === 200);
  });

  it('lets one long pause pass', async () => {
    limits = { ...limits, maxEventLoopDelayMs: 40 };
    const answers: number[] = [];
    // So that it falls into the middle of a sample.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const end = performance.now() + 1_500;
    while (performance.now() < end);
    for (let index = 0; index < 30; index++) {
      answers.push(await status('/quick'));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(new Set(answers)).toEqual(new Set([200]));
  });
});
