import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  DeleteWebhookEndpointDocument,
  OrderDocument,
  PayOrderDocument,
  PlaceOrderDocument,
  RegisterWebhookEndpointDocument,
  ReplayWebhookDeliveriesDocument,
  ReplayWebhookDeliveryDocument,
  RotateWebhookKeyDocument,
  SendTestWebhookDocument,
  UpdateWebhookEndpointDocument,
  WebhookDeliveryDocument,
  WebhookEndpointDocument,
  WebhookEndpointsDocument,
} from '../../generated/graphql.ts';
import { type Answer, bearer, startWorld, type World } from '../../world.ts';
import { type Receiver, startReceiver } from './receiver.ts';

let world: World;
let owner: string;
let stranger: string;
let receiver: Receiver;
let endpointId: string;
let secret: string;

beforeAll(async () => {
  world = await startWorld();
  [owner, stranger, receiver] = await Promise.all([
    world.signIn('customer-17850@example.com'),
    world.signIn('customer-13047@example.com'),
    startReceiver(),
  ]);
}, 120_000);
afterAll(async () => {
  await receiver.stop();
  await world.stop();
});

const codes = ({ errors }: Answer<unknown>): string[] => errors.map(({ extensions }) => extensions.code);

const eventually = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(50)) if (await holds()) return;
  throw new Error(`not within 20 s: ${what}`);
};

const rest = async (method: string, path: string, token: string | undefined, body?: unknown) => {
  const base = world.rooms.webhooks.url.replace(/\/graphql$/, '');
  const response = await fetch(`${base}/webhooks${path}`, {
    method,
    headers: { ...bearer(token), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, type: response.headers.get('content-type') ?? '', body: text === '' ? {} : JSON.parse(text) };
};

const statusOf = async (number: string) => (await world.ask(OrderDocument, { number }, owner)).data?.order?.status;

const placeAndPay = async (): Promise<string> => {
  const placed = await world.ask(PlaceOrderDocument, { input: { items: [{ sku: '71053', quantity: 2 }] } }, owner);
  const number = placed.data?.placeOrder?.order.number ?? '';
  const paid = await world.ask(PayOrderDocument, { input: { number } }, owner);
  expect([...placed.errors, ...paid.errors]).toEqual([]);
  return number;
};

describe('an endpoint', () => {
  test('is registered through the graph, and its secret is shown once', async () => {
    const query = '{ number total { amount } customer { email } items(first: 10) { nodes { quantity product { name } } } }';
    const input = { url: receiver.url, eventTypes: ['order.paid.v1'], query };
    const { data, errors } = await world.ask(RegisterWebhookEndpointDocument, { input }, owner);
    expect(errors).toEqual([]);
    const payload = data?.registerWebhookEndpoint;
    expect(payload).toMatchObject({
      endpoint: { url: receiver.url, status: 'ACTIVE', owner: { email: 'customer-17850@example.com' } },
      secret: expect.stringMatching(/^whsec_/),
    });
    endpointId = payload?.endpoint.id ?? '';
    secret = payload?.secret ?? '';
    receiver.trust(secret);
    const listed = await world.ask(WebhookEndpointsDocument, {}, owner);
    expect(JSON.stringify(listed)).not.toContain(secret);
    expect(listed.data?.webhookEndpoints?.nodes.map(({ id }) => id)).toEqual([endpointId]);
  });

  test('is registered through REST as well, and refused as problem+json', async () => {
    const made = await rest('POST', '/endpoints', owner, { url: receiver.url, eventTypes: ['order.shipped.v1'] });
    expect(made.status).toBe(201);
    expect(JSON.stringify(made.body)).toMatch(/whsec_/);
    const id = made.body.endpoint?.id ?? made.body.id;
    expect((await rest('GET', `/endpoints/${id}`, owner)).status).toBe(200);
    expect((await rest('GET', `/endpoints/${id}`, stranger)).status).toBe(404);
    const refused = await rest('POST', '/endpoints', owner, { url: 'not a URL', eventTypes: ['order.shipped.v1'] });
    expect([refused.status, refused.type.split(';')[0]]).toEqual([400, 'application/problem+json']);
    expect((await rest('GET', '/endpoints', undefined)).status).toBe(401);
    expect((await rest('GET', '/endpoints', 'no-token')).status).toBe(401);
    expect((await rest('DELETE', `/endpoints/${id}`, owner)).status).toBe(204);
  });

  test('is refused with a query that its owner may not run', async () => {
    const input = { url: receiver.url, eventTypes: ['order.paid.v1'], query: '{ number nonsense }' };
    expect(codes(await world.ask(RegisterWebhookEndpointDocument, { input }, owner))).toEqual(['WEBHOOK_QUERY_REFUSED']);
  });

  test('is absent for everybody else', async () => {
    expect((await world.ask(WebhookEndpointsDocument, {}, stranger)).data?.webhookEndpoints?.nodes).toEqual([]);
    expect((await world.ask(WebhookEndpointDocument, { id: endpointId }, stranger)).data?.webhookEndpoint).toBeNull();
    expect(codes(await world.ask(SendTestWebhookDocument, { input: { id: endpointId } }, stranger))).toEqual(['WEBHOOK_ENDPOINT_NOT_FOUND']);
    expect(codes(await world.ask(RotateWebhookKeyDocument, { input: { id: endpointId } }, stranger))).toEqual(['WEBHOOK_ENDPOINT_NOT_FOUND']);
    expect(codes(await world.ask(WebhookEndpointsDocument, {}))).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
  });

  test('is tested on request', async () => {
    const { data, errors } = await world.ask(SendTestWebhookDocument, { input: { id: endpointId } }, owner);
    expect(errors).toEqual([]);
    const received = await receiver.next('webhook.test.v1');
    expect(received.id).toBe(data?.sendTestWebhook?.delivery.id);
  });
});

describe('placeOrder, payOrder, callback, PAID, webhook', () => {
  test('work end to end, and the payload carries what the query asks for', async () => {
    const number = await placeAndPay();
    const { id, payload } = await receiver.next('order.paid.v1');
    expect(payload.data).toMatchObject({ number });
    expect(payload).not.toHaveProperty('queryError');
    expect(payload.query?.data).toMatchObject({
      number,
      customer: { email: 'customer-17850@example.com' },
      items: { nodes: [{ quantity: 2, product: { name: expect.any(String) } }] },
    });
    expect(await statusOf(number)).toBe('PAID');
    await eventually('the log says delivered', async () => {
      const { data } = await world.ask(WebhookDeliveryDocument, { id }, owner);
      return data?.webhookDelivery?.status === 'DELIVERED' && data.webhookDelivery.attempts[0]?.statusCode === 204;
    });
    expect(receiver.refused()).toBe(0);
  });

  test('a payment that fails leaves the order PENDING', async () => {
    const tell = (behaviour: unknown) =>
      fetch(`${world.payments.url}/behaviour`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...bearer(world.payments.key) },
        body: JSON.stringify(behaviour),
      });
    expect((await tell({ outcome: 'fail' })).status).toBe(200);
    const number = await placeAndPay();
    await sleep(1_500);
    expect(await statusOf(number)).toBe('PENDING');
    await tell({});
  });
});

