import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalEvents } from './testing/local-events.ts';
import { ORDERS_WITH_NOTE_SDL, type Shop, startShop } from './testing/shop.ts';
import { nextOf, startStreams, subscribe, type TestStreams } from './testing/start-streams.ts';

const events = createLocalEvents();
let shop: Shop;
let router: TestStreams;

beforeAll(async () => {
  shop = await startShop();
  shop.state.status.set('1', 'PAID');
  router = await startStreams(shop.all, { events });
}, 60_000);
afterAll(async () => {
  await router.stop();
  await shop.stop();
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const publish = (): void => events.publish('order.paid.v1', '1');

/** Keeps nothing of the stream but how it ends. */
const endOf = async (selection: string): Promise<{ ended: Promise<void> }> => {
  const next = (await subscribe(router, `subscription { ${selection} }`)).next();
  return { ended: expect(next).rejects.toMatchObject({ code: 'SUPERGRAPH_CHANGED', kind: 'unavailable' }) };
};

describe('a subscription over a swap of the supergraph', () => {
  it('goes on where it still fits, planned anew, and ends where it does not', async () => {
    const fits = await subscribe(router, 'subscription { orderChanged(number: "1") { status note } }');
    const endings = await Promise.all(['orderChanged(number: "7") { secret status }', 'maybeOrder(number: "7") { status }'].map(endOf));
    const before = shop.subgraphs.users.requests.length;
    publish();
    expect(await nextOf(fits)).toEqual({ data: { orderChanged: { status: 'PAID', note: 'note of 1' } } });
    expect(shop.subgraphs.users.requests).toHaveLength(before + 1);

    const orders = ORDERS_WITH_NOTE_SDL.replace('secret: String @authenticated', '').replace(
      'maybeOrder(number: String!): Order @fromEvents(types: ["order.paid.v1"]',
      'maybeOrder(number: String!): Order @fromEvents(types: ["order.cancelled.v1"]',
    );
    const users = shop.subgraphs.users.sdl.replace('note: String', 'remark: String');
    await router.swap({ orders, users });
    // Without an event: whoever waits is told.
    for (const { ended } of endings) await ended;
    publish();
    expect(await nextOf(fits)).toEqual({ data: { orderChanged: { status: 'PAID', note: 'a note of orders' } } });
    expect(shop.subgraphs.users.requests).toHaveLength(before + 1);
    // Of what was served when it began, nothing is kept.
    expect(router.checkedAgainst().at(-1)).toBeDefined();
    await expect
      .poll(
        async () => {
          collectGarbage();
          await new Promise(setImmediate);
          return router.checkedAgainst()[0] === undefined;
        },
        { timeout: 5_000 },
      )
      .toBe(true);
    await fits.return();
  });
});
