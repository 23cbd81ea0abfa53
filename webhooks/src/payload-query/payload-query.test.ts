import { setTimeout as sleep } from 'node:timers/promises';
import { verifyInternalToken } from '@supergraph/identity/internal-token';
import { createLogger } from '@supergraph/service/logging';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDelegatedTokens } from './delegated-tokens.ts';
import { createPayloadQuery, type PayloadQueryRequest, type PayloadQueryResult } from './payload-query.ts';
import { createRouterClient } from './router-client.ts';
import { type JsonServer, startJsonServer } from './testing/json-server.ts';

const KEY = 'k'.repeat(32);

let user: JsonServer;
let router: JsonServer;

beforeAll(async () => {
  [user, router] = await Promise.all([startJsonServer(), startJsonServer()]);
});
afterAll(() => Promise.all([user.close(), router.close()]));
beforeEach(() => {
  user.answer({ accessToken: 'token-of-7', expiresIn: 60 });
  router.answer({ data: { entity: { number: '536365' } } });
  user.received.length = 0;
  router.received.length = 0;
});

const run = (
  more: Partial<PayloadQueryRequest> = {},
  { deadlineMs = 2_000, routerUrl = `${router.url}/graphql` } = {},
): Promise<PayloadQueryResult> =>
  createPayloadQuery({
    tokens: createDelegatedTokens({ userUrl: user.url, key: KEY }),
    router: createRouterClient(routerUrl),
    logger: createLogger('test', 'silent'),
    deadlineMs,
  }).run({
    query: '{ number }',
    eventType: 'order.placed.v1',
    subject: '536365',
    data: {},
    ownerId: '7',
    signal: new AbortController().signal,
    ...more,
  });

const refusedBy = (code: string, kind = '') => ({ errors: [{ message: 'Secret of ours.', extensions: { code, kind, serviceName: 'order' } }] });

