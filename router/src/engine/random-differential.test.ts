import { describe, expect, it } from 'vitest';
import type { Mutant } from './testing/both-engines.ts';
import { changeNodes } from './testing/change-nodes.ts';
import { runDifferential } from './testing/differential-run.ts';

const SEED = Number(process.env['SEED'] ?? 1);
const MINUTES = 60_000;

const withoutRewrites: Mutant = {
  name: 'what the planner changes in representations is not changed',
  plan: (plan) => changeNodes(plan, (node) => (node.kind === 'Fetch' ? { ...node, inputRewrites: [] } : node)),
};
const otherBranch: Mutant = {
  name: 'conditions are read the other way round',
  plan: (plan) =>
    changeNodes(plan, (node) =>
      node.kind === 'Condition' ? ({ ...node, ifClause: node.elseClause, elseClause: node.ifClause } as typeof node) : node,
    ),
};
const unfinished: Mutant = {
  name: 'the last step of a sequence is left out',
  plan: (plan) => changeNodes(plan, (node) => (node.kind === 'Sequence' ? { ...node, nodes: node.nodes.slice(0, -1) } : node)),
};
const firstKeyOnly: Mutant = {
  name: 'only the first field that an entity requires is sent',
  plan: (plan) =>
    changeNodes(plan, (node) =>
      node.kind !== 'Fetch' || node.requires === undefined
        ? node
        : {
            ...node,
            requires: node.requires.map((part) => (part.kind === 'InlineFragment' ? { ...part, selections: part.selections.slice(0, 2) } : part)),
          },
    ),
};
const turned: Mutant = {
  name: 'entities are given to each other',
  send: (send) => async (service, question) => {
    const reply = await send(service, question);
    const entities = reply.data?.['_entities'];
    return Array.isArray(entities) ? { ...reply, data: { _entities: entities.toReversed() } } : reply;
  },
};
const forgetful: Mutant = {
  name: 'variables are not passed on',
  send:
    (send) =>
    (service, { variables, ...question }) =>
      send(service, { ...question, variables: Object.fromEntries(Object.entries(variables).filter(([name]) => name.startsWith('representations'))) }),
};
const silent: Mutant = {
  name: 'errors of subgraphs are not told',
  send: (send) => async (service, question) => {
    const { data } = await send(service, question);
    return data === undefined ? {} : { data };
  },
};

describe('random graphs, operations and faults', () => {
  it(
    'are answered as ApolloGateway answers them, and as the schema says where it does not',
    async () => {
      const result = await runDifferential({ firstSeed: SEED, graphs: 64, operations: 28 });
      const { differences, nodes, ...counts } = result;
      // biome-ignore lint/suspicious/noConsole: what to repeat the run with, and what it covered.
      console.log(`SEED=${SEED}`, JSON.stringify(counts), JSON.stringify(Object.fromEntries(nodes)));
      expect(differences.join('\n\n')).toBe('');
      expect(result.polluted).toBe(false);
      expect(result.comparisons).toBeGreaterThanOrEqual(10_000);
      expect(result.skippedGraphs).toBeLessThanOrEqual(64 * 0.2);
      expect(result.skippedOperations).toBeLessThanOrEqual(result.operations * 0.05);
      expect(result.verdicts['both are wrong']).toBeLessThanOrEqual(result.comparisons * 0.005);
      expect(result.verdicts.same).toBeGreaterThan(result.comparisons * 0.85);
      for (const kind of ['Fetch', 'Flatten', 'Sequence', 'Parallel', 'Condition', 'ValueSetter']) expect(nodes.get(kind), kind).toBeGreaterThan(10);
    },
    5 * MINUTES,
  );

  it.each([withoutRewrites, otherBranch, unfinished, firstKeyOnly, turned, forgetful, silent])(
    'find out when $name',
    async (mutant) => {
      const { verdicts } = await runDifferential({ firstSeed: SEED, graphs: 20, operations: 28, mutant, untilDifferent: true });
      expect(verdicts.different).toBeGreaterThan(0);
    },
    MINUTES,
  );
});
