import { createLogger } from '@supergraph/service/logging';
import { describe, expect, it } from 'vitest';
import { type CachedPlan, createPlanCache, type PlanSource, planKey } from './plan-cache.ts';
import type { Planner } from './planner.ts';
import { planOperation, warmUp } from './warm-up.ts';

const logger = createLogger('router', 'silent');

const sourceOf = (query: string, isWhole = true): PlanSource => ({ query, operationName: undefined, overrideLabels: [], isWhole });

/** A planner that tells what it planned. */
const plannerOf = (answer: (query: string) => Promise<void>) => {
  const planned: string[] = [];
  const planner: Planner = {
    plan: async (query) => {
      planned.push(query);
      await answer(query);
      return { plan: { kind: 'QueryPlan' }, bytes: 100 };
    },
    retire: () => undefined,
    close: async () => undefined,
  };
  return { planned, planner };
};

const served = async (...used: [query: string, times: number, isWhole?: boolean][]) => {
  const plans = createPlanCache<CachedPlan>();
  const { planner } = plannerOf(async () => undefined);
  for (const [query, times, isWhole] of used)
    for (let time = 0; time < times; time++) await plans.get(query, () => planOperation(planner, sourceOf(query, isWhole)));
  return plans;
};

describe('before a new supergraph is served', () => {
  it('what is used most is planned for it first; what was cut for somebody, or fails, is left out', async () => {
    const from = await served(['rare', 1], ['often', 5], ['cut', 9, false], ['gone', 3]);
    const into = createPlanCache<CachedPlan>();
    const { planned, planner } = plannerOf(async (query) => {
      if (query === 'gone') throw new Error('the new supergraph does not have it');
    });
    await warmUp({ from, into, planner, logger });
    expect(planned).toEqual(['often', 'gone', 'rare']);
    expect(into.size()).toBe(2);
    await into.get('often', () => Promise.reject(new Error('it was not planned')));
  });

  it('operations of manifests are planned after those, each for its contract, once', async () => {
    const text = 'query   Lamps { lamps { name } }';
    const persisted = ['app', 'web', 'app'].map((contract) => ({ contract, hash: 'h', text }));
    const into = createPlanCache<CachedPlan>();
    const { planned, planner } = plannerOf(async () => undefined);
    await warmUp({ from: await served(['often', 5]), into, planner, persisted, logger });
    expect(planned.map((query) => query.replace(/\s+/g, ' '))).toEqual(['often', 'query Lamps { lamps { name } }', 'query Lamps { lamps { name } }']);
    const key = (contract: string) => planKey({ queryHash: 'h', operationName: undefined, authorization: 'allowed', overrideLabels: [], contract });
    for (const contract of ['app', 'web']) await into.get(key(contract), () => Promise.reject(new Error('it was not planned')));
    await expect(into.get(key('other'), () => Promise.reject(new Error('it was not planned')))).rejects.toThrow();
  });

  it('no more than a hundred operations are planned, and none after the deadline', async () => {
    const many = await served(...Array.from({ length: 120 }, (_, index): [string, number] => [`q${index}`, 1]));
    const all = plannerOf(async () => undefined);
    await warmUp({ from: many, into: createPlanCache<CachedPlan>(), planner: all.planner, logger });
    expect(all.planned.length).toBe(100);
    const slow = plannerOf(() => new Promise((resolve) => setTimeout(resolve, 1_000)));
    const begun = performance.now();
    await warmUp({ from: many, into: createPlanCache<CachedPlan>(), planner: slow.planner, logger, deadlineMs: 50 });
    expect(performance.now() - begun).toBeLessThan(900);
    expect(slow.planned).toEqual(['q0']);
  });
});
