import { ANONYMOUS_IDENTITY } from '@supergraph/identity/identity';
import type { RateLimitPolicy } from '@supergraph/identity/rate-limiter';
import { createRateLimiter } from '@supergraph/identity/rate-limiter-factory';
import { describe, expect, it } from 'vitest';
import { parseRouterSettings } from '../settings/read-router-settings.ts';
import { createRequestRateLimit, type RateLimitedRequest, type RequestRateLimit } from './request-rate-limit.ts';

const YAML = `
rateLimits:
  anonymous: { points: 10, perSeconds: 60 }
  authenticated: { points: 20, perSeconds: 60 }
  operationCost: { points: 100, perSeconds: 60 }
  signIn: { points: 3, perSeconds: 60 }
  clients: { mobile: { points: 5, perSeconds: 60 } }
  trustedProxies: [10.0.0.0/8]
`;

const limitOf = (yaml = YAML): RequestRateLimit =>
  createRequestRateLimit(parseRouterSettings(Buffer.from(yaml), 'router.yaml').rateLimits, (policy: RateLimitPolicy) => createRateLimiter(policy));

const anonymous = (remoteAddress = '203.0.113.1', more: Partial<RateLimitedRequest> = {}): RateLimitedRequest => ({
  identity: ANONYMOUS_IDENTITY,
  remoteAddress,
  forwardedFor: undefined,
  ...more,
});

const customer = (userId: string, iss = 'https://a.example', remoteAddress = '203.0.113.1'): RateLimitedRequest => ({
  ...anonymous(remoteAddress),
  identity: { caller: { role: 'customer', userId }, claims: { iss } },
});

const acceptedOf = async (limit: RequestRateLimit, requests: readonly RateLimitedRequest[], rootFields = 1, signIns = 0): Promise<number> => {
  const decisions = [];
  for (const request of requests) decisions.push(await limit.check(request, { rootFields, signIns }));
  return decisions.filter(({ allowed }) => allowed).length;
};

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));

