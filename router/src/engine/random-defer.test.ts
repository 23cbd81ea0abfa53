import type { DeferNode, PlanNode, QueryPlan } from '@apollo/query-planner';
import { describe, expect, it } from 'vitest';
import type { StreamedResult } from '../streams/operation-stream.ts';
import { runDeferred } from './testing/defer-run.ts';
import type { DeferMutant } from './testing/deferred-graph.ts';

const SEED = Number(process.env['SEED'] ?? 1);
const MINUTES = 60_000;

const changeDefers = (plan: QueryPlan, change: (node: DeferNode) => PlanNode): QueryPlan =>
  JSON.parse(JSON.stringify(plan), (_name, value) => (value?.kind === 'Defer' ? change(value as DeferNode) : value)) as QueryPlan;

const changePatches = (
  results: readonly StreamedResult[],
  change: (patches: StreamedResult['incremental'] & object) => StreamedResult['incremental'],
) =>
  results.map((result) => {
    const incremental = result.incremental && change(result.incremental);
    return incremental === undefined ? result : { ...result, incremental };
  });

const hasty: DeferMutant = {
  name: 'parts do not wait for what they need',
  plan: (plan) => changeDefers(plan, (node) => ({ ...node, deferred: node.deferred.map((part) => ({ ...part, depends: [], queryPath: [] })) })),
};
const forgetful: DeferMutant = {
  name: 'the last part is not fetched',
  plan: (plan) =>
    changeDefers(plan, (node) => ({
      ...node,
      deferred: node.deferred.map(({ node: below, ...part }, index) =>
        index === node.deferred.length - 1 || !below ? part : { ...part, node: below },
      ),
    })),
};
const shallow: DeferMutant = {
  name: 'parts within parts are not fetched',
  plan: (plan) =>
    changeDefers(plan, (node) => ({
      ...node,
      deferred: node.deferred.map((part) =>
        part.node?.kind === 'Defer'
          ? { ...part, node: { ...part.node, deferred: part.node.deferred.map(({ node: _below, ...inner }) => inner) } }
          : part,
      ),
    })),
};
const turned: DeferMutant = {
  name: 'objects of a list get the parts of each other',
  results: (results) => changePatches(results, (patches) => patches.map((patch, index) => ({ ...patch, data: patches.at(-1 - index)?.data }))),
};
const lossy: DeferMutant = {
  name: 'the first of several patches is lost',
  results: (results) => changePatches(results, (patches) => (patches.length > 1 ? patches.slice(1) : patches)),
};
const silent: DeferMutant = {
  name: 'errors of parts are not told',
  results: (results) => changePatches(results, (patches) => patches.map(({ errors: _errors, ...patch }) => patch)),
};
const endless: DeferMutant = {
  name: 'the last result says that there is more',
  results: (results) => results.map((result) => ({ ...result, hasNext: true })),
};

describe('random operations with random parts deferred', () => {
  it(
    'put together, are what the same operation is at once',
    async () => {
      const { differences, ...counts } = await runDeferred({ firstSeed: SEED, operations: 2_000, perGraph: 60 });
      // biome-ignore lint/suspicious/noConsole: what to repeat the run with, and what it covered.
      console.log(`SEED=${SEED}`, JSON.stringify(counts));
      expect(differences.join('\n\n')).toBe('');
      expect(counts.operations).toBe(2_000);
      expect(counts.inParts).toBeGreaterThan(4_000);
      expect(counts.otherPlans).toBe(0);
      expect(counts.same).toBeGreaterThan(counts.comparisons * 0.9);
      expect(counts.unplanned).toBeLessThan(counts.operations * 0.1);
      for (const count of [counts.nullPatches, counts.errors]) expect(count).toBeGreaterThan(100);
    },
    10 * MINUTES,
  );

  it.each([hasty, forgetful, shallow, turned, lossy, silent, endless])(
    'find out when $name',
    async (mutant) => {
      const { differences } = await runDeferred({ firstSeed: SEED, operations: 400, perGraph: 30, mutant, untilDifferent: true });
      expect(differences.length).toBeGreaterThan(0);
    },
    2 * MINUTES,
  );
});
