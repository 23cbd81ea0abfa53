import { describe, expect, it, onTestFinished } from 'vitest';
import type { HttpAnswer } from './http-exchange.ts';
import { SubgraphFailure } from './subgraph-failure.ts';
import { type Answer, FINE, NEVER, startFakeSubgraph, until } from './testing/fake-subgraph.ts';
import { createUndiciExchanges } from './undici-exchanges.ts';

const MAX_BYTES = 1_000;

/** undici speaks plain HTTP too, which needs no certificate. */
const setUp = async (answer: Answer) => {
  const subgraph = await startFakeSubgraph(answer);
  const exchanges = createUndiciExchanges({ url: new URL(subgraph.url), headers: ['x-all', '0'], maxBytes: MAX_BYTES, connectTimeoutMs: 1_000 }, 2);
  onTestFinished(async () => {
    await subgraph.stop();
    await exchanges.close();
  });
  let released = 0;
  const send = (value = '1', giveUpWith?: SubgraphFailure): Promise<HttpAnswer> =>
    new Promise((resolve, reject) => {
      const request = { headers: ['content-type', 'application/json', 'x-a', value], body: '{"ä":1}', isSafe: true };
      const giveUp = exchanges.start(request, { resolve, reject, released: () => void released++ });
      if (giveUpWith !== undefined) setTimeout(() => giveUp(giveUpWith), 30);
    });
  return { subgraph, send, released: () => released };
};

describe('an exchange by undici', () => {
  it('sends what it is given, and brings the answer as text', async () => {
    const { subgraph, send, released } = await setUp((response, request) => {
      response.writeProcessing();
      FINE(response, request);
    });
    expect(await send()).toEqual({ status: 200, contentType: 'application/json', text: '{"data":{"ok":true}}' });
    expect(subgraph.requests[0]).toMatchObject({ headers: { 'x-all': '0', 'x-a': '1', 'content-length': '8' }, body: '{"ä":1}' });
    expect(released()).toBe(1);
  });

  it.each<[string, string, Answer]>([
    ['announces too much', 'SUBGRAPH_RESPONSE_TOO_LARGE', (response) => response.writeHead(200, { 'content-length': 1_001 }).flushHeaders()],
    ['sends too much', 'SUBGRAPH_RESPONSE_TOO_LARGE', (response) => void Array.from({ length: 11 }, () => response.write('x'.repeat(100)))],
    ['compresses', 'SUBGRAPH_RESPONSE_INVALID', (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x')],
    ['breaks off', 'SUBGRAPH_UNAVAILABLE', (response) => response.writeHead(200, { 'content-length': 9 }).write('{', () => response.destroy())],
  ])('with a subgraph that %s fails, its connection gone', async (_what, code, answer) => {
    const { subgraph, send, released } = await setUp(answer);
    await expect(send()).rejects.toMatchObject({ code });
    await until(() => subgraph.openSockets() === 0 && released() === 1, 5_000);
  });

  it('that is given up fails at once, its connection gone', async () => {
    const { subgraph, send, released } = await setUp(NEVER);
    await expect(send('1', new SubgraphFailure('SUBGRAPH_TIMEOUT', 'no answer by the deadline'))).rejects.toMatchObject({ code: 'SUBGRAPH_TIMEOUT' });
    await until(() => subgraph.openSockets() === 0 && released() === 1, 5_000);
  });

  it('with a header of two lines is not sent, and says nothing about the subgraph', async () => {
    const { subgraph, send } = await setUp(FINE);
    await expect(send('a\r\nb: c')).rejects.toMatchObject({ retryable: false, outcome: 'inconclusive' });
    expect(subgraph.requests).toEqual([]);
  });
});
