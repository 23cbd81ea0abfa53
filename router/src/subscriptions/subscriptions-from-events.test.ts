import { GraphQLError } from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { StreamedResult } from '../streams/operation-stream.ts';
import { createLocalEvents } from './testing/local-events.ts';
import { type Shop, startShop } from './testing/shop.ts';
import { ALICE, contextOf, nextOf, startStreams, subscribe, type TestStreams } from './testing/start-streams.ts';

const events = createLocalEvents();
const PATIENT = { timeout: 5_000 };
let shop: Shop;
let router: TestStreams;

beforeAll(async () => {
  shop = await startShop();
  router = await startStreams(shop.all, { events, maxWaiting: () => 3 });
}, 60_000);
afterAll(async () => {
  await router.stop();
  await shop.stop();
});
beforeEach(() => {
  shop.state.status = new Map([
    ['1', 'PAID'],
    ['2', 'PLACED'],
    ['guest', 'PAID'],
    ['no-note', 'PAID'],
  ]);
  shop.state.failures.clear();
  shop.state.fetched = [];
  shop.state.gate = Promise.resolve();
});

const JOINED = `subscription Changed($n: String!, $f: String, $up: Boolean, $skips: Boolean!) {
  mine: orderChanged(number: $n) {
    ...Main
    id: number
    note
    customer { who: name(upper: $up) }
    ... on Order { lines @skip(if: $skips) { quantity product { sku name } } }
  }
}
fragment Main on Order { number st: status(format: $f) unwanted: status @include(if: false) }`;

