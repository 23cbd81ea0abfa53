import { createRandom, type Random } from '../../authorization/testing/random.ts';
import type { StreamedResult } from '../../streams/operation-stream.ts';
import type { Question, Send } from './both-engines.ts';
import { allOf, createDeferredGraph, type DeferMutant, type DeferredGraph } from './deferred-graph.ts';
import { applyFaults, type Faults, failingResolvers, NO_FAULTS } from './faults.ts';
import { createWorld, type WorldRun } from './graph-world.ts';
import { hash } from './hash.ts';
import { createInProcessSubgraph, type InProcessSubgraph } from './in-process-subgraph.ts';
import { judgeDeferred } from './judge-deferred.ts';
import { createClientOperation } from './random-client-operation.ts';
import { withRandomDefers } from './random-defers.ts';
import { createRandomGraph } from './random-graph.ts';

export interface DeferRunOptions {
  firstSeed: number;
  /** How many operations with something deferred. */
  operations: number;
  perGraph: number;
  mutant?: DeferMutant;
  untilDifferent?: boolean;
}

export interface DeferRunResult {
  operations: number;
  comparisons: number;
  /** Of them equal in data, and in errors told. */
  same: number;
  /** Answers of several parts. */
  inParts: number;
  patches: number;
  /** Patches whose object could not be without what was missing. */
  nullPatches: number;
  errors: number;
  /** Operations that Apollo's planner cannot plan whole. */
  unplanned: number;
  /** Operations whose plan without `@defer` differs from that of a planner that does not know it. */
  otherPlans: number;
  differences: string[];
}

const FAULTS: readonly Partial<Faults>[] = [{}, { resolvers: true }, { subgraphs: true }];
const MAX_TOLD = 5;
/** The planner asks for two fields under one name now and then, also without `@defer`. */
const INVALID = 'an invalid question';

const createSend = (subgraphs: ReadonlyMap<string, InProcessSubgraph>, faults: Faults): Send => {
  const run: WorldRun = { counts: new Map(), fails: failingResolvers(faults) };
  return async (service, question) => {
    const subgraph = subgraphs.get(service);
    if (subgraph === undefined) throw new Error(`the plan asks ${service}, which is not there`);
    const problem = subgraph.problemWith(question.query);
    if (problem !== undefined) return { errors: [{ message: INVALID }] };
    // Answers come in any order.
    for (let turns = hash(faults.seed, question.query) % 4; turns > 0; turns--) await new Promise(setImmediate);
    return applyFaults(faults, service, question, await subgraph.answer(question, run));
  };
};

interface Running {
  graph: DeferredGraph;
  subgraphs: ReadonlyMap<string, InProcessSubgraph>;
  result: DeferRunResult;
  mutant: DeferMutant | undefined;
}

const resultsOf = async ({ graph, mutant }: Running, question: Question, send: Send): Promise<StreamedResult[] | undefined> => {
  const started = graph.start(question, send, mutant === undefined ? {} : { mutant });
  if (started === undefined) return undefined;
  try {
    const results = await allOf(started);
    return mutant?.results?.(results) ?? results;
  } catch (error) {
    return [{ errors: [{ message: `ended by ${(error as Error).message}` }], hasNext: true }];
  }
};

const compareOnce = async (running: Running, question: Question, faults: Faults, name: string): Promise<boolean> => {
  const { graph, subgraphs, result } = running;
  const results = await resultsOf(running, question, createSend(subgraphs, faults));
  if (results === undefined) return false;
  const whole = await graph.whole(question, createSend(subgraphs, faults));
  if (JSON.stringify([whole, results]).includes(INVALID)) return false;
  const { problems, isSame } = judgeDeferred(whole, results, !faults.subgraphs);
  const patches = results.flatMap(({ incremental = [] }) => incremental);
  result.comparisons += 1;
  result.same += isSame ? 1 : 0;
  result.inParts += results.length > 1 ? 1 : 0;
  result.patches += patches.length;
  result.nullPatches += patches.filter(({ data }) => data === null).length;
  result.errors += results.some(({ errors }) => errors) || patches.some(({ errors }) => errors) ? 1 : 0;
  if (problems.length > 0 && result.differences.length < MAX_TOLD)
    result.differences.push(
      [
        `${name} ${JSON.stringify(faults)}`,
        question.text,
        JSON.stringify(question.variables),
        problems.slice(0, 5).join('\n'),
        `whole ${JSON.stringify(whole)}`,
        ...results.map((told) => JSON.stringify(told)),
      ].join('\n'),
    );
  return results.length > 1;
};

/** Planning takes most of the time. */
const PLANS_COMPARED = 4;

const isPlannable = ({ graph, result }: Running, question: Question): boolean => {
  try {
    const plan = graph.planWithout(question);
    if (hash(question.text) % PLANS_COMPARED === 0 && plan !== graph.planUnaware(question)) result.otherPlans += 1;
    return true;
  } catch {
    result.unplanned += 1;
    return false;
  }
};

const runOperation = async (running: Running, random: Random, name: string): Promise<void> => {
  const { graph, result } = running;
  const operation = createClientOperation(graph.apiSchema, random);
  const deferred = operation && withRandomDefers(graph.apiSchema, operation, random);
  if (deferred === undefined) return;
  const { document, text, variables } = deferred;
  // Apollo's planner does not always count in order when the same is counted in several fragments.
  if (text.includes('counts')) return;
  const question = { document, text, variables: variables(random) };
  if (!isPlannable(running, question)) return;
  let isInParts = false;
  for (const [index, kinds] of FAULTS.entries())
    isInParts = (await compareOnce(running, question, { ...NO_FAULTS, ...kinds, seed: hash(name, index) }, `${name}, run ${index}`)) || isInParts;
  result.operations += isInParts ? 1 : 0;
};

const graphOf = (seed: number) => {
  const random = createRandomGraph(seed);
  try {
    const graph = createDeferredGraph(random.subgraphs);
    const world = createWorld(seed, random, graph.wholeSchema);
    return { graph, subgraphs: new Map(random.subgraphs.map(({ name, sdl }) => [name, createInProcessSubgraph(sdl, world)])) };
  } catch {
    // It does not compose.
    return undefined;
  }
};

/** Random operations with random parts of them deferred, against the same at once; everything follows from the first seed. */
export const runDeferred = async ({ firstSeed, operations, perGraph, mutant, untilDifferent = false }: DeferRunOptions): Promise<DeferRunResult> => {
  const counts = { operations: 0, comparisons: 0, same: 0, inParts: 0, patches: 0, nullPatches: 0, errors: 0, unplanned: 0, otherPlans: 0 };
  const result: DeferRunResult = { ...counts, differences: [] };
  for (let seed = firstSeed * 1_000; result.operations < operations && seed < firstSeed * 1_000 + operations; seed++) {
    const made = graphOf(seed);
    if (made === undefined) continue;
    const random = createRandom(hash(seed, 'deferred'));
    for (let number = 0; number < perGraph && result.operations < operations; number++) {
      await runOperation({ ...made, result, mutant }, random, `graph ${seed}, operation ${number}`);
      if (untilDifferent && result.differences.length > 0) return result;
    }
  }
  return result;
};
