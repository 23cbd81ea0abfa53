import { createLogger } from '@supergraph/service/logging';
import { afterEach, describe, expect, it } from 'vitest';
import { compose, PRODUCTS_SDL } from '../testing/subgraphs.ts';
import { createPlanner, type Planner } from './planner.ts';

const supergraphSdl = compose([{ name: 'products', sdl: PRODUCTS_SDL, url: 'http://127.0.0.1:1/graphql' }]);
const logger = createLogger('test', 'silent');
let planner: Planner;
afterEach(() => planner.close());

describe('the planner', () => {
  it('plans in a thread of its own', async () => {
    planner = createPlanner({ supergraphSdl, logger });
    const { plan, bytes } = await planner.plan('query P { products { sku } }', 'P');
    expect(plan.node).toMatchObject({ kind: 'Fetch', serviceName: 'products' });
    expect(bytes).toBeGreaterThan(50);
  });

  it('plans @defer only when it is asked to, and the rest as ever', async () => {
    planner = createPlanner({ supergraphSdl, logger });
    const query = '{ products { sku ... @defer(label: "later") { name } } }';
    const { plan: deferred } = await planner.plan(query, undefined, [], true);
    expect(deferred.node).toMatchObject({ kind: 'Defer', deferred: [{ label: 'later' }] });
    const [whole, without] = await Promise.all([query, '{ products { sku ... { name } } }'].map((text) => planner.plan(text, undefined)));
    expect(whole?.plan.node?.kind).toBe('Fetch');
    expect(whole?.plan).toEqual(without?.plan);
  });

  it('refuses what cannot be planned, and goes on', async () => {
    planner = createPlanner({ supergraphSdl, logger });
    await expect(planner.plan('{ unknown }', undefined)).rejects.toMatchObject({ code: 'PLANNING_FAILED' });
    expect((await planner.plan('{ products { sku } }', undefined)).plan.node).toBeDefined();
  });

  it('ends the thread of an operation that takes too long, and plans those that waited behind it', async () => {
    planner = createPlanner({ supergraphSdl, logger, deadlineMs: 2_000 });
    await planner.plan('{ products { sku } }', undefined);
    // What the limits in front of the planner would refuse: it takes many times the deadline, on any machine.
    const endless = `{ ${Array.from({ length: 60_000 }, (_, index) => `p${index}: products { sku name s: sku }`).join(' ')} }`;
    const results = await Promise.allSettled([planner.plan(endless, undefined), planner.plan('{ products { name } }', undefined)]);
    expect(results[0]).toMatchObject({ status: 'rejected', reason: { code: 'PLANNING_TIMEOUT' } });
    expect(results[1]?.status).toBe('fulfilled');
  }, 20_000);

  it('gives its thread back when it is retired, and still answers', async () => {
    planner = createPlanner({ supergraphSdl, logger });
    planner.retire();
    expect((await planner.plan('{ products { sku } }', undefined)).plan.node).toBeDefined();
    expect((await planner.plan('{ products { name } }', undefined)).plan.node).toBeDefined();
  });
});
