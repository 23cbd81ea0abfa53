import { type FastifyInstance, fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { addCors } from './cors.ts';

const STUDIO = 'https://studio.apollographql.com';

const serve = async (production: boolean, origins: string[] = []): Promise<FastifyInstance> => {
  const http = fastify();
  await addCors(http, { origins: () => origins, production });
  http.post('/graphql', () => ({}));
  return http;
};

const preflight = (http: FastifyInstance, origin: string) =>
  http.inject({
    method: 'OPTIONS',
    url: '/graphql',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,authorization,apollo-expose-query-plan',
      'access-control-request-private-network': 'true',
    },
  });

describe('CORS', () => {
  it.each([STUDIO, 'http://localhost:3000', 'http://127.0.0.1:8080', 'http://[::1]:3000'])('lets %s in during development', async (origin) => {
    const { headers, statusCode } = await preflight(await serve(false), origin);
    expect(statusCode).toBe(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'content-type,authorization,apollo-expose-query-plan',
      'access-control-max-age': '600',
      vary: expect.stringContaining('Origin'),
    });
    expect(headers['access-control-allow-private-network']).toBe(origin === STUDIO ? 'true' : undefined);
  });

  it.each(['https://evil.example', 'http://localhost.evil.example', 'https://studio.apollographql.com.evil.example', 'null'])(
    'keeps %s out',
    async (origin) => {
      const http = await serve(false);
      expect((await preflight(http, origin)).headers).not.toHaveProperty('access-control-allow-origin');
      const post = await http.inject({ method: 'POST', url: '/graphql', headers: { origin } });
      expect(post.headers).not.toHaveProperty('access-control-allow-origin');
    },
  );

  it('lets only the named origins in in production', async () => {
    const http = await serve(true, ['https://shop.example']);
    const named = await preflight(http, 'https://shop.example');
    expect(named.headers['access-control-allow-origin']).toBe('https://shop.example');
    expect(named.headers).not.toHaveProperty('access-control-allow-private-network');
    for (const origin of [STUDIO, 'http://localhost:3000'])
      expect((await preflight(http, origin)).headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('shows the request id to scripts', async () => {
    const { headers } = await (await serve(false)).inject({ method: 'POST', url: '/graphql', headers: { origin: STUDIO } });
    expect(headers['access-control-expose-headers']).toContain('x-request-id');
  });
});
