import { freePort } from '../postgres.ts';
import { HEAVY } from './federation/heavy-query.ts';
import { connectInspector, type Inspector, inspectable } from './federation/inspector.ts';
import { createLoad, type Operation } from './federation/load.ts';
import type { Contestant, World } from './router-gateways.ts';

/** Before the first look at the heap: what is made once, and the code of the rest. */
const WARM_UP = 60;
/** What holds a gateway up in each of several runs is its own doing, and not another process's. */
const RUNS = 3;
const COUNTED = 50;

/** The heavy query, by another name and with other aliases: nobody's cache knows it. */
const variantOf = (index: number): Operation => ({
  query: HEAVY.query
    .replace('TestQuery', `TestQuery${index}`)
    .replace(/^ {2}users \{/m, `  users${index}: users {`)
    .replace(/^ {2}topProducts \{/m, `  topProducts${index}: topProducts {`),
});

/** Bytes on the heap of the main thread that are still in use. */
const heapBytes = async (inspector: Inspector): Promise<number> => {
  // What a first collection finalises, the second frees.
  for (let pass = 0; pass < 2; pass++) await inspector.call('HeapProfiler.collectGarbage');
  const { usedSize } = await inspector.call<{ usedSize: number }>('Runtime.getHeapUsage');
  return usedSize;
};

const EVENT_LOOP = 'globalThis[Symbol.for("bench.eventLoop")]';
const WATCH = `${EVENT_LOOP} = process.getBuiltinModule('node:perf_hooks').monitorEventLoopDelay({ resolution: 5 }); ${EVENT_LOOP}.enable()`;

const evaluate = async (inspector: Inspector, expression: string): Promise<unknown> =>
  (await inspector.call<{ result: { value?: unknown } }>('Runtime.evaluate', { expression, returnByValue: true })).result.value;

/** What operations that a gateway has not seen before do to it. */
export interface ColdOperations {
  /** How much more heap it keeps for each of them. */
  bytesEach: number;
  /** How long at most they kept it from anything else, in milliseconds. */
  longestBlockMs: number;
}

export const measureColdOperations = async (world: World, contestant: Contestant): Promise<ColdOperations> => {
  const port = await freePort();
  const gateway = await contestant.start({ ...world, env: inspectable(port) });
  const operations = Array.from({ length: WARM_UP + RUNS * COUNTED }, (_, index) => variantOf(index));
  const load = createLoad({ url: gateway.url, operations, headers: world.issuer.headers, connections: 1 });
  const send = async (count: number): Promise<void> => {
    const { failures } = await load.run(1, (sent) => sent >= count);
    if (failures[0] !== undefined) throw new Error(`'${contestant.name}' does not answer: ${failures[0]}`);
  };
  try {
    const inspector = await connectInspector(port);
    await send(WARM_UP);
    const before = await heapBytes(inspector);
    const blocks: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      await evaluate(inspector, WATCH);
      await send(COUNTED);
      blocks.push(Number(await evaluate(inspector, `${EVENT_LOOP}.disable(), ${EVENT_LOOP}.max`)) / 1e6);
    }
    const bytesEach = ((await heapBytes(inspector)) - before) / (RUNS * COUNTED);
    inspector.close();
    return { bytesEach, longestBlockMs: Math.min(...blocks) };
  } finally {
    load.close();
    await gateway.stop();
  }
};
