import { setTimeout as sleep } from 'node:timers/promises';
import { createSubscriber, type SubscribeOptions, type SubscriptionResult } from '@supergraph/client/subscriptions';
import { ANONYMOUS } from '@supergraph/identity/caller';
import { internalHeaders } from '@supergraph/identity/internal-token';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  CancelOrderDocument,
  ChangePriceDocument,
  OrderPlacedDocument,
  OrderStatusChangedDocument,
  PayOrderDocument,
  PlaceOrderDocument,
  ProductPriceChangedDocument,
  ShipOrderDocument,
  type TypedDocumentString,
} from '../../generated/graphql.ts';
import { post, startWorld, type World } from '../../world.ts';

const SKU = '85123A';
/** What comes at all comes in a few hundred ms. */
const SILENCE_MS = 1_500;

let world: World;
let tokens: { staff: string; owner: string; stranger: string };
let ends: (() => void)[] = [];

beforeAll(async () => {
  world = await startWorld();
  const [staff, owner, stranger] = await Promise.all([
    world.signIn('staff@example.com'),
    world.signIn('customer-17850@example.com'),
    world.signIn('customer-13047@example.com'),
  ]);
  // On a machine that is too busy signing in may take longer than the router waits.
  for (const token of [staff, owner, stranger]) expect(token).toBeTypeOf('string');
  tokens = { staff, owner, stranger };
}, 120_000);
afterAll(() => world.stop());
afterEach(() => {
  for (const end of ends) end();
  ends = [];
});

/** What a subscriber was sent so far. */
interface Following<Data> {
  results: SubscriptionResult<Data>[];
  /** Why it ended, if it did. */
  failure(): unknown;
  /** Waits for so many results. */
  has(count: number): Promise<void>;
}

type Subscribe = <Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  options: SubscribeOptions,
) => AsyncGenerator<SubscriptionResult<Data>, void>;

/** Subscribes, and resolves when the router listens. */
const follow = async <Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  token?: string,
): Promise<Following<Data>> => {
  const controller = new AbortController();
  ends.push(() => controller.abort());
  const results: Following<Data>['results'] = [];
  let failure: unknown;
  const { promise: connected, resolve: onConnected } = Promise.withResolvers<void>();
  const { subscribe } = createSubscriber({ url: `${world.url}/graphql`, accessToken: () => token });
  // Whether variables may be left out cannot be told for any document.
  const stream = (subscribe as Subscribe)(document, variables, { signal: controller.signal, onConnected });
  const read = async (): Promise<void> => {
    for await (const result of stream) results.push(result);
  };
  const ended = read().catch((error: unknown) => {
    failure = error;
  });
  await Promise.race([connected, ended]);
  return {
    results,
    failure: () => failure,
    has: (count) => expect.poll(() => [results.length >= count, failure], { timeout: 10_000 }).toEqual([true, undefined]),
  };
};

const place = async (token: string): Promise<string> => {
  const { data } = await world.ask(PlaceOrderDocument, { input: { items: [{ sku: SKU, quantity: 2 }] } }, token);
  return data?.placeOrder?.order.number ?? '';
};
const pay = (number: string) => world.ask(PayOrderDocument, { input: { number } }, tokens.owner);

