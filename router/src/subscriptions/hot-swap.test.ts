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

const publish = (): void => events.publish('order.paid.v1', '1');

describe('a subscription over a swap of the supergraph', () => {
  it('goes on where it still fits, planned anew, and ends where it does not', async () => {
    const fits = await subscribe(router, 'subscription { orderChanged(number: "1") { status note } }');
    const gone = await subscribe(router, 'subscription { orderChanged(number: "7") { secret status } }');
    const other = await subscribe(router, 'subscription { maybeOrder(number: "7") { status } }');
    const ended = gone.next();
    const isEnded = expect(ended).rejects.toMatchObject({ code: 'SUPERGRAPH_CHANGED', kind: 'unavailable' });
    const otherEnded = expect(other.next()).rejects.toMatchObject({ code: 'SUPERGRAPH_CHANGED' });
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
    await isEnded;
    await otherEnded;
    publish();
    expect(await nextOf(fits)).toEqual({ data: { orderChanged: { status: 'PAID', note: 'a note of orders' } } });
    expect(shop.subgraphs.users.requests).toHaveLength(before + 1);
    await fits.return();
  });
});
