import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const ROUTES = [
  'GET /',
  'POST /sessions',
  'DELETE /sessions/current',
  'POST /users',
  'GET /users/me',
  'PATCH /users/me',
  'GET /users/{id}',
  'GET /categories',
  'POST /categories',
  'GET /categories/{slug}',
  'PATCH /categories/{slug}',
  'DELETE /categories/{slug}',
  'GET /categories/{slug}/products',
  'GET /products',
  'POST /products',
  'GET /products/{sku}',
  'PATCH /products/{sku}',
  'GET /orders',
  'POST /orders',
  'GET /orders/{number}',
  'GET /orders/{number}/items',
  'POST /orders/{number}/pay',
  'POST /orders/{number}/cancel',
  'POST /orders/{number}/ship',
  'GET /operations/{id}',
];

interface Operation {
  operationId: string;
  responses: Record<string, { content?: Record<string, object> }>;
}
const operations = async (): Promise<[string, Operation][]> => {
  const { body } = await api.ask(undefined, 'GET', '/openapi.json');
  expect(body.openapi).toBe('3.1.0');
  return Object.entries<Record<string, Operation>>(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [`${method.toUpperCase()} ${path}`, operation]),
  );
};

test('every route and no other is documented, by an id of its own', async () => {
  const documented = await operations();
  expect(documented.map(([route]) => route).sort()).toEqual([...ROUTES].sort());
  expect(new Set(documented.map(([, { operationId }]) => operationId)).size).toBe(ROUTES.length);
});

test('every answer is HAL, a problem, or empty', async () => {
  for (const [route, { responses }] of await operations())
    for (const [status, { content }] of Object.entries(responses)) {
      const expected = Number(status) >= 400 ? ['application/problem+json'] : status === '204' || status === '304' ? [] : ['application/hal+json'];
      expect(Object.keys(content ?? {}), `${route} ${status}`).toEqual(expected);
    }
});

test('the committed document is the one that is served, and the check says so', async () => {
  const committed = JSON.parse(await readFile(new URL('../../openapi.json', import.meta.url), 'utf8'));
  expect((await api.ask(undefined, 'GET', '/openapi.json')).body).toEqual(committed);
  const script = fileURLToPath(new URL('write-openapi.ts', import.meta.url));
  await promisify(execFile)(process.execPath, [script, '--check']);
});

test('the reference is read without a request to anywhere else', async () => {
  const page = await fetch(`${api.url}/docs`);
  expect([page.status, page.headers.get('content-type')?.split(';')[0]]).toEqual([200, 'text/html']);
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toMatch(/https?:\/\/|\*/);
  const html = await page.text();
  const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, asset = '']) => asset);
  expect(assets.length).toBeGreaterThan(3);
  for (const asset of assets) {
    expect(asset).not.toMatch(/^(https?:)?\/\//);
    const answer = await fetch(new URL(asset, `${api.url}/docs/`));
    expect(answer.status, asset).toBe(200);
    await answer.arrayBuffer();
  }
});
