import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onceHeaders, type RestAnswer, type RestRequest, send } from './rest-client.ts';
import { type RestWorld, startRestWorld } from './rest-world.ts';
import { CALLS, methodOf, RIGHTS } from './rights.ts';
import { CALLERS, createStage, type Stage } from './stage.ts';

let world: RestWorld;
let stage: Stage;

beforeAll(async () => {
  world = await startRestWorld();
  stage = await createStage(world);
}, 120_000);
afterAll(() => world?.stop());

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

describe('who may do what', () => {
  test('the table tells every path and method of /openapi.json, and no other', async () => {
    const { body } = await stage.send(200, { method: 'GET', path: '/openapi.json' });
    const routes = Object.entries(body['paths'] as Record<string, object>).flatMap(([path, item]) =>
      Object.keys(item)
        .filter((method) => METHODS.includes(method))
        .map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(Object.keys(RIGHTS).toSorted()).toEqual(routes.toSorted());
  });

  test.each(CALLS)('$route: $caller is answered $status', async ({ route, caller, status, request }) => {
    const call = { method: methodOf(route), token: stage.tokens[caller], ...(await request(stage, caller)) };
    const answer = await send(world.restUrl, call);
    expect(answer.status, answer.text).toBe(status);
    const type = answer.headers.get('content-type');
    if (status >= 400) expect([type, answer.body['status']]).toEqual(['application/problem+json', status]);
    else expect(type).toBe(status === 204 ? null : 'application/hal+json');
  });

  test.each(CALLS.filter(({ route }) => methodOf(route) === 'GET'))('HEAD for $route: $caller is answered $status and no body', async (call) => {
    const { path, headers } = { headers: {}, ...(await call.request(stage, call.caller)) };
    const answer = await send(world.restUrl, { method: 'HEAD', path, headers, token: stage.tokens[call.caller] });
    expect([answer.status, answer.text]).toEqual([call.status, '']);
  });
});

describe("another customer's", () => {
  /** As long as a real one, and nobody's. */
  const absentLike = (name: string): string => name.replaceAll(/\w/g, '9');

  /** What cannot be told apart, but for what the client sent itself, the time, and how many requests it has left. */
  const seen = ({ status, headers, text }: RestAnswer, sent: string): unknown => ({
    status,
    text: text.replaceAll(sent, 'SENT').replace(/"reference":"[^"]+"/, ''),
    headers: [...headers]
      .filter(([name]) => name !== 'date')
      .map(([name, value]) => [name, value.replaceAll(sent, 'SENT').replaceAll(/\b([rt])=\d+/g, '$1=N')]),
  });

  const compare = async (real: string, requestOf: (name: string) => Omit<RestRequest, 'token'>): Promise<void> => {
    const ask = (name: string) => send(world.restUrl, { ...requestOf(name), token: stage.tokens.other });
    const absent = absentLike(real);
    const [theirs, none] = [await ask(real), await ask(absent)];
    expect(none.status).toBe(404);
    expect(seen(theirs, real)).toEqual(seen(none, absent));
  };

  test.each([
    ['GET', ''],
    ['HEAD', ''],
    ['GET', '/items'],
    ['GET', '?embed=items,customer&fields=number'],
    ['POST', '/pay'],
    ['POST', '/cancel'],
  ])('order is answered as an absent one: %s /orders/{number}%s', async (method, action) => {
    const number = await stage.pendingOrder();
    await compare(number, (name) => ({
      method,
      path: `/orders/${name}${action}`,
      ...(method === 'POST' ? { headers: onceHeaders() } : {}),
    }));
  });

  test('order is answered as an absent one, whatever its ETag', async () => {
    const number = await stage.pendingOrder();
    const etag = await stage.etagOf(`/orders/${number}`, 'customer');
    await compare(number, (name) => ({ method: 'GET', path: `/orders/${name}`, headers: { 'if-none-match': etag } }));
    await compare(number, (name) => ({ method: 'POST', path: `/orders/${name}/pay`, headers: { ...onceHeaders(), 'if-match': etag } }));
  });

  test('account is answered as an absent one', () => compare(stage.customerId, (name) => ({ method: 'GET', path: `/users/${name}` })));

  test('operation is answered as an absent one', async () => {
    const id = (await stage.operation()).replace('/operations/', '');
    await compare(id, (name) => ({ method: 'GET', path: `/operations/${name}` }));
  });

  test('orders are in nobody else’s list, and links lead to nothing that is refused', async () => {
    const number = await stage.pendingOrder();
    for (const caller of CALLERS.filter((name) => name !== 'nobody')) {
      const { text } = await stage.send(200, { method: 'GET', path: '/orders?first=50', token: stage.tokens[caller] });
      expect([caller, text.includes(`"${number}"`)]).toEqual([caller, caller !== 'other']);
    }
  });
});
