import { describe, expect, it } from 'vitest';
import { createPlanCache, createPlanKeys, type PlanDependencies, planKey } from './plan-cache.ts';

const REQUEST: PlanDependencies = { queryHash: 'q', operationName: 'Q', authorization: 'allowed', overrideLabels: [], contract: '' };

/** The classic mistake: a plan that leaves out a field for one identity is served to another. */
const keyWithoutIdentity = ({ queryHash, operationName }: PlanDependencies): string => JSON.stringify([queryHash, operationName]);

/** @returns the pairs of different dependencies that share a key. */
const confusions = (keyOf: (dependencies: PlanDependencies) => string): string[] => {
  const others: Partial<PlanDependencies>[] = [
    { queryHash: 'other' },
    { operationName: undefined },
    { operationName: 'Other' },
    { authorization: 'cut:1' },
    { overrideLabels: ['percent(5)'] },
    { contract: 'mobile' },
    { deferred: '' },
    { deferred: 'defer 01' },
    { queryHash: 'q","Q', operationName: '' },
  ];
  return others.filter((other) => keyOf({ ...REQUEST, ...other }) === keyOf(REQUEST)).map((other) => Object.keys(other).join());
};

describe('the key of a plan', () => {
  it('says everything that a plan depends on', () => {
    expect(confusions(planKey)).toEqual([]);
  });

  it('says so too when the last one is remembered', () => {
    const [keyOf, document] = [createPlanKeys(), {}];
    expect(confusions((dependencies) => keyOf(document, dependencies))).toEqual([]);
    expect(keyOf(document, REQUEST)).toBe(planKey(REQUEST));
    expect(keyOf(document, REQUEST)).toBe(planKey(REQUEST));
  });

  it('a key without the identity is caught by the same check', () => {
    expect(confusions(keyWithoutIdentity)).toContain('authorization');
  });
});

describe('the cache of plans', () => {
  it('makes a plan once for all who ask at once, and gives up the oldest beyond its size', async () => {
    const cache = createPlanCache<{ bytes: number }>(100);
    let made = 0;
    const make = async () => ({ bytes: 40, id: ++made });
    await Promise.all([cache.get('a', make), cache.get('a', make)]);
    await cache.get('b', make);
    await cache.get('a', make);
    expect(made).toBe(2);
    await cache.get('c', make);
    expect([cache.size(), cache.bytes()]).toEqual([2, 80]);
    await cache.get('a', make);
    expect(made).toBe(3);
    await cache.get('b', make);
    expect(made).toBe(4);
  });

  it('keeps no failure', async () => {
    const cache = createPlanCache<{ bytes: number }>();
    await expect(cache.get('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await cache.get('a', async () => ({ bytes: 1 }))).toEqual({ bytes: 1 });
  });
});
