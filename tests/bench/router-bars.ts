import { median } from './bus-table.ts';
import type { ColdOperations } from './router-cold.ts';
import type { GatewayName } from './router-gateways.ts';
import type { Block, Blocks } from './router-rounds.ts';
import type { Workload } from './router-workloads.ts';

export type Results = ReadonlyMap<Workload['id'], Blocks>;

/** How many times the CPU time of ours another gateway has to need. */
interface RatioBar {
  workload: Workload['id'];
  what: string;
  ours: GatewayName;
  peer: GatewayName;
  atLeast: number;
  /** What we should like to see. */
  wanted?: number;
}

export interface Verdict {
  what: string;
  value: string;
  bar: string;
  passes: boolean;
}

const BARS: readonly RatioBar[] = [
  { workload: 'heavy-1', what: 'heavy query, 1 client: Apollo Gateway / ours', ours: 'ours', peer: 'stock', atLeast: 5, wanted: 7 },
  { workload: 'heavy-1', what: 'heavy query, 1 client: Hive, Rust runtime / ours', ours: 'ours', peer: 'hive rust', atLeast: 3.5, wanted: 4 },
  {
    workload: 'heavy-50',
    what: 'heavy query, 50 clients, both share fetches: Hive, Rust runtime / ours',
    ours: 'ours, fetches shared',
    peer: 'hive rust',
    atLeast: 2,
    wanted: 2.5,
  },
  {
    workload: 'heavy-50',
    what: 'heavy query, 50 clients, both share operations: Hive, Rust runtime / ours',
    ours: 'ours, operations shared',
    peer: 'hive rust, operations shared',
    atLeast: 1,
  },
  { workload: 'me-16', what: '`me`, 16 clients: Apollo Gateway / ours', ours: 'ours', peer: 'stock', atLeast: 4 },
  { workload: 'me-16', what: '`me`, 16 clients, only Hive shares fetches: Hive, Rust runtime / ours', ours: 'ours', peer: 'hive rust', atLeast: 2 },
  {
    workload: 'me-16',
    what: '`me`, 16 clients, both share fetches: Hive, Rust runtime / ours',
    ours: 'ours, fetches shared',
    peer: 'hive rust',
    atLeast: 2,
  },
];

const MOST_KB_PER_OPERATION = 150;
const MOST_BLOCK_MS = 50;

export const cpuOf = (blocks: readonly Block[] = []): number => median(blocks.map(({ cpuMs }) => cpuMs));

/** How many times the CPU time of one the other needs: of the medians of their rounds. */
export const ratio = (blocks: Blocks | undefined, ours: GatewayName, peer: GatewayName): number =>
  cpuOf(blocks?.get(peer)) / cpuOf(blocks?.get(ours));

/** Bars of workloads that were not run are left out. */
export const judgeRatios = (results: Results): Verdict[] =>
  BARS.filter(({ workload }) => results.has(workload)).map(({ workload, what, ours, peer, atLeast, wanted }) => {
    const value = ratio(results.get(workload), ours, peer);
    const wish = wanted === undefined ? '' : ` (wanted: ${wanted})`;
    return { what, value: `${value.toFixed(2)} ×`, bar: `≥ ${atLeast} ×${wish}`, passes: value >= atLeast };
  });

export const judgeCold = ({ bytesEach, longestBlockMs }: ColdOperations): Verdict[] => [
  {
    what: 'heap of a cached operation, the heavy query with other aliases',
    value: `${(bytesEach / 1_000).toFixed(0)} KB`,
    bar: `≤ ${MOST_KB_PER_OPERATION} KB`,
    passes: bytesEach <= MOST_KB_PER_OPERATION * 1_000,
  },
  {
    what: 'how long such an operation, new, keeps the event loop from others',
    value: `${longestBlockMs.toFixed(0)} ms`,
    bar: `≤ ${MOST_BLOCK_MS} ms`,
    passes: longestBlockMs <= MOST_BLOCK_MS,
  },
];
