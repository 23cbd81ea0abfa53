import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ANONYMOUS } from '@supergraph/identity/caller';
import { expect, it, onTestFinished } from 'vitest';
import type { ServedSupergraph } from '../gateway/served-supergraph.ts';
import { createSources } from './open-source.ts';

it('signs a subscription anew each time it is opened', async () => {
  const tokens: unknown[] = [];
  const server = createServer(({ headers }, response) => {
    tokens.push(headers['x-internal-token']);
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('id: 1\nevent: next\ndata: {"data":{}}\n\n');
    if (tokens.length > 1) response.end('event: complete\ndata:\n\n');
    else setTimeout(() => response.destroy(), 50);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  let signed = 0;
  const sources = createSources({
    urlOf: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    settingsOf: () => ({ protocol: 'sse' }),
    trafficOf: () => ({ timeoutMs: 2_000, maxResponseBytes: 1_000 }),
    signerOf: () => () => `token-${++signed}`,
  });
  onTestFinished(sources.close);
  const ended = Promise.withResolvers<unknown>();
  const identity = { caller: ANONYMOUS, scopes: [], claims: {} };
  const request = { query: 'subscription { ticks }', operationName: undefined, variables: {}, identity, headers: new Map() };
  await sources.open({} as ServedSupergraph, 'orders', request, { onAnswer: () => undefined, onEnd: ended.resolve }, new AbortController().signal);
  expect(await ended.promise).toBeUndefined();
  expect(tokens).toEqual(['token-1', 'token-2']);
});