describe('the rate limit of requests', () => {
  it('counts anonymous requests by address', async () => {
    const limit = limitOf();
    expect(
      await acceptedOf(
        limit,
        times(15, () => anonymous()),
      ),
    ).toBe(10);
    expect((await limit.check(anonymous('203.0.113.2'), { rootFields: 1, signIns: 0 })).allowed).toBe(true);
  });

  it('counts users by who they are, from wherever, and apart from the anonymous of their address', async () => {
    const limit = limitOf();
    expect(
      await acceptedOf(
        limit,
        times(30, (index) => customer('7', 'https://a.example', `203.0.113.${index}`)),
      ),
    ).toBe(20);
    expect(await acceptedOf(limit, [customer('8'), customer('7', 'https://b.example'), anonymous()])).toBe(3);
  });

  it('counts what services do for a user apart from what the user does, and knows no other purposes', async () => {
    const limit = limitOf();
    const forPurpose = (purpose: string): RateLimitedRequest => ({
      ...anonymous(),
      identity: { caller: { role: 'customer', userId: '7' }, claims: { iss: 'https://a.example', purpose } },
    });
    const many = (purpose: string) => times(30, () => forPurpose(purpose));
    expect(await acceptedOf(limit, many('webhook'))).toBe(20);
    expect((await limit.checkCost(forPurpose('webhook'), 60)).allowed).toBe(true);
    expect((await limit.checkCost(forPurpose('webhook'), 60)).allowed).toBe(false);
    expect((await limit.checkCost(customer('7'), 60)).allowed).toBe(true);
    expect(await acceptedOf(limit, [...times(15, () => customer('7')), ...many('made-up'), ...many('other')])).toBe(20);
  });

  it('counts root fields, and one at least', async () => {
    expect(
      await acceptedOf(
        limitOf(),
        times(10, () => anonymous()),
        3,
      ),
    ).toBe(3);
    expect(
      await acceptedOf(
        limitOf(),
        times(15, () => anonymous()),
        0,
      ),
    ).toBe(10);
    expect(await acceptedOf(limitOf(), [anonymous()], 11)).toBe(0);
  });

  it('has no bypass: 1,000 forged X-Forwarded-For let through no more than without', async () => {
    const forged = times(1_000, (index) => anonymous('203.0.113.1', { forwardedFor: `198.51.${index % 256}.${index >> 8}` }));
    expect(await acceptedOf(limitOf(), forged)).toBe(10);
    const proxied = times(1_000, (index) => anonymous('10.0.0.1', { forwardedFor: `198.51.${index % 256}.${index >> 8}, 203.0.113.1` }));
    expect(await acceptedOf(limitOf(), proxied)).toBe(10);
  });

  it('tells apart the clients of a trusted proxy', async () => {
    expect(
      await acceptedOf(
        limitOf(),
        times(100, (index) => anonymous('10.0.0.1', { forwardedFor: `198.51.100.${index}` })),
      ),
    ).toBe(100);
  });

  it('counts sign-ins by address, each alias, signed in or not', async () => {
    expect(
      await acceptedOf(
        limitOf(),
        times(5, () => anonymous()),
        1,
        1,
      ),
    ).toBe(3);
    expect(
      await acceptedOf(
        limitOf(),
        times(5, (index) => customer(String(index))),
        1,
        1,
      ),
    ).toBe(3);
    const limit = limitOf('rateLimits: { signIn: { points: 99 } }');
    expect((await limit.check(anonymous(), { rootFields: 100, signIns: 100 })).allowed).toBe(false);
    expect((await limit.check(anonymous(), { rootFields: 1, signIns: 0 })).allowed).toBe(true);
    expect((await limit.check(anonymous('203.0.113.2'), { rootFields: 99, signIns: 99 })).allowed).toBe(true);
  });

  it('counts a client that has a limit, whoever uses it, and no other', async () => {
    const requests = (clientName: string) => times(8, (index) => anonymous(`203.0.113.${index}`, { clientName }));
    expect(await acceptedOf(limitOf(), requests('mobile'))).toBe(5);
    expect(await acceptedOf(limitOf(), requests('web'))).toBe(8);
    expect(await acceptedOf(limitOf(), requests('__proto__'))).toBe(8);
  });

  it('counts the estimated cost by caller', async () => {
    const limit = limitOf();
    expect((await limit.checkCost(customer('7'), 60)).allowed).toBe(true);
    expect((await limit.checkCost(customer('7', 'https://a.example', '203.0.113.2'), 60)).allowed).toBe(false);
    expect((await limit.checkCost(anonymous(), 60)).allowed).toBe(true);
  });

  it('answers with the standard headers, and a refusal in the form of GraphQL', async () => {
    const limit = limitOf();
    expect(await limit.check(anonymous(), { rootFields: 4, signIns: 1 })).toEqual({
      allowed: true,
      headers: { 'ratelimit-policy': '"anonymous";q=10;w=60, "sign-in";q=3;w=60', ratelimit: '"anonymous";r=6;t=60, "sign-in";r=2;t=60' },
    });
    const refused = await limit.check(anonymous(), { rootFields: 7, signIns: 1 });
    expect(refused).toEqual({
      allowed: false,
      headers: { 'ratelimit-policy': '"anonymous";q=10;w=60', ratelimit: '"anonymous";r=0;t=60', 'retry-after': '60' },
      body: { errors: [{ message: 'Too many requests. Try again in 60 s.', extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 60 } }] },
    });
  });

  it('can be switched off', async () => {
    const limit = limitOf('rateLimits: { enabled: false, anonymous: { points: 1 } }');
    expect(
      await acceptedOf(
        limit,
        times(50, () => anonymous()),
        100,
        100,
      ),
    ).toBe(50);
    expect(await limit.checkCost(anonymous(), Number.POSITIVE_INFINITY)).toEqual({ allowed: true, headers: {} });
  });
});
