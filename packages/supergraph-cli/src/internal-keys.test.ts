import { describe, expect, test } from 'vitest';
import { createInternalKeys } from './internal-keys.ts';

const OWN = 'of-the-user-and-of-40-characters-or-more';
const ENV = { ORDER_INTERNAL_KEY: OWN, ROUTER_SUBGRAPH_KEYS: 'order=of-another-run', REST_SUBGRAPH_KEYS: 'order=of-another-run' };

describe('the keys of a run', () => {
  test('are one a subgraph, random, and all of them known to the router', () => {
    const { ofRoom, ofRouter } = createInternalKeys(['category', 'price-list'], {});
    const [category, priceList] = [ofRoom('category')['CATEGORY_INTERNAL_KEY'], ofRoom('price-list')['PRICE_LIST_INTERNAL_KEY']];
    expect([category, priceList]).toEqual([expect.stringMatching(/^[\da-f]{64}$/), expect.stringMatching(/^[\da-f]{64}$/)]);
    expect(category).not.toBe(priceList);
    expect(ofRouter['ROUTER_SUBGRAPH_KEYS']).toBe(`category=${category},price-list=${priceList}`);
    expect(ofRoom('category')).toEqual(ofRoom('category'));
    expect(createInternalKeys(['category'], {}).ofRoom('category')['CATEGORY_INTERNAL_KEY']).not.toBe(category);
  });

  test('are the ones of the environment where it gives any', () => {
    const { ofRoom, ofRouter } = createInternalKeys(['order'], ENV);
    expect(ofRoom('order')).toMatchObject({ ORDER_INTERNAL_KEY: OWN });
    expect(ofRouter['ROUTER_SUBGRAPH_KEYS']).toBe(`order=${OWN}`);
  });

  test('are known to a room that calls another, under its own name for them', () => {
    const { ofRoom } = createInternalKeys(['user', 'webhooks'], {});
    expect(ofRoom('webhooks', { user: 'WEBHOOKS_USER_KEY' })['WEBHOOKS_USER_KEY']).toBe(ofRoom('user')['USER_INTERNAL_KEY']);
    const run = { WEBHOOKS_USER_KEY: 'of-another-run', ORDER_USER_KEY: 'of-another-run', ...ofRoom('user') };
    expect([run.WEBHOOKS_USER_KEY, run.ORDER_USER_KEY]).toEqual([undefined, undefined]);
    expect(Object.values(ofRoom('payment-sandbox')).filter((value) => value !== undefined)).toEqual([]);
  });

  test('are known to the REST door for those that it calls, and for no other', () => {
    const { ofRoom, ofRest } = createInternalKeys(['order', 'webhooks'], ENV);
    expect(ofRest(['order'])['REST_SUBGRAPH_KEYS']).toBe(`order=${OWN}`);
    expect({ ...ENV, ...ofRest(['order']) }.ROUTER_SUBGRAPH_KEYS).toBeUndefined();
    expect({ ...ENV, ...ofRoom('order') }.REST_SUBGRAPH_KEYS).toBeUndefined();
  });

  test('reach nobody else, not even out of our own environment', () => {
    const { ofRoom, ofRouter } = createInternalKeys(['category', 'order'], ENV);
    const categorySees = { ...ENV, ...ofRoom('category') };
    expect([categorySees.ORDER_INTERNAL_KEY, categorySees.ROUTER_SUBGRAPH_KEYS]).toEqual([undefined, undefined]);
    expect({ ...ENV, ...ofRouter }.ORDER_INTERNAL_KEY).toBeUndefined();
  });
});
