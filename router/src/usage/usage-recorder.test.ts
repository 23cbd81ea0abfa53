import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogger } from '@supergraph/service/logging';
import fastify from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createApp } from '../app.ts';
import { openEvents } from '../streams/testing/event-client.ts';
import { connectAndInit } from '../streams/testing/socket-client.ts';
import { streamGraphStarter } from '../streams/testing/stream-graph.ts';
import { makeFolder, removeFolder, routerStarter } from '../testing/router.ts';
import { createUsageRecorder } from './usage-recorder.ts';

const startGraph = streamGraphStarter(routerStarter(createApp));

interface Line {
  name?: string;
  operation?: string;
  hash: string;
  count: number;
}

let folder: string;
const lines = async (): Promise<Line[]> => {
  const [file = ''] = await readdir(folder);
  const text = await readFile(join(folder, file), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
};

beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(() => removeFolder(folder));

describe('what is counted', () => {
  it('is each operation of a stream once, whatever carries it and though its client leaves; and none that is not valid', async () => {
    const graph = await startGraph(`usage: { folder: ${JSON.stringify(folder)} }\n`);
    const post = (query: string, headers: Record<string, string> = {}): RequestInit => ({
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
    try {
      const url = `${graph.url}/graphql`;
      const left = await openEvents(url, post('subscription Left { never }'));
      await graph.untilServed('never', 1);
      left.close();
      await graph.untilServed('never', 0);
      await (await openEvents(url, post('subscription Ended { count(to: 2) }'))).rest();
      await (await openEvents(url, post('subscription Wrong { nonsense }'))).rest();
      const client = await connectAndInit(`${graph.socketUrl}/graphql`);
      client.closed.catch(() => undefined);
      client.send({ id: '1', type: 'subscribe', payload: { query: 'query Socket { hello }' } });
      expect(await client.next()).toMatchObject({ type: 'next' });
      client.close();
      // Takes parts, and is answered at once.
      await (await fetch(url, post('query Single { hello }', { accept: 'multipart/mixed, application/json' }))).text();
      for (let count = 0; count < 3; count++) await (await fetch(url, post('query Plain { hello }'))).text();
      await (await fetch(url, post(`query Long { ${'x'.repeat(9_000)}: hello }`))).text();
      await graph.app.close();
      const seen = await lines();
      const counts = seen.map(({ name, count }) => [name, count]);
      expect(Object.fromEntries(counts)).toEqual({ Left: 1, Ended: 1, Socket: 1, Single: 1, Plain: 3, Long: 1 });
      expect(seen.flatMap(({ name, operation }) => (operation === undefined ? [name] : []))).toEqual(['Long']);
    } finally {
      await graph.stop();
    }
  });
});

describe('a recorder that is closed', () => {
  afterEach(() => void vi.useRealTimers());

  it('writes no more, though it was writing', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const recorder = createUsageRecorder({
      http: fastify(),
      contextOf: () => undefined,
      settings: () => ({ folder, flushSeconds: 1, operations: 10, keepDays: 1 }),
      base: folder,
      isListed: () => false,
      logger: createLogger('test', 'silent'),
    });
    recorder.start(4000);
    vi.advanceTimersByTime(1_000);
    await recorder.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(vi.getTimerCount()).toBe(0);
  });
});