describe('orderStatusChanged', () => {
  test('tells the owner each status, joined with customer, products and categories; staff too; a stranger nothing', async () => {
    const number = await place(tokens.owner);
    const [owner, staff, stranger, absent] = await Promise.all([
      follow(OrderStatusChangedDocument, { number }, tokens.owner),
      follow(OrderStatusChangedDocument, { number }, tokens.staff),
      follow(OrderStatusChangedDocument, { number }, tokens.stranger),
      follow(OrderStatusChangedDocument, { number: 'no-such-order' }, tokens.stranger),
    ]);
    await pay(number);
    await owner.has(1);
    expect(owner.results[0]).toEqual({
      errors: [],
      data: {
        orderStatusChanged: {
          number,
          status: 'PAID',
          total: { amount: expect.any(Number), currency: 'GBP' },
          customer: { name: 'Customer 17850', country: 'United Kingdom' },
          items: {
            nodes: [
              {
                quantity: 2,
                product: { sku: SKU, name: expect.stringContaining('HEART'), category: { slug: expect.any(String), parent: expect.anything() } },
              },
            ],
          },
        },
      },
    });
    await world.ask(ShipOrderDocument, { input: { number } }, tokens.staff);
    await Promise.all([owner.has(2), staff.has(2)]);
    const statuses = staff.results.map(({ data }) => data?.orderStatusChanged.status);
    expect([statuses, owner.results[1]?.data?.orderStatusChanged.status]).toEqual([['PAID', 'SHIPPED'], 'SHIPPED']);
    await sleep(SILENCE_MS);
    // Not to be told from an order that does not exist.
    expect([stranger.results, stranger.failure()]).toEqual([absent.results, absent.failure()]);
    expect([stranger.results, stranger.failure()]).toEqual([[], undefined]);
  });

  test('tells of the order that was asked for alone', async () => {
    const [one, other] = [await place(tokens.owner), await place(tokens.owner)];
    const followed = await follow(OrderStatusChangedDocument, { number: one }, tokens.owner);
    await world.ask(CancelOrderDocument, { input: { number: other } }, tokens.owner);
    await world.ask(CancelOrderDocument, { input: { number: one } }, tokens.owner);
    await followed.has(1);
    await sleep(SILENCE_MS);
    expect(followed.results.map(({ data }) => [data?.orderStatusChanged.number, data?.orderStatusChanged.status])).toEqual([[one, 'CANCELLED']]);
  });

  test('refuses who is not signed in', async () => {
    const anonymous = await follow(OrderStatusChangedDocument, { number: '536365' });
    await expect.poll(anonymous.failure).toMatchObject({ kind: 'graphql', code: 'UNAUTHORIZED_FIELD_OR_TYPE' });
  });
});

describe('orderPlaced', () => {
  test('tells staff each order, and nobody else', async () => {
    const [staff, customer] = [await follow(OrderPlacedDocument, {}, tokens.staff), await follow(OrderPlacedDocument, {}, tokens.owner)];
    await expect.poll(customer.failure).toMatchObject({ kind: 'graphql', code: 'UNAUTHORIZED_FIELD_OR_TYPE' });
    const numbers = [await place(tokens.owner), await place(tokens.stranger)];
    await staff.has(2);
    expect(staff.results.map(({ data }) => data?.orderPlaced)).toEqual([
      expect.objectContaining({ number: numbers[0], status: 'PENDING', customer: { name: 'Customer 17850' } }),
      expect.objectContaining({ number: numbers[1], status: 'PENDING', customer: { name: 'Customer 13047' } }),
    ]);
  });
});

describe('productPriceChanged', () => {
  test('tells anybody, with what another subgraph knows of the product', async () => {
    const [anybody, other] = await Promise.all([
      follow(ProductPriceChangedDocument, { sku: SKU }),
      follow(ProductPriceChangedDocument, { sku: '71053' }),
    ]);
    await world.ask(ChangePriceDocument, { input: { sku: SKU, price: { amount: 777 } } }, tokens.staff);
    await anybody.has(1);
    expect(anybody.results[0]).toMatchObject({
      errors: [],
      data: { productPriceChanged: { sku: SKU, price: { amount: 777, currency: 'GBP' }, unitsSold: expect.any(Number) } },
    });
    expect(other.results).toEqual([]);
  });
});

test('a subgraph that is asked itself says where to subscribe', async () => {
  const { url, key } = world.rooms.category;
  const body = { query: `subscription { productPriceChanged(sku: "${SKU}") { sku } }` };
  const headers = internalHeaders(key, 'category', { caller: ANONYMOUS, scopes: [], claims: {} }, JSON.stringify(body));
  const { status, errors } = await post(url, body, headers);
  expect([status, errors[0]?.message]).toEqual([400, 'A subscription cannot be answered by one HTTP response. Subscribe at the router.']);
});
