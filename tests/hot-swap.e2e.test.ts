import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RouterProcess, startRouter } from './bench/federation/router-process.ts';
import { type Federation, startFederation } from './bench/federation/subgraphs.ts';
import { swapUnderLoad } from './bench/federation/swap.ts';

let federation: Federation;
let router: RouterProcess;

beforeAll(async () => {
  federation = await startFederation();
  router = await startRouter({ federation, door: 'swap', settings: 'rateLimits: { enabled: false }\n' });
});
afterAll(async () => {
  await router?.stop();
  await federation?.stop();
});

test('20 hot swaps of the supergraph under load: no request of 5,000 fails', async () => {
  const { swaps, sent, failed, failures } = await swapUnderLoad({ federation, router, swaps: 20, requests: 5_000, concurrency: 8 });
  expect({ swaps, failed, failures }).toEqual({ swaps: 20, failed: 0, failures: [] });
  expect(sent).toBeGreaterThanOrEqual(5_000);
}, 90_000);
