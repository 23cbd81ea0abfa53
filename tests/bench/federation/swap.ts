import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLoad, type LoadResult, type Operation } from './load.ts';
import type { RouterProcess } from './router-process.ts';
import type { Federation } from './subgraphs.ts';

export interface SwapOptions {
  federation: Federation;
  router: RouterProcess;
  swaps: number;
  /** The fewest requests that are sent meanwhile. */
  requests: number;
  concurrency: number;
}

export interface SwapReport extends LoadResult {
  /** How many swaps clients have seen. */
  swaps: number;
  sent: number;
}

const POLL_MS = 20;
const SWAP_DEADLINE_MS = 10_000;
/** Between two swaps, so that the load meets each supergraph for a while. */
const PAUSE_MS = 100;

/** Cheap ones, most of them; the last needs all four subgraphs, and another plan with each supergraph. */
const OPERATIONS: readonly Operation[] = [
  ...['1', '2', '3', '4', '5', '6'].map((id) => ({ query: `{ user(id: "${id}") { id name } }` })),
  { query: 'query Best { topProducts(first: 2) { upc weight } me { name } }' },
  { query: '{ topProducts(first: 1) { upc inStock shippingEstimate reviews { id author { id username name } } } }' },
];

/** Asked for a field that only every other supergraph has. */
const PROBE = JSON.stringify({ query: '{ me { birthday } }' });

const hasBirthday = async (url: string): Promise<boolean> => {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: PROBE,
    signal: AbortSignal.timeout(SWAP_DEADLINE_MS),
  });
  const { data } = (await response.json()) as { data?: { me?: { birthday?: number } } };
  return typeof data?.me?.birthday === 'number';
};

const servedId = async (url: string): Promise<string | undefined> => {
  const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(SWAP_DEADLINE_MS) });
  const { supergraph } = (await response.json()) as { supergraph?: { id?: string } };
  return supergraph?.id;
};

/** @throws when a supergraph is not served in time, or is said to be served while clients get another. */
const swapOne = async (federation: Federation, { url }: RouterProcess, next: { sdl: string; hasBirthday: boolean }): Promise<void> => {
  const id = createHash('sha256').update(next.sdl).digest('hex');
  const deadline = performance.now() + SWAP_DEADLINE_MS;
  federation.swap(next.sdl);
  while ((await servedId(url)) !== id || (await hasBirthday(url)) !== next.hasBirthday) {
    if (performance.now() > deadline) throw new Error(`the supergraph ${id} is not served after ${SWAP_DEADLINE_MS} ms`);
    await sleep(POLL_MS);
  }
};

/** Swaps between two supergraphs, again and again, while clients ask what both of them have. */
export const swapUnderLoad = async ({ federation, router, swaps, requests, concurrency }: SwapOptions): Promise<SwapReport> => {
  const supergraphs = [
    {
      hasBirthday: false,
      sdl: federation.compose({
        accounts: (sdl) => sdl.replace('  birthday: Int\n', ''),
        reviews: (sdl) => sdl.replace(' @provides(fields: "username")', '').replace('  username: String @external\n', ''),
      }),
    },
    { hasBirthday: true, sdl: federation.compose() },
  ];
  const load = createLoad({ url: `${router.url}/graphql`, operations: OPERATIONS, connections: concurrency });
  let seen = 0;
  let isEnding = false;
  const swapAll = async (): Promise<void> => {
    try {
      while (seen < swaps) {
        const next = supergraphs[seen % supergraphs.length];
        if (next !== undefined) await swapOne(federation, router, next);
        seen++;
        await sleep(PAUSE_MS);
      }
    } finally {
      isEnding = true;
    }
  };
  try {
    await load.run(1, (sent) => sent >= OPERATIONS.length);
    let sent = 0;
    const [result] = await Promise.all([
      load.run(concurrency, (count) => {
        sent = count;
        return isEnding && (sent >= requests || seen < swaps);
      }),
      swapAll(),
    ]);
    return { ...result, swaps: seen, sent };
  } finally {
    load.close();
  }
};
