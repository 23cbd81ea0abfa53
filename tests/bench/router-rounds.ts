import { isDeepStrictEqual } from 'node:util';
import type { GatewayProcess } from './federation/gateway-process.ts';
import { createLoad, type Load } from './federation/load.ts';
import type { Contestant, GatewayName, World } from './router-gateways.ts';
import type { Workload } from './router-workloads.ts';

/** What one gateway did in one round. */
export interface Block {
  cpuMs: number;
  requestsPerSecond: number;
  fetches: number;
  residentBytes: number;
  latencies: readonly number[];
}

export type Blocks = ReadonlyMap<GatewayName, readonly Block[]>;

interface Side {
  contestant: Contestant;
  gateway: GatewayProcess;
  load: Load;
}

/** Sends `count` requests. @throws when one of them fails: a benchmark of failures tells nothing. */
const sendAll = async ({ contestant, load }: Side, concurrency: number, count: number): Promise<number[]> => {
  const { failed, failures, latencies } = await load.run(concurrency, (sent) => sent >= count);
  if (failed > 0) throw new Error(`${failed} of ${count} requests to '${contestant.name}' failed, for instance:\n${failures[0]}`);
  return latencies;
};

/** While others have their turn a gateway idles: V8 gives up memory, connections are closed. What it takes to come back from there is not measured. */
const measure = async (world: World, side: Side, { concurrency, settling, requests }: Workload): Promise<Block> => {
  const { gateway, contestant, load } = side;
  // A gateway closes idle connections at any moment, also at that of the next request.
  load.close();
  await sendAll(side, concurrency, settling);
  const [cpu, fetches] = [gateway.cpu(), await world.federation.fetches(contestant.door)];
  const begun = performance.now();
  const latencies = await sendAll(side, concurrency, requests);
  const seconds = (performance.now() - begun) / 1_000;
  return {
    cpuMs: (gateway.cpu() - cpu) / requests,
    requestsPerSecond: requests / seconds,
    fetches: ((await world.federation.fetches(contestant.door)) - fetches) / requests,
    residentBytes: gateway.residentBytes(),
    latencies,
  };
};

const inRandomOrder = <Item>(items: readonly Item[]): Item[] =>
  items
    .map((item) => ({ item, place: Math.random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);

/** Fields may stand in another order in another gateway's answers. @throws when two gateways answer different data. */
const compareAnswers = (sides: readonly Side[]): void => {
  const [first, ...others] = sides.map(({ contestant, load }) => ({ name: contestant.name, answers: load.answers() }));
  for (const { name, answers } of others) {
    const index = answers.findIndex((answer, at) => {
      const expected = first?.answers[at] ?? '';
      return answer !== expected && !isDeepStrictEqual(JSON.parse(answer || 'null'), JSON.parse(expected || 'null'));
    });
    if (index !== -1) throw new Error(`'${name}' answers operation ${index} other than '${first?.name}':\n${answers[index]?.slice(0, 500)}`);
  }
};

const stopSides = async (sides: readonly Side[]): Promise<void> => {
  for (const { load, gateway } of sides) {
    load.close();
    await gateway.stop();
  }
};

const startSides = async (world: World, entrants: readonly Contestant[], { operations, concurrency }: Workload): Promise<Side[]> => {
  const sides: Side[] = [];
  try {
    for (const contestant of entrants) {
      const gateway = await contestant.start(world);
      const load = createLoad({ url: gateway.url, operations, headers: world.issuer.headers, connections: concurrency });
      sides.push({ contestant, gateway, load });
    }
    return sides;
  } catch (error) {
    await stopSides(sides);
    throw error;
  }
};

export interface RoundsOptions {
  world: World;
  entrants: readonly Contestant[];
  workload: Workload;
  rounds: number;
  onRound: (round: number, blocks: ReadonlyMap<GatewayName, Block>) => void;
}

/** Measures new processes of all gateways with one workload, in rounds: one gateway after the other, each round in another order. */
export const measureRounds = async ({ world, entrants, workload, rounds, onRound }: RoundsOptions): Promise<Blocks> => {
  const sides = await startSides(world, entrants, workload);
  const blocks = new Map<GatewayName, Block[]>(entrants.map(({ name }) => [name, []]));
  try {
    for (const side of sides) {
      await sendAll(side, 1, Math.min(workload.operations.length, workload.warmUp));
      await sendAll(side, workload.concurrency, Math.max(0, workload.warmUp - workload.operations.length));
    }
    compareAnswers(sides);
    for (let round = 1; round <= rounds; round++) {
      const ofRound = new Map<GatewayName, Block>();
      for (const side of inRandomOrder(sides)) ofRound.set(side.contestant.name, await measure(world, side, workload));
      for (const [name, block] of ofRound) blocks.get(name)?.push(block);
      onRound(round, ofRound);
    }
    compareAnswers(sides);
    return blocks;
  } finally {
    await stopSides(sides);
  }
};