describe('a delivery', () => {
  test('that failed is tried again under the same webhook-id, and can be replayed', async () => {
    receiver.answer(500);
    const before = receiver.received.filter(({ type }) => type === 'order.paid.v1').length;
    await placeAndPay();
    const { id } = await receiver.next('order.paid.v1', before + 1);
    receiver.answer(204);
    const again = await receiver.next('order.paid.v1', before + 2);
    expect(again.id).toBe(id);
    await eventually(
      'it is delivered',
      async () => (await world.ask(WebhookDeliveryDocument, { id }, owner)).data?.webhookDelivery?.status === 'DELIVERED',
    );
    const { data, errors } = await world.ask(ReplayWebhookDeliveryDocument, { input: { id } }, owner);
    expect(errors).toEqual([]);
    expect(data?.replayWebhookDelivery?.delivery.status).toBe('PENDING');
    const replayed = await receiver.next('order.paid.v1', before + 3);
    expect(replayed.id).toBe(id);
    expect(replayed.payload).toEqual(again.payload);
    expect(codes(await world.ask(ReplayWebhookDeliveryDocument, { input: { id } }, stranger))).toEqual(['WEBHOOK_DELIVERY_NOT_FOUND']);
  });

  test('of a time range is replayed', async () => {
    const before = receiver.received.length;
    const input = { endpointId, from: '2000-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z', includeDelivered: true };
    const count = async () => (await world.ask(ReplayWebhookDeliveriesDocument, { input }, owner)).data?.replayWebhookDeliveries?.count ?? 0;
    const replayed = await count();
    expect(replayed).toBeGreaterThanOrEqual(3);
    await eventually('all came again', async () => receiver.received.length >= before + replayed);
  });
});

describe('an endpoint that changes', () => {
  test('signs with the new key, and with the old one beside it', async () => {
    const { data } = await world.ask(RotateWebhookKeyDocument, { input: { id: endpointId } }, owner);
    const fresh = data?.rotateWebhookKey?.secret ?? '';
    for (const key of [fresh, secret]) {
      receiver.trust(key);
      const before = receiver.received.filter(({ type }) => type === 'webhook.test.v1').length;
      await world.ask(SendTestWebhookDocument, { input: { id: endpointId } }, owner);
      await receiver.next('webhook.test.v1', before + 1);
    }
    expect(receiver.refused()).toBe(0);
    expect(codes(await world.ask(RotateWebhookKeyDocument, { input: { id: endpointId } }, owner))).toHaveLength(1);
  });

  test('keeps deliveries while it is paused, and is gone once deleted', async () => {
    await world.ask(UpdateWebhookEndpointDocument, { input: { id: endpointId, status: 'PAUSED' } }, owner);
    const before = receiver.received.length;
    await world.ask(SendTestWebhookDocument, { input: { id: endpointId } }, owner);
    await sleep(1_200);
    expect(receiver.received.length).toBe(before);
    await world.ask(UpdateWebhookEndpointDocument, { input: { id: endpointId, status: 'ACTIVE' } }, owner);
    await eventually('what waited comes', async () => receiver.received.length > before);
    const { data } = await world.ask(DeleteWebhookEndpointDocument, { input: { id: endpointId } }, owner);
    expect(data?.deleteWebhookEndpoint?.id).toBe(endpointId);
    expect((await world.ask(WebhookEndpointDocument, { id: endpointId }, owner)).data?.webhookEndpoint).toBeNull();
  });
});
