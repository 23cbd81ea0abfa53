import type { QueryPlan } from '@apollo/query-planner';
import { createRandom, type Random } from '../../authorization/testing/random.ts';
import { type BothEngines, type EngineAnswer, type Mutant, type Question, type Send, startBothEngines } from './both-engines.ts';
import { applyFaults, type Faults, failingResolvers, NO_FAULTS } from './faults.ts';
import { createWorld, type World, type WorldRun } from './graph-world.ts';
import { hash } from './hash.ts';
import { createInProcessSubgraph, executeWorld, type InProcessSubgraph } from './in-process-subgraph.ts';
import { judge, type Verdict } from './judge-answers.ts';
import { type ClientOperation, createClientOperation } from './random-client-operation.ts';
import { createRandomGraph } from './random-graph.ts';
import { widensObjects } from './widens-objects.ts';

export interface DifferentialOptions {
  firstSeed: number;
  graphs: number;
  operations: number;
  /** A bug to look for. */
  mutant?: Mutant;
  /** Stop at the first difference. */
  untilDifferent?: boolean;
}

export interface DifferentialResult {
  comparisons: number;
  verdicts: Record<Verdict, number>;
  /** Graphs that do not compose. */
  skippedGraphs: number;
  /** Operations that the planner cannot plan, or whose plan asks a subgraph what it does not have. */
  skippedOperations: number;
  operations: number;
  /** How often each kind of node was executed. */
  nodes: Map<string, number>;
  /** The first of those that differ, ready to be read. */
  differences: string[];
  polluted: boolean;
}

const FAULTS: readonly Partial<Faults>[] = [
  {},
  {},
  { resolvers: true },
  { subgraphs: true },
  { answers: true },
  { resolvers: true, answers: true, lengths: true },
];
const MAX_TOLD = 5;
/** ApolloGateway merges names that were not asked for: under these, what a hostile answer adds. */
const HOSTILE_ALIAS = /(__proto__|constructor): /;
/** ApolloGateway puts the interface's name over the name of the type, which it knew. */
const INTERFACE_AS_TYPE = '...on Item{__typename';

const countNodes = (plan: QueryPlan, nodes: Map<string, number>): void => {
  JSON.parse(JSON.stringify(plan), (name, value: string) => {
    if (name === 'kind') nodes.set(value, (nodes.get(value) ?? 0) + 1);
    return value;
  });
};

interface Asked {
  send: Send;
  /** A question that the subgraph's schema does not allow. */
  invalid(): boolean;
}

const createSend = (subgraphs: ReadonlyMap<string, InProcessSubgraph>, faults: Faults): Asked => {
  const run: WorldRun = { counts: new Map(), fails: failingResolvers(faults) };
  let isInvalid = false;
  return {
    invalid: () => isInvalid,
    send: async (service, question) => {
      const subgraph = subgraphs.get(service);
      if (subgraph === undefined) throw new Error(`the plan asks ${service}, which is not there`);
      if (subgraph.problemWith(question.query) === undefined) return applyFaults(faults, service, question, await subgraph.answer(question, run));
      isInvalid = true;
      return { errors: [{ message: 'an invalid question' }] };
    },
  };
};

const attempt = async (answer: Promise<EngineAnswer>): Promise<EngineAnswer | undefined> => {
  try {
    return await answer;
  } catch {
    return undefined;
  }
};

interface Comparing {
  both: BothEngines;
  subgraphs: ReadonlyMap<string, InProcessSubgraph>;
  world: World;
  result: DifferentialResult;
  mutant: Mutant | undefined;
  /** Operations that ApolloGateway got wrong before. */
  disputed: Set<string>;
}

