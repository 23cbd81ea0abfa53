import { describe, expect, it } from 'vitest';
import { createRandom } from '../authorization/testing/random.ts';
import type { Mutant } from './testing/both-engines.ts';
import { changeNodes } from './testing/change-nodes.ts';
import { contextSubgraphs, createContextWorld } from './testing/context-world.ts';
import { type RandomOperation, randomContextOperation } from './testing/random-context-operation.ts';
import { type SmallGraph, startSmallGraph } from './testing/small-graph.ts';

const SEED = Number(process.env['SEED'] ?? 1);
const MINUTES = 60_000;

type Variables = Record<string, unknown>;

const changePaths = (name: string, change: (path: readonly string[]) => string[]): Mutant => ({
  name,
  plan: (plan) =>
    changeNodes(plan, (node) =>
      node.kind !== 'Fetch' || node.contextRewrites === undefined
        ? node
        : { ...node, contextRewrites: node.contextRewrites.map((rewrite) => ({ ...rewrite, path: change(rewrite.path) })) },
    ),
});
const changeVariables = (name: string, change: (variables: Variables) => Variables): Mutant => ({
  name,
  send:
    (send) =>
    (service, { variables, ...question }) =>
      send(service, { ...question, variables: change(variables) }),
});
const CONTEXT = /^contextualArgument_\d+_\d+/;

const MUTANTS: readonly Mutant[] = [
  changePaths('values are looked for one object too low', (path) => (path[0] === '..' ? path.slice(1) : [...path])),
  changePaths('type conditions are mixed up', (path) =>
    path.map((name) => (name === '... on User' ? '... on Robot' : name.replace('on Robot', 'on User'))),
  ),
  changeVariables('values are not passed', (variables) => Object.fromEntries(Object.entries(variables).filter(([name]) => !CONTEXT.test(name)))),
  changeVariables('every group has the values of the first', (variables) =>
    Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [name, CONTEXT.test(name) ? (variables[`${CONTEXT.exec(name)?.[0]}_0`] ?? value) : value]),
    ),
  ),
  changeVariables('groups have each the entities of the other', ({ representations_0: first, representations_1: second, ...others }) =>
    first === undefined || second === undefined
      ? { ...others, ...(first === undefined ? {} : { representations_0: first }) }
      : { ...others, representations_0: second, representations_1: first },
  ),
];

const contextsIn = (variables: Variables): string[] => Object.keys(variables).filter((name) => CONTEXT.test(name));

/** @returns as soon as an operation is answered otherwise, when there is a mutant. */
const run = async (worlds: number, operations: number, mutant?: Mutant) => {
  const differences: string[] = [];
  const counts = { operations: 0, contextual: 0, groups: 0, requests: 0 };
  const isEnough = (): boolean => mutant !== undefined && differences.length > 0;
  const compare = async (graph: SmallGraph, seed: number, { text, expected }: RandomOperation): Promise<void> => {
    const { data, errors, asked } = await graph.ask(text);
    counts.operations += 1;
    counts.requests += asked.length;
    if (asked.some(({ variables }) => contextsIn(variables).length > 0)) counts.contextual += 1;
    counts.groups = Math.max(counts.groups, ...asked.map(({ query }) => query.split(':_entities(').length - 1));
    const [got, wanted] = [JSON.stringify(data), JSON.stringify(expected)];
    if (got !== wanted || errors !== undefined) differences.push([`SEED=${seed}: ${text}`, JSON.stringify(errors), got, wanted].join('\n'));
  };
  for (let seed = SEED; seed < SEED + worlds && !isEnough(); seed++) {
    const random = createRandom(seed);
    const world = createContextWorld(random);
    const graph = await startSmallGraph(contextSubgraphs(world), mutant);
    for (let left = operations; left > 0 && !isEnough(); left--) await compare(graph, seed, randomContextOperation(random, world));
    await graph.both.stop();
  }
  return { differences, counts };
};

describe('random operations with context arguments', () => {
  it(
    'are answered as the objects around each field say',
    async () => {
      const { differences, counts } = await run(6, 50);
      // biome-ignore lint/suspicious/noConsole: what to repeat the run with, and what it covered.
      console.log(`SEED=${SEED}`, JSON.stringify(counts));
      expect(differences.slice(0, 3).join('\n\n')).toBe('');
      expect(counts.contextual).toBeGreaterThan(150);
      expect(counts.groups).toBeGreaterThan(5);
    },
    3 * MINUTES,
  );

  it.each(MUTANTS)(
    'find out when $name',
    async (mutant) => {
      const { differences } = await run(3, 60, mutant);
      expect(differences.length).toBeGreaterThan(0);
    },
    MINUTES,
  );
});
