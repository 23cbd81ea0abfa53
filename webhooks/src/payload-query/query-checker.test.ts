import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDelegatedTokens } from './delegated-tokens.ts';
import { createQueryChecker } from './query-checker.ts';
import { createRouterClient } from './router-client.ts';
import { type JsonServer, startJsonServer } from './testing/json-server.ts';

let user: JsonServer;
let router: JsonServer;

beforeAll(async () => {
  [user, router] = await Promise.all([startJsonServer(), startJsonServer()]);
});
afterAll(() => Promise.all([user.close(), router.close()]));
beforeEach(() => {
  user.answer({ accessToken: 'token-of-7', expiresIn: 60 });
  router.answer({ data: null });
  router.received.length = 0;
});

const check = (query = '{ number }', eventType = 'order.placed.v1', deadlineMs = 2_000): Promise<string | undefined> =>
  createQueryChecker({
    tokens: createDelegatedTokens({ userUrl: user.url, key: 'k'.repeat(32) }),
    router: createRouterClient(`${router.url}/graphql`),
    deadlineMs,
  }).check(query, eventType, '7');

const denied = (...path: string[]) => ({
  message: 'Unauthorized field or type',
  path: ['entity', ...path],
  extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' },
});
const UNCHECKED = expect.objectContaining({ code: 'WEBHOOK_QUERY_UNCHECKED', kind: 'unavailable' });

describe('a query that is registered', () => {
  test('is good when a dry run as its owner finds nothing wrong', async () => {
    expect(await check()).toBeUndefined();
    expect(router.received).toMatchObject([
      {
        headers: { authorization: 'Bearer token-of-7', 'x-dry-run': 'true' },
        body: { query: expect.stringContaining('entity: order(number: $key)') },
      },
    ]);
  });

  test('is refused with what its owner may not see', async () => {
    router.answer({ data: null, errors: [denied('customer', 'orders'), denied('customer', 'orders'), denied()] });
    expect(await check()).toBe('you may not see customer.orders; you may not see it');
  });

  test('is refused with what does not fit the graph, or its limits', async () => {
    const messages = ['Cannot query field "nmber" on type "Order".', 'b.', 'c.', 'd.'];
    router.answer({ errors: messages.map((message) => ({ message, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } })) }, 400);
    expect(await check()).toBe('Cannot query field "nmber" on type "Order"; b; c; and 1 more');
    router.answer({ errors: [{ message: 'An operation may have at most 15 levels of fields.', extensions: { code: 'MAX_DEPTH_LIMIT' } }] }, 400);
    expect(await check()).toBe('An operation may have at most 15 levels of fields');
  });

  test('is refused without asking when it is no selection, or there is nothing to ask for', async () => {
    expect(await check('mutation { a }')).toMatch(/not a mutation/);
    expect(await check('{ id }', 'category.deleted.v1')).toMatch(/nothing to ask for/);
    expect(router.received).toEqual([]);
  });

  test('is refused when its owner has no account', async () => {
    user.answer({ errors: [{ message: 'x', extensions: { code: 'USER_NOT_FOUND' } }] }, 404);
    expect(await check()).toBe('its owner has no account');
  });

  test.each<[string, unknown, number]>([
    ['ran the query instead of checking it', { data: { entity: null } }, 200],
    ['is overloaded', { errors: [{ message: 'x', extensions: { code: 'OVERLOADED' } }] }, 503],
    ['counts too many requests', { errors: [{ message: 'x', extensions: { code: 'RATE_LIMITED' } }] }, 429],
    ['refuses our token', { errors: [{ message: 'x', extensions: { code: 'ACCESS_TOKEN_INVALID' } }] }, 401],
    ['failed', { data: null, errors: [{ message: 'x', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] }, 200],
    ['cannot plan now', { data: null, errors: [{ message: 'x', extensions: { code: 'PLANNER_OVERLOADED', kind: 'UNAVAILABLE' } }] }, 200],
    ['answers something else', {}, 200],
  ])('is neither accepted nor refused when the router %s', async (_what, body, status) => {
    router.answer(body, status);
    await expect(check()).rejects.toEqual(UNCHECKED);
  });

  test('is neither accepted nor refused when nobody answers in time', async () => {
    router.behave(() => {});
    await expect(check('{ number }', 'order.placed.v1', 100)).rejects.toEqual(UNCHECKED);
    user.answer({}, 503);
    await expect(check()).rejects.toEqual(UNCHECKED);
  });
});