const compare = async (
  { both, subgraphs, world, result, mutant, disputed }: Comparing,
  question: Question,
  faults: Faults,
  name: string,
): Promise<boolean> => {
  const [forStock, forOurs] = [createSend(subgraphs, faults), createSend(subgraphs, faults)];
  const stock = await attempt(both.stock(question, forStock.send));
  const ours = await both.ours(question, forOurs.send, mutant);
  if (forStock.invalid()) return false;
  const run = { counts: new Map<string, number>(), fails: failingResolvers(faults) };
  const oracle = await executeWorld(both.apiSchema, question.document, { world, run, variables: { ...question.variables } });
  const isPlanDisputed =
    disputed.has(question.text) ||
    widensObjects(both.apiSchema, question.document) ||
    (faults.answers && HOSTILE_ALIAS.test(question.text)) ||
    both.isSeparated(question) ||
    JSON.stringify(await both.planOf(question)).includes(INTERFACE_AS_TYPE);
  const verdict = forOurs.invalid() ? 'different' : judge({ ours, stock, oracle, faults, isPlanDisputed });
  result.comparisons += 1;
  result.verdicts[verdict] += 1;
  if (verdict !== 'same') disputed.add(question.text);
  if (verdict === 'different' && result.differences.length < MAX_TOLD) {
    const [said, expected, right] = [ours, stock, oracle].map((answer) => JSON.stringify(answer));
    const asked = `${question.text}\n${JSON.stringify(question.variables)} ${JSON.stringify(faults)}`;
    result.differences.push([name, asked, `ours   ${said}`, `stock  ${expected}`, `oracle ${right}`].join('\n'));
  }
  result.polluted ||= Object.hasOwn(Object.prototype, 'polluted');
  return true;
};

const runOperation = async (
  comparing: Comparing,
  { document, text, variables }: ClientOperation,
  { random, name }: { random: Random; name: string },
): Promise<void> => {
  for (const [index, kinds] of FAULTS.entries()) {
    const question = { document, text, variables: variables(random) };
    const isCompared = await compare(comparing, question, { ...NO_FAULTS, ...kinds, seed: hash(name, index) }, `${name}, run ${index}`);
    if (!isCompared && index === 0) comparing.result.skippedOperations += 1;
  }
};

const runGraph = async (seed: number, options: DifferentialOptions, result: DifferentialResult): Promise<void> => {
  const graph = createRandomGraph(seed);
  const both = await startBothEngines(graph.subgraphs).catch(() => undefined);
  if (both === undefined) {
    result.skippedGraphs += 1;
    return;
  }
  const world = createWorld(seed, graph, both.wholeSchema);
  const subgraphs = new Map(graph.subgraphs.map(({ name, sdl }) => [name, createInProcessSubgraph(sdl, world)]));
  const comparing = { both, subgraphs, world, result, mutant: options.mutant, disputed: new Set<string>() };
  const random = createRandom(hash(seed, 'operations'));
  try {
    for (let number = 0; number < options.operations; number++) {
      const operation = createClientOperation(both.apiSchema, random);
      if (operation === undefined) continue;
      result.operations += 1;
      const plan = await both.planOf({ ...operation, variables: operation.variables(random) }).catch(() => undefined);
      if (plan === undefined) {
        result.skippedOperations += 1;
        continue;
      }
      countNodes(plan, result.nodes);
      await runOperation(comparing, operation, { random, name: `graph ${seed}, operation ${number}` });
      if (options.untilDifferent && result.verdicts.different > 0) return;
    }
  } finally {
    await both.stop();
  }
};

/** Random graphs, operations and faults through both engines; everything follows from the first seed. */
export const runDifferential = async (options: DifferentialOptions): Promise<DifferentialResult> => {
  const verdicts = { same: 0, 'stock is wrong': 0, 'both are wrong': 0, different: 0 };
  const result: DifferentialResult = {
    comparisons: 0,
    verdicts,
    skippedGraphs: 0,
    skippedOperations: 0,
    operations: 0,
    nodes: new Map(),
    differences: [],
    polluted: false,
  };
  for (let graph = 0; graph < options.graphs; graph++) {
    await runGraph(options.firstSeed * 1_000 + graph, options, result);
    if (options.untilDifferent && result.verdicts.different > 0) break;
  }
  return result;
};