describe('a subscription from events', () => {
  it('joins the entity over subgraphs: aliases, fragments, conditions, variables, lists', async () => {
    const results = await subscribe(router, JOINED, { variables: { n: '1', f: 'short', up: true, skips: false } });
    events.publish('order.paid.v1', '1');
    expect(await nextOf(results)).toEqual({
      data: {
        mine: {
          number: '1',
          st: 'P',
          id: '1',
          note: 'note of 1',
          customer: { who: 'CUSTOMER-OF-1' },
          lines: [
            { quantity: 1, product: { sku: 'A', name: 'name of A' } },
            { quantity: 2, product: { sku: 'B', name: 'name of B' } },
          ],
        },
      },
    });
    await results.return();
    const skipping = await subscribe(router, JOINED, { variables: { n: 'guest', skips: true } });
    events.publish('order.shipped.v1', 'guest');
    expect(await nextOf(skipping)).toEqual({ data: { mine: { number: 'guest', st: 'PAID', id: 'guest', note: 'note of guest', customer: null } } });
    await skipping.return();
  });

  it('is told of its subject and its types alone', async () => {
    const results = await subscribe(router, 'subscription { maybeOrder(number: "1") { number } }');
    events.publish('order.paid.v1', '2');
    events.publish('order.shipped.v1', '1');
    events.publish('order.paid.v1', '1 ');
    events.publish('order.paid.v1', '__proto__');
    events.publish('order.paid.v1', '1'.repeat(200_000));
    expect(await nextOf(results, 150)).toBe('nothing');
    expect(shop.state.fetched).toEqual([]);
    await results.return();
  });

  it('takes a hostile subject for a key and nothing else', async () => {
    const results = await subscribe(router, 'subscription { anyOrder { number status } }', { identity: ALICE });
    const hostile = ['__proto__', '"}]}', 'x'.repeat(100_000)];
    for (const subject of hostile) events.publish('order.paid.v1', subject);
    const next = nextOf(results, 5_000);
    await expect.poll(() => shop.state.fetched, PATIENT).toEqual(hostile);
    // The next event is told, so that nothing was told of those before.
    events.publish('order.paid.v1', '1');
    expect(await next).toEqual({ data: { anyOrder: { number: '1', status: 'PAID' } } });
    expect(({} as Record<string, unknown>)['status']).toBeUndefined();
    await results.return();
  });

  it('converts the subject of a numeric key, and drops what is no number', async () => {
    const results = await subscribe(router, 'subscription { counted(id: 7) { id } }');
    events.publish('counted.v1', '7');
    expect(await nextOf(results)).toEqual({ data: { counted: { id: 7 } } });
    await results.return();
  });

  it('comes through an interface that is an entity', async () => {
    const results = await subscribe(router, 'subscription { item(code: "b1") { __typename title ... on Book { pages } } }');
    events.publish('item.v1', 'b1');
    expect(await nextOf(results)).toEqual({ data: { item: { __typename: 'Book', title: 'title of b1', pages: 3 } } });
    await results.return();
  });

  it.each([
    ['is not there', undefined],
    ['is not found', new GraphQLError('There is no such order.', { extensions: { code: 'ORDER_NOT_FOUND', kind: 'NOT_FOUND' } })],
    ['is forbidden', new GraphQLError('It is not yours.', { extensions: { code: 'FORBIDDEN' } })],
  ])('tells nothing of an entity that %s, and asks nobody else about it', async (_how, failure) => {
    shop.subgraphs.users.requests.length = 0;
    if (failure !== undefined) shop.state.failures.set('9', failure);
    for (const field of ['orderChanged', 'maybeOrder']) {
      const results = await subscribe(router, `subscription { ${field}(number: "9") { number note } }`);
      const fetched = shop.state.fetched.length;
      const next = nextOf(results, 5_000);
      events.publish('order.paid.v1', '9');
      await expect.poll(() => shop.state.fetched.length, PATIENT).toBe(fetched + 1);
      expect(await Promise.race([next, new Promise((resolve) => setTimeout(resolve, 150, 'silence'))])).toBe('silence');
      await results.return();
    }
    expect(shop.state.fetched).toEqual(['9', '9']);
    expect(shop.subgraphs.users.requests).toEqual([]);
  });

  it('tells other errors, masked, and goes on', async () => {
    shop.state.failures.set('1', new GraphQLError('select * from orders: password hunter2'));
    const results = await subscribe(router, 'subscription { maybeOrder(number: "1") { number } }');
    events.publish('order.paid.v1', '1');
    const told = JSON.stringify(await nextOf(results));
    expect(JSON.parse(told)).toMatchObject({
      data: { maybeOrder: null },
      errors: [{ path: ['maybeOrder'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    });
    expect(told).not.toContain('hunter2');
    shop.state.failures.clear();
    events.publish('order.paid.v1', '1');
    expect(await nextOf(results)).toEqual({ data: { maybeOrder: { number: '1' } } });
    await results.return();
  });

  it('keeps what came when another subgraph fails', async () => {
    const results = await subscribe(router, 'subscription { orderChanged(number: "no-note") { status note } }');
    events.publish('order.paid.v1', 'no-note');
    expect(await nextOf(results)).toMatchObject({
      data: { orderChanged: { status: 'PAID', note: null } },
      errors: [{ path: ['orderChanged', 'note'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    });
    await results.return();
  });

  it('cuts fields that its caller may not see, at every event', async () => {
    const query = 'subscription { orderChanged(number: "1") { number secret } }';
    const results = await subscribe(router, query);
    for (const _event of [1, 2]) {
      events.publish('order.paid.v1', '1');
      expect(await nextOf(results)).toMatchObject({
        data: { orderChanged: { number: '1', secret: null } },
        errors: [{ path: ['orderChanged', 'secret'], extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' } }],
      });
    }
    await results.return();
    const owner = await subscribe(router, query, { identity: ALICE });
    events.publish('order.paid.v1', '1');
    expect(await nextOf(owner)).toEqual({ data: { orderChanged: { number: '1', secret: 'secret' } } });
    await owner.return();
    const broken = await subscribe(router, 'subscription { orderChanged(number: "1") { must } }');
    events.publish('order.paid.v1', '1');
    expect(await nextOf(broken)).toMatchObject({ data: null, errors: [{ path: ['orderChanged', 'must'] }] });
    await broken.return();
  });

  it('runs the events of one subscriber in order, and puts those together that wait for one entity', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    shop.state.gate = promise;
    const results = await subscribe(router, 'subscription { anyOrder { number status } }', { identity: ALICE });
    const first = results.next();
    events.publish('order.paid.v1', '1');
    await expect.poll(() => shop.state.fetched, PATIENT).toEqual(['1']);
    for (const subject of ['2', '1', '2', '1']) events.publish('order.paid.v1', subject);
    shop.state.status.set('2', 'SHIPPED');
    resolve();
    expect((await first).value).toEqual({ data: { anyOrder: { number: '1', status: 'PAID' } } });
    expect(await nextOf(results)).toEqual({ data: { anyOrder: { number: '2', status: 'SHIPPED' } } });
    expect(await nextOf(results)).toEqual({ data: { anyOrder: { number: '1', status: 'PAID' } } });
    expect(await nextOf(results, 100)).toBe('nothing');
    expect(shop.state.fetched).toEqual(['1', '2', '1']);
    await results.return();
  });

  it('ends when more wait than are kept', async () => {
    const results = await subscribe(router, 'subscription { anyOrder { number } }', { identity: ALICE });
    for (const subject of ['1', '2', 'guest', 'no-note']) events.publish('order.paid.v1', subject);
    await expect(results.next()).rejects.toMatchObject({ code: 'SUBSCRIPTION_TOO_SLOW', kind: 'rate-limited' });
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });

  it('fetches once for all who get the same of an event, and for each caller apart', async () => {
    const query = 'subscription { orderChanged(number: "1") { status } }';
    const all = await Promise.all([...Array.from({ length: 20 }, () => subscribe(router, query)), subscribe(router, query, { identity: ALICE })]);
    const answers = all.map((results) => nextOf(results));
    events.publish('order.paid.v1', '1');
    for (const answer of await Promise.all(answers)) expect(answer).toEqual({ data: { orderChanged: { status: 'PAID' } } });
    expect(shop.state.fetched).toEqual(['1', '1']);
    for (const results of all) await results.return();
  });

  it('does not take what was fetched before the event', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    shop.state.gate = promise;
    const query = 'subscription { orderChanged(number: "1") { status } }';
    const one = await subscribe(router, query);
    const old = one.next();
    events.publish('order.paid.v1', '1');
    await expect.poll(() => shop.state.fetched.length, PATIENT).toBe(1);
    const other = await subscribe(router, query);
    const fresh = other.next();
    events.publish('order.paid.v1', '1');
    await expect.poll(() => shop.state.fetched.length, PATIENT).toBe(2);
    resolve();
    expect((await old).value).toBeDefined();
    expect((await fresh).value).toBeDefined();
    await one.return();
    await other.return();
  });

  it('gives each event its whole time, from when it is run', async () => {
    let eventTimeoutMs = 2_000;
    const other = await startStreams(shop.all, { events, eventTimeoutMs: () => eventTimeoutMs });
    onTestFinished(other.stop);
    const query = 'subscription { orderChanged(number: "1") { status } }';
    const callerOf = (at: number) => ({ ...ALICE, caller: { role: 'customer' as const, userId: `user-${at}` } });
    const all = await Promise.all(Array.from({ length: 65 }, (_, at) => subscribe(other, query, { identity: callerOf(at) })));
    const answers = all.map((results) => nextOf(results, 8_000));
    const [early, late] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    shop.state.gate = early.promise;
    events.publish('order.paid.v1', '1');
    await expect.poll(() => shop.state.fetched.length, PATIENT).toBe(64);
    shop.state.gate = late.promise;
    setTimeout(early.resolve, 1_200);
    setTimeout(late.resolve, 2_400);
    for (const answer of await Promise.all(answers)) expect(answer).toEqual({ data: { orderChanged: { status: 'PAID' } } });
    expect(shop.state.fetched).toHaveLength(65);
    for (const results of all) await results.return();

    eventTimeoutMs = 200;
    const hasty = await subscribe(other, query);
    const { promise, resolve } = Promise.withResolvers<void>();
    onTestFinished(() => resolve());
    shop.state.gate = promise;
    events.publish('order.paid.v1', '1');
    expect(await nextOf(hasty, 1_500)).toMatchObject({ errors: [{}] });
    await hasty.return();
  }, 15_000);

  it('ends with an error when events may have been missed', async () => {
    const results = await subscribe(router, 'subscription { orderChanged(number: "1") { status } }');
    const next = results.next();
    events.interrupt();
    await expect(next).rejects.toMatchObject({ code: 'EVENTS_INTERRUPTED', kind: 'unavailable' });
  });

  it('ends with its context, and at return, though an event is being run', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    shop.state.gate = promise;
    const abort = new AbortController();
    const query = 'subscription { orderChanged(number: "1") { status } }';
    const [one, other] = [await subscribe(router, query, { signal: abort.signal }), await subscribe(router, query)];
    const nexts = [one.next(), other.next()];
    events.publish('order.paid.v1', '1');
    await expect.poll(() => shop.state.fetched.length, PATIENT).toBe(1);
    abort.abort();
    await other.return();
    expect(await Promise.all(nexts)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    resolve();
  });
});

describe('what is refused', () => {
  const start = (query: string, variables = {}) => router.streams.start({ query, variables }, contextOf());

  it.each([
    ['two root fields', 'subscription { orderChanged(number: "1") { status } maybeOrder(number: "1") { status } }', 400, 'GRAPHQL_VALIDATION_FAILED'],
    ['a condition at the root', 'subscription { orderChanged(number: "1") @include(if: true) { status } }', 400, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'a condition at the root in a fragment',
      'subscription { ...F } fragment F on Subscription { ... @skip(if: false) { orderChanged(number: "1") { status } } }',
      400,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['introspection at the root', 'subscription { __typename }', 400, 'GRAPHQL_VALIDATION_FAILED'],
    ['no field of the schema', 'subscription { orderChangd(number: "1") { status } }', 400, 'GRAPHQL_VALIDATION_FAILED'],
    ['no GraphQL', 'subscription {', 400, 'GRAPHQL_PARSE_FAILED'],
    ['a variable that is missing', 'subscription ($n: String!) { orderChanged(number: $n) { status } }', 400, 'BAD_USER_INPUT'],
    ['a field that its caller may not subscribe to', 'subscription { anyOrder { number } }', 403, 'UNAUTHORIZED_FIELD_OR_TYPE'],
  ])('%s', async (_what, query, status, code) => {
    expect(await start(query)).toMatchObject({ kind: 'refused', status, errors: [{ extensions: { code } }] });
  });

  it('a document that is not in the safelist', async () => {
    const query = 'subscription { orderChanged(number: "1") { status } }';
    expect(await router.streams.start({ query }, contextOf({ isListed: () => false }))).toMatchObject({
      kind: 'refused',
      status: 403,
      errors: [{ extensions: { code: 'QUERY_NOT_IN_SAFELIST' } }],
    });
  });
});

describe('a router that cannot serve it', () => {
  const query = 'subscription { orderChanged(number: "1") { status } }';
  const refusal = async (settings: Parameters<typeof startStreams>[1], engine?: 'apollo'): Promise<unknown> => {
    const other = await startStreams(shop.all, settings, engine);
    onTestFinished(other.stop);
    return other.streams.start({ query }, contextOf());
  };

  it('says so: without a bus, while the bus is away, on the reference engine', async () => {
    expect(await refusal({})).toMatchObject({ kind: 'refused', status: 422, errors: [{ extensions: { code: 'EVENTS_NOT_CONFIGURED' } }] });
    const away = createLocalEvents();
    away.break();
    expect(await refusal({ events: away })).toMatchObject({ kind: 'refused', status: 503, errors: [{ extensions: { code: 'EVENTS_UNAVAILABLE' } }] });
    expect(await refusal({ events }, 'apollo')).toMatchObject({ kind: 'refused', errors: [{ extensions: { code: 'SUBSCRIPTIONS_NOT_SERVED' } }] });
  });
});

describe('other operations', () => {
  it('are run once, or part by part where something is deferred', async () => {
    const query = '{ order(number: "1") { number } }';
    expect(await router.streams.start({ query }, contextOf())).toMatchObject({ kind: 'single', result: { data: { order: null } } });
    const deferred = '{ order(number: "1") { number ... @defer { status } } }';
    expect(await router.streams.start({ query: deferred, isWhole: true }, contextOf())).toMatchObject({ kind: 'single' });
    const started = await router.streams.start({ query: deferred }, contextOf());
    if (started.kind !== 'incremental') throw new Error(started.kind);
    const results: StreamedResult[] = [];
    for await (const result of started.results) results.push(result);
    expect(results[0]).toMatchObject({ data: { order: null } });
    expect(results.at(-1)).toMatchObject({ hasNext: false });
  });
});
