import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HEAVY } from './bench/federation/heavy-query.ts';
import { type RouterProcess, startRouter } from './bench/federation/router-process.ts';
import { type Federation, startFederation } from './bench/federation/subgraphs.ts';
import { type Answer, post } from './world.ts';

const DEADLINE_MS = 1_000;
const GRACE_MS = 250;
const FROZEN_MS = 8_000;
const RECOVERY_MS = 15_000;
const PAUSE_MS = 20;
const CLIENTS = 8;
const SETTINGS = `rateLimits: { enabled: false }
cost: { enabled: false }
traffic: { all: { timeoutMs: ${DEADLINE_MS} } }
`;

/** What reviews has is null while it is frozen; all else must be there. */
const QUERIES = [
  HEAVY.query,
  '{ users { id name reviews { id body } } topProducts { upc name inStock shippingEstimate reviews { id } } }',
  '{ me { id name } topProducts { upc price inStock } }',
];

type Data = Record<string, unknown>;

let federation: Federation;
let router: RouterProcess;

beforeAll(async () => {
  federation = await startFederation(['reviews']);
  router = await startRouter({ federation, door: 'frozen', settings: SETTINGS, env: { ROUTER_SUBGRAPH_TIMEOUT_MS: String(DEADLINE_MS) } });
});
afterAll(async () => {
  await router?.stop();
  await federation?.stop();
});

const ask = (query: string): Promise<Answer<Data>> => post<Data>(`${router.url}/graphql`, { query });

/** The data with null for every `reviews`. */
const withoutReviews = (data: Data | null): unknown => JSON.parse(JSON.stringify(data, (name, value) => (name === 'reviews' ? null : value)));

test('a frozen subgraph: every response keeps its deadline and the data of the others, and all is well when it goes on', async () => {
  const full: Answer<Data>[] = [];
  for (const query of QUERIES) full.push(await ask(query));
  expect(full.flatMap(({ errors }) => errors)).toEqual([]);
  expect(JSON.stringify(full[0]?.data)).toContain('"reviews":[{');

  const reviews = federation.processOf('reviews');
  reviews.kill('SIGSTOP');
  const latencies: number[] = [];
  const frozenUntil = performance.now() + FROZEN_MS;
  const client = async (number: number): Promise<void> => {
    for (let turn = number; performance.now() < frozenUntil; turn++) {
      const [query, expected] = [QUERIES[turn % QUERIES.length] ?? '', full[turn % QUERIES.length]];
      const begun = performance.now();
      const answer = await ask(query);
      latencies.push(performance.now() - begun);
      // Once a router has given a subgraph up, answers come at once.
      await sleep(PAUSE_MS);
      const needsReviews = query.includes('reviews');
      expect(answer.status).toBe(200);
      expect(answer.data).toEqual(withoutReviews(expected?.data ?? null));
      expect(answer.errors.length > 0).toBe(needsReviews);
      for (const { extensions, path } of answer.errors) {
        expect(extensions.code).toMatch(/^SUBGRAPH_/);
        expect(path?.[0]).toMatch(/^(users|topProducts)$/);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
  } finally {
    reviews.kill('SIGCONT');
  }
  expect(latencies.length).toBeGreaterThan(CLIENTS * 4);
  expect(Math.max(...latencies)).toBeLessThanOrEqual(DEADLINE_MS + GRACE_MS);

  const recoveredUntil = performance.now() + RECOVERY_MS;
  const isWhole = async (index: number): Promise<boolean> =>
    JSON.stringify((await ask(QUERIES[index] ?? '')).data) === JSON.stringify(full[index]?.data);
  while (!((await isWhole(0)) && (await isWhole(1)))) {
    if (performance.now() > recoveredUntil) throw new Error(`the data of reviews is not back after ${RECOVERY_MS} ms`);
    await sleep(100);
  }
}, 60_000);
