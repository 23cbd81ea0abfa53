import { ANONYMOUS_IDENTITY } from '@supergraph/identity/identity';
import { createRateLimiter } from '@supergraph/identity/rate-limiter-factory';
import { createLogger } from '@supergraph/service/logging';
import fastify from 'fastify';
import { expect, test } from 'vitest';
import type { UseCases } from '../use-cases/use-cases.ts';
import { addWebhookRoutes } from './webhook-routes.ts';

test('a caller past the limit is told 429 and when to come back, whoever the others are', async () => {
  const http = fastify();
  await addWebhookRoutes(http, {
    // Nobody gets as far as a use case.
    useCases: { read: {} } as UseCases,
    verify: async (authorization) =>
      authorization === undefined ? ANONYMOUS_IDENTITY : { caller: { role: 'service', name: 'test' }, scopes: [], claims: {} },
    limiter: createRateLimiter({ name: 'test', points: 2, perSeconds: 60 }),
    logger: createLogger('test', 'silent'),
  });
  const ask = (remoteAddress: string) => http.inject({ url: '/webhooks/endpoints', remoteAddress });
  expect((await ask('192.0.2.1')).statusCode).toBe(401);
  expect((await ask('192.0.2.1')).headers['ratelimit']).toBe('"test";r=0;t=60');
  const refused = await ask('192.0.2.1');
  expect(refused.statusCode).toBe(429);
  expect(refused.json()).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect((await ask('192.0.2.2')).statusCode).toBe(401);
});
