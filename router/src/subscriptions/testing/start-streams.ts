import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { ANONYMOUS } from '@supergraph/identity/caller';
import type { Identity } from '@supergraph/identity/identity';
import { createLogger } from '@supergraph/service/logging';
import { createPolicies } from '../../authorization/policies.ts';
import type { ServedSupergraph } from '../../gateway/served-supergraph.ts';
import { createSubgraphClients } from '../../gateway/subgraph-clients.ts';
import { createSupergraphGateway, type SupergraphGateway } from '../../gateway/supergraph-gateway.ts';
import type { RequestContext } from '../../request-context.ts';
import type { OperationStreams, StreamedResult } from '../../streams/operation-stream.ts';
import { DEFAULT_TRAFFIC } from '../../subgraphs/subgraph-client.ts';
import { makeFolder, removeFolder } from '../../testing/router.ts';
import { type TestSubgraph, writeSupergraph } from '../../testing/subgraphs.ts';
import type { StreamSettings } from '../create-streams.ts';

export const ALICE: Identity = { caller: { role: 'customer', userId: 'alice' }, scopes: [], claims: {} };
export const NOBODY: Identity = { caller: ANONYMOUS, scopes: [], claims: {} };

export const contextOf = (overrides: Partial<RequestContext> = {}): RequestContext => ({
  requestId: 'r-1',
  contract: '',
  identity: NOBODY,
  deadline: performance.now() + 5_000,
  signal: new AbortController().signal,
  forwardedHeaders: new Map(),
  showsCost: false,
  isLogged: false,
  isDryRun: false,
  countedAs: { identity: NOBODY, remoteAddress: undefined, forwardedFor: undefined, clientName: undefined },
  isCounted: true,
  isPersisted: false,
  record: { fetches: 0 },
  ...overrides,
});

export interface TestStreams {
  streams: OperationStreams;
  gateway: SupergraphGateway;
  /** What operations were checked against, in order, as long as it is in memory. */
  checkedAgainst(): (ServedSupergraph | undefined)[];
  /** Writes another supergraph, and waits until it is served. @param changes SDL by subgraph name. */
  swap(changes: Record<string, string>): Promise<void>;
  stop(): Promise<void>;
}

/** The gateway on real subgraphs, without a door. */
export const startStreams = async (
  subgraphs: readonly TestSubgraph[],
  settings: Partial<StreamSettings> = {},
  engine: 'supergraph' | 'apollo' = 'supergraph',
): Promise<TestStreams> => {
  const folder = await makeFolder();
  const file = join(folder, 'supergraph.graphql');
  await writeSupergraph(file, subgraphs);
  const logger = createLogger('streams', 'silent');
  const seen: WeakRef<ServedSupergraph>[] = [];
  const gateway = createSupergraphGateway({
    supergraphFile: file,
    engine,
    subgraphUrls: new Map(),
    clients: createSubgraphClients({
      keys: new Map([['orders', 'k'.repeat(32)]]),
      trafficOf: () => ({ ...DEFAULT_TRAFFIC, timeoutMs: 2_000, share: true }),
      logger,
    }),
    guards: {
      policies: createPolicies({}),
      costOf: (served) => void seen.push(new WeakRef(served)),
      checkListSizes: () => undefined,
      count: async () => undefined,
    },
    sharesOperations: () => false,
    overrides: () => ({}),
    contracts: {},
    persisted: () => [],
    didPlan: () => false,
    streams: { showsSchema: () => true, production: false, maxWaiting: () => 100, sourceOf: () => ({ protocol: 'sse' }), ...settings },
    logger,
  });
  const whole = gateway.of('');
  await whole.gateway.load({ apollo: {} } as Parameters<typeof whole.gateway.load>[0]);
  return {
    streams: whole.streams,
    gateway,
    checkedAgainst: () => seen.map((served) => served.deref()),
    swap: async (changes) => {
      const before = gateway.supergraphId();
      await writeSupergraph(file, subgraphs, changes);
      const end = performance.now() + 8_000;
      while (gateway.supergraphId() === before) {
        if (performance.now() > end) throw new Error('the supergraph was not swapped');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    stop: async () => {
      await whole.gateway.stop();
      await removeFolder(folder);
    },
  };
};

/** Subscribes, or fails with why not. */
export const subscribe = async (
  { streams }: Pick<TestStreams, 'streams'>,
  query: string,
  { variables = {}, ...context }: Partial<RequestContext> & { variables?: Record<string, unknown> } = {},
): Promise<AsyncGenerator<StreamedResult, void>> => {
  const started = await streams.start({ query, variables }, contextOf(context));
  if (started.kind !== 'subscription') throw new Error(`not subscribed: ${JSON.stringify(started)}`);
  return started.results;
};

export const nextOf = async (results: AsyncGenerator<StreamedResult, void>, withinMs = 3_000): Promise<StreamedResult | 'ended' | 'nothing'> => {
  const timeout = new Promise<'nothing'>((resolve) => setTimeout(resolve, withinMs, 'nothing').unref());
  const next = results.next().then(({ done, value }) => (done === true || value === undefined ? 'ended' : value));
  return Promise.race([next, timeout]);
};