describe('a payload that is a query', () => {
  test('is what the router answers to its owner about the entity of the event', async () => {
    expect(await run()).toEqual({ data: { number: '536365' } });
    const [asked] = router.received;
    expect(asked?.path).toBe('/graphql');
    expect(asked?.headers).toMatchObject({
      authorization: 'Bearer token-of-7',
      'content-type': 'application/json',
      'apollographql-client-name': 'webhooks',
    });
    expect(asked?.headers).not.toHaveProperty('x-dry-run');
    expect(Number(asked?.headers['x-deadline-ms'])).toBeLessThanOrEqual(1_500);
    expect(asked?.body.variables).toEqual({ key: '536365' });
  });

  test('runs under a token made for it, which this room asks for as itself', async () => {
    await run();
    await run({ ownerId: '8' });
    expect(user.received.map(({ path, body }) => [path, body])).toEqual([
      ['/internal/delegations', { userId: '7', purpose: 'webhook' }],
      ['/internal/delegations', { userId: '8', purpose: 'webhook' }],
    ]);
    const [asked] = user.received;
    const token = String(asked?.headers['x-internal-token']);
    expect(verifyInternalToken({ key: KEY, audience: 'user', token, body: asked?.text ?? '' })?.caller).toEqual({
      role: 'service',
      name: 'webhooks',
    });
  });

  test('tells what could not be had beside what could, by paths of the selection, without what is ours', async () => {
    const error = {
      message: 'Unauthorized field or type',
      path: ['entity', 'items', 0, 'x'],
      extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE', serviceName: 's' },
    };
    router.answer({ data: { entity: { number: '1', items: [{ x: null }] } }, errors: [error, { message: 'No path.' }] });
    expect(await run()).toEqual({
      data: { number: '1', items: [{ x: null }] },
      errors: [
        { message: 'Unauthorized field or type', path: ['items', 0, 'x'], extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' } },
        { message: 'No path.' },
      ],
    });
  });

  test('is null for an entity that the owner does not see', async () => {
    router.answer({ data: { entity: null } });
    expect(await run()).toEqual({ data: null });
  });

  test('has at most 20 errors', async () => {
    router.answer({ data: { entity: {} }, errors: Array.from({ length: 50 }, (_, index) => ({ message: String(index) })) });
    expect(await run()).toMatchObject({ errors: { length: 20 } });
  });

  test('finds a category by the slug in the data of its event', async () => {
    await run({ eventType: 'category.updated.v1', subject: 'id-1', data: { id: 'id-1', slug: 'candles' }, query: '{ name }' });
    expect(router.received[0]?.body.variables).toEqual({ key: 'candles' });
  });
});

describe('a payload query that fails', () => {
  const NOT_NOW = { queryError: 'The query could not be answered.' };

  test.each<[string, unknown, number, RegExp]>([
    ['too many of them', refusedBy('RATE_LIMITED', 'RATE_LIMITED'), 429, /too much in too short/],
    ['one that costs too much', refusedBy('COST_LIMIT_EXCEEDED'), 400, /costs more/],
    ['one that does not fit any more', refusedBy('GRAPHQL_VALIDATION_FAILED'), 400, /does not fit/],
    ['rights that are gone', { data: { entity: null }, ...refusedBy('UNAUTHORIZED_FIELD_OR_TYPE') }, 200, /may not see/],
    ['a subgraph that is away', { data: { entity: null }, ...refusedBy('SUBGRAPH_UNAVAILABLE', 'UNAVAILABLE') }, 200, /could not be answered/],
    ['a token that is refused', refusedBy('ACCESS_TOKEN_INVALID'), 401, /could not be answered/],
    ['a router that is overloaded', refusedBy('OVERLOADED'), 503, /could not be answered/],
    ['an answer that is no GraphQL', { hello: 'world' }, 200, /could not be answered/],
    ['an answer of another shape', { data: 7 }, 200, /could not be answered/],
  ])('says so after %s, and not more than a receiver should know', async (_what, body, status, reason) => {
    router.answer(body, status);
    const result = await run();
    expect(result).toEqual({ queryError: expect.stringMatching(reason) });
    expect(JSON.stringify(result)).not.toMatch(/secret|order/i);
  });

  test('says so when the owner is gone, and asks the router nothing', async () => {
    user.answer({ errors: [{ message: 'x', extensions: { code: 'USER_NOT_FOUND' } }] }, 404);
    expect(await run()).toEqual({ queryError: 'The owner of this endpoint has no account any more.' });
    expect(router.received).toEqual([]);
  });

  test.each<[string, unknown, number]>([
    ['knows no such path', { errors: [{ message: 'Nothing here', extensions: { code: 'NOT_FOUND' } }] }, 404],
    ['refuses us', '', 401],
    ['is down', {}, 503],
    ['gives no token', {}, 200],
  ])('says so when the user subgraph %s', async (_what, body, status) => {
    user.answer(body, status);
    expect(await run()).toEqual(NOT_NOW);
    expect(router.received).toEqual([]);
  });

  test('says so when nobody listens, hangs up, redirects, or answers no JSON', async () => {
    expect(await run({}, { routerUrl: 'http://127.0.0.1:1/graphql' })).toEqual(NOT_NOW);
    router.behave((response) => response.destroy());
    expect(await run()).toEqual(NOT_NOW);
    router.behave((response) => response.writeHead(307, { location: user.url }).end());
    const before = user.received.length;
    expect(await run()).toEqual(NOT_NOW);
    expect(user.received.length).toBe(before + 1);
    router.behave((response) => response.end('<html>'));
    expect(await run()).toEqual(NOT_NOW);
  });

  test('reads no more than 256 KB, of an answer without an end too', async () => {
    router.answer({ data: { entity: { name: 'x'.repeat(262_144) } } });
    expect(await run()).toEqual({ queryError: 'The answer to the query is too large.' });
    let sent = 0;
    router.behave((response) => {
      const chunk = 'x'.repeat(65_536);
      const more = (): void => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
      };
      response.on('drain', more).on('error', () => {});
      more();
    });
    expect(await run()).toEqual({ queryError: 'The answer to the query is too large.' });
    await sleep(50);
    expect(sent).toBeLessThan(20_000_000);
  });

  test('takes no longer than its deadline, wherever the time goes', async () => {
    const late = { queryError: 'The query took too long.' };
    router.behave(() => {});
    expect(await run({}, { deadlineMs: 150 })).toEqual(late);
    router.behave((response) => void response.write('{"data":'));
    expect(await run({}, { deadlineMs: 150 })).toEqual(late);
    user.behave(() => {});
    expect(await run({}, { deadlineMs: 150 })).toEqual(late);
  });

  test('has no result at all when the dispatcher stops: the next attempt asks again', async () => {
    router.behave(() => {});
    const stop = new AbortController();
    const running = run({ signal: stop.signal });
    setTimeout(() => stop.abort(new Error('stopping')), 50);
    await expect(running).rejects.toThrow('stopping');
  });

  test('asks nobody about what is no query any more', async () => {
    expect(await run({ query: '{ $' })).toEqual({ queryError: 'The query does not fit the graph any more.' });
    for (const eventType of ['category.deleted.v1', 'webhook.test.v1', 'category.updated.v1'])
      expect(await run({ eventType })).toEqual({ queryError: 'The graph has nothing to ask for by this event.' });
    expect([...user.received, ...router.received]).toEqual([]);
  });
});
