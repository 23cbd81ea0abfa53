import type { Load } from './load.ts';
import type { RouterProcess } from './router-process.ts';
import type { Federation } from './subgraphs.ts';

/** One router of a comparison, and the load that it gets. */
export interface Side {
  /** Its name, and the door under which its fetches are counted. */
  name: string;
  router: RouterProcess;
  load: Load;
}

/** What one side did in one round. CPU in milliseconds a request. */
export interface Measurement {
  cpuPerRequest: number;
  /** By turn, to be compared with the same turn of another side. */
  cpuByTurn: readonly number[];
  fetchesPerRequest: number;
  residentBytes: number;
  latencies: readonly number[];
}

export interface RoundOptions {
  federation: Federation;
  sides: readonly Side[];
  /** Also the number of requests that one side gets before it is the turn of the next. */
  concurrency: number;
  turns: number;
}

/** Sends `count` requests. @throws when one of them fails: a benchmark of failures tells nothing. */
const sendAll = async ({ name, load }: Side, concurrency: number, count: number): Promise<number[]> => {
  const { failed, failures, latencies } = await load.run(concurrency, (sent) => sent >= count);
  if (failed > 0) throw new Error(`${failed} of ${count} requests to the router '${name}' failed, for instance:\n${failures[0]}`);
  return latencies;
};

/** The sides, each one in each place as often as the others. */
const orderOf = <Item>(items: readonly Item[], turn: number): Item[] => {
  const first = turn % items.length;
  const order = [...items.slice(first), ...items.slice(0, first)];
  return Math.floor(turn / items.length) % 2 === 0 ? order : order.reverse();
};

const startMeasuring = async (federation: Federation, side: Side, { concurrency, turns }: RoundOptions) => {
  const { name, router } = side;
  const [cpu, fetches] = [router.cpu(), await federation.fetches(name)];
  const latencies: number[] = [];
  const cpuByTurn: number[] = [];
  let threadsCpu = router.threadsCpu();
  return {
    takeTurn: async (): Promise<void> => {
      latencies.push(...(await sendAll(side, concurrency, concurrency)));
      const now = router.threadsCpu();
      // From the end of the turn before: what a router does after an answer, collecting garbage for instance, is its cost too.
      cpuByTurn.push((now - threadsCpu) / concurrency);
      threadsCpu = now;
    },
    end: async (): Promise<Measurement> => {
      const requests = concurrency * turns;
      return {
        cpuPerRequest: (router.cpu() - cpu) / requests,
        cpuByTurn,
        fetchesPerRequest: ((await federation.fetches(name)) - fetches) / requests,
        residentBytes: router.residentBytes(),
        latencies,
      };
    },
  };
};

/**
 * Measures all sides in short turns, in an order that changes, so that what else happens on the machine falls on all of them alike.
 * @returns by side, in their order.
 */
export const measureRound = async (options: RoundOptions): Promise<Measurement[]> => {
  const running = await Promise.all(options.sides.map((side) => startMeasuring(options.federation, side, options)));
  for (let turn = 0; turn < options.turns; turn++) {
    for (const side of orderOf(running, turn)) await side.takeTurn();
  }
  const measured: Measurement[] = [];
  for (const side of running) measured.push(await side.end());
  return measured;
};

/** The median of values that were drawn at random, and between which of them it is with a probability of at least 95 % (by ranks, of any distribution). */
export const medianWithRange = (values: readonly number[]): { median: number; low: number; high: number } => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (rank: number): number => sorted[Math.min(sorted.length - 1, Math.max(0, rank))] ?? Number.NaN;
  const [middle, half] = [(sorted.length - 1) / 2, 0.98 * Math.sqrt(sorted.length)];
  return { median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, low: at(Math.floor(middle - half)), high: at(Math.ceil(middle + half)) };
};
