import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DomainError } from '@supergraph/errors';
import type { Caller } from '@supergraph/identity/caller';
import { ANONYMOUS_IDENTITY, type Identity } from '@supergraph/identity/identity';
import { INTERNAL_TOKEN_HEADER, internalHeaders, signInternalToken } from '@supergraph/identity/internal-token';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { StartupError } from './startup-error.ts';
import { createSubgraphServer, type SubgraphApp } from './subgraph-server.ts';

const SCHEMA = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key"])
  type Query { whoAmI: String!, lamp(sku: String!): Lamp, soldOut: Lamp, full: Lamp, broken: Lamp, wrongType: Int }
  type Subscription { lampLit: Lamp }
  type Lamp @key(fields: "sku") { sku: String!, watts(limit: Int!): Int }
`;
const KEY = 'k'.repeat(32);
const STAFF: Identity = { caller: { role: 'staff', userId: '1' }, scopes: [], claims: {} };
const SECRET = 'sesame at db.internal';

let folder: string;
let logged: Record<string, unknown>[];
let executed: number;
let app: SubgraphApp;
const released: string[] = [];

const resolvers = {
  Query: {
    whoAmI: (_: unknown, __: unknown, { caller }: { caller: Caller }) => {
      executed += 1;
      return caller.role;
    },
    lamp: (_: unknown, { sku }: { sku: string }) => ({ sku }),
    soldOut: () => {
      throw new DomainError('conflict', 'LAMP_SOLD_OUT', 'There is no lamp left.', { sku: 'L1', left: 0 });
    },
    full: () => {
      throw new DomainError('unavailable', 'SHOP_FULL', 'Come back later.', {}, new Error(SECRET));
    },
    broken: () => {
      throw new TypeError(SECRET);
    },
    wrongType: () => SECRET,
  },
  Lamp: { __resolveReference: ({ sku }: { sku: string }) => (sku === 'L1' ? { sku } : null) },
};

const create = (): Promise<SubgraphApp> =>
  createSubgraphServer({
    name: 'lamps',
    schemaFile: pathToFileURL(join(folder, 'schema.graphql')),
    resolvers,
    context: (caller) => ({ caller }),
    internalKey: KEY,
    logger: pino({ level: 'info' }, { write: (line) => void logged.push(JSON.parse(line)) }),
    readiness: async () => undefined,
    release: async () => void released.push('database'),
  });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'supergraph-schema-'));
  writeFileSync(join(folder, 'schema.graphql'), SCHEMA);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  logged = [];
  executed = 0;
  app = await create();
});
afterEach(() => app.close());

const send = (payload: string, headers: Record<string, string>, url = '/graphql') => app.http.inject({ method: 'POST', url, headers, payload });
const post = (content: string | object, identity = ANONYMOUS_IDENTITY) => {
  const payload = typeof content === 'string' ? content : JSON.stringify(content);
  return send(payload, internalHeaders(KEY, 'lamps', identity, payload));
};
const ask = async (query: string, identity?: Identity) => {
  const response = await post({ query }, identity);
  // biome-ignore lint/suspicious/noExplicitAny: the shape follows from the query beside it
  return { status: response.statusCode, text: response.body, ...response.json<{ data?: any; errors?: any[] }>() };
};

describe('a subgraph', () => {
  test('answers for the caller that the internal token names', async () => {
    expect((await ask('{ whoAmI }')).data).toEqual({ whoAmI: 'anonymous' });
    expect((await ask('{ whoAmI }', STAFF)).data).toEqual({ whoAmI: 'staff' });
  });

  test('is one for the router: it tells its SDL and resolves references', async () => {
    const query =
      '{ _service { sdl } _entities(representations: [{ __typename: "Lamp", sku: "L1" }, { __typename: "Lamp", sku: "L2" }]) { ... on Lamp { sku } } }';
    const { data } = await ask(query);
    expect(data._service.sdl).toContain('type Lamp');
    expect(data._entities).toEqual([{ sku: 'L1' }, null]);
  });
});

describe('a call without a good internal token', () => {
  const QUERIES = {
    'a field': '{ whoAmI }',
    'an entity': '{ _entities(representations: [{ __typename: "Lamp", sku: "L1" }]) { ... on Lamp { sku } } }',
    'the SDL': '{ _service { sdl } }',
    introspection: '{ __schema { types { name } } }',
  };
  const BODY = JSON.stringify({ query: QUERIES['a field'] });
  const JSON_TYPE = { 'content-type': 'application/json' };
  const sign = (changed: Partial<Parameters<typeof signInternalToken>[0]> = {}): Record<string, string> => ({
    ...JSON_TYPE,
    [INTERNAL_TOKEN_HEADER]: signInternalToken({ key: KEY, audience: 'lamps', identity: STAFF, body: BODY, ...changed }),
  });
  const good = sign();
  const [payload, mac] = (good[INTERNAL_TOKEN_HEADER] as string).split('.');

  test.each(Object.entries(QUERIES))('gets an empty 401 for %s, whatever Authorization it brings', async (_, query) => {
    for (const headers of [JSON_TYPE, { ...JSON_TYPE, authorization: 'Bearer a.b.c' }, { ...JSON_TYPE, 'apollo-require-preflight': '1' }]) {
      const response = await send(JSON.stringify({ query }), headers);
      expect([response.statusCode, response.body, executed]).toEqual([401, '', 0]);
    }
  });

  test.each<[string, string, Record<string, string>]>([
    ['a token that is over', BODY, sign({ now: Date.now() - 66_000 })],
    ['a token of the future', BODY, sign({ now: Date.now() + 60_000 })],
    ['a token for another service', BODY, sign({ audience: 'order' })],
    ['a token signed with the key of another', BODY, sign({ key: 'x'.repeat(32) })],
    ['a token for another body', BODY.replace('whoAmI', 'whoAmI whoAmI'), good],
    ['a token for the same body with one space more', `${BODY} `, good],
    ['a token without its MAC', BODY, { ...good, [INTERNAL_TOKEN_HEADER]: `${payload}.` }],
    ['a token with another content', BODY, { ...good, [INTERNAL_TOKEN_HEADER]: `e30.${mac}` }],
    ['an empty token', BODY, { ...good, [INTERNAL_TOKEN_HEADER]: '' }],
    ['its token under another name', BODY, { ...JSON_TYPE, x_internal_token: good[INTERNAL_TOKEN_HEADER] as string }],
    ['an access token', BODY, { ...JSON_TYPE, [INTERNAL_TOKEN_HEADER]: 'e30.e30.e30' }],
    ['no JSON', '{"query":', JSON_TYPE],
    ['no JSON, and a bad token', '{"query":', good],
    ['a body that is too large', 'x'.repeat(1_048_577), good],
    ['another type of body', BODY, { ...good, 'content-type': 'text/plain', [INTERNAL_TOKEN_HEADER]: 'e30.e30' }],
    ['no body', '', JSON_TYPE],
    ['no body, and a bad token', '', good],
    ['no body of no type, and a bad token', '', { [INTERNAL_TOKEN_HEADER]: 'e30.e30' }],
  ])('gets an empty 401: %s', async (_, body, headers) => {
    const response = await send(body, headers);
    expect([response.statusCode, response.body, executed]).toEqual([401, '', 0]);
    expect(logged).toEqual([]);
  });

  test('gets its 401 before its body is read when it brings no token at all', async () => {
    const port = await app.listen('127.0.0.1', 0);
    const unfinished = request({ port, host: '127.0.0.1', path: '/graphql', method: 'POST', headers: { ...JSON_TYPE, 'content-length': '1000000' } });
    const answered = once(unfinished, 'response');
    unfinished.on('error', () => undefined).flushHeaders();
    const [response] = (await answered) as [IncomingMessage];
    expect(response.statusCode).toBe(401);
    unfinished.destroy();
  });

  test('is served on the health routes, and told by 405 that there is nothing to GET', async () => {
    expect((await app.http.inject('/health/ready')).statusCode).toBe(200);
    for (const headers of [{}, good]) {
      const response = await app.http.inject({ method: 'GET', url: `/graphql?query=${encodeURIComponent('{ whoAmI }')}`, headers });
      expect([response.statusCode, response.headers['allow'], executed]).toEqual([405, 'POST', 0]);
    }
  });

  test('with the right token and the same bytes it is answered', async () => {
    expect((await send(BODY, good)).json()).toEqual({ data: { whoAmI: 'staff' } });
  });
});

describe("a rule's error", () => {
  test('goes out with its message, code, kind and details, beside where it happened', async () => {
    const { status, data, errors } = await ask('{ soldOut { sku } whoAmI }');
    expect({ status, data }).toEqual({ status: 200, data: { soldOut: null, whoAmI: 'anonymous' } });
    expect(errors).toEqual([
      {
        message: 'There is no lamp left.',
        locations: [{ line: 1, column: 3 }],
        path: ['soldOut'],
        extensions: { code: 'LAMP_SOLD_OUT', kind: 'CONFLICT', details: { sku: 'L1', left: 0 } },
      },
    ]);
    expect(logged).toEqual([]);
  });

  test('keeps its cause to the log', async () => {
    const { text, errors } = await ask('{ full { sku } }');
    expect(errors?.[0].extensions).toEqual({ code: 'SHOP_FULL', kind: 'UNAVAILABLE' });
    expect(text).not.toContain('sesame');
    expect(logged).toEqual([expect.objectContaining({ code: 'SHOP_FULL', err: expect.objectContaining({ message: SECRET }) })]);
  });
});

describe('an error nobody foresaw', () => {
  test('is masked with a reference that the log has too, without a stack trace', async () => {
    for (const query of ['{ broken { sku } }', '{ wrongType }']) {
      logged = [];
      const { status, text, errors } = await ask(query);
      const { reference } = errors?.[0].extensions ?? {};
      expect(status).toBe(200);
      expect(reference).toMatch(/^[\da-f-]{36}$/);
      expect(errors?.[0]).toMatchObject({
        message: `Something went wrong on our side. Quote the reference ${reference}.`,
        extensions: { code: 'INTERNAL_SERVER_ERROR', reference },
      });
      expect(Object.keys(errors?.[0].extensions)).toEqual(['code', 'reference']);
      expect(text).not.toMatch(/sesame|\.ts|at .*:\d+:\d+/);
      expect(logged).toEqual([
        expect.objectContaining({
          reference,
          err: expect.objectContaining({ message: expect.stringContaining(SECRET), stack: expect.stringContaining('at ') }),
        }),
      ]);
    }
  });

  test('has another reference each time', async () => {
    const references = [await ask('{ broken { sku } }'), await ask('{ broken { sku } }')].map(({ errors }) => errors?.[0].extensions.reference);
    expect(new Set(references).size).toBe(2);
  });
});

describe('a request that is not a good one', () => {
  test('says what is wrong with the operation', async () => {
    const codes = async (query: string) => {
      const { status, text, errors } = await ask(query);
      expect(text).not.toMatch(/stacktrace|node_modules/);
      return [status, errors?.[0].extensions.code];
    };
    expect(await codes('{ whoAmI')).toEqual([400, 'GRAPHQL_PARSE_FAILED']);
    expect(await codes('{ nothing }')).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
    expect((await post({ query: 'query ($sku: String!) { lamp(sku: $sku) { sku } }' })).json().errors[0].extensions).toEqual({
      code: 'BAD_USER_INPUT',
    });
    expect((await post({})).json().errors[0].extensions.code).toBe('BAD_REQUEST');
    expect(logged).toEqual([]);
  });

  test('is 400 for bad JSON and for several operations at once, and nothing at all beyond 1 MB, where no token can vouch for it', async () => {
    const answers = [await post('{"query":'), await post([{ query: '{ whoAmI }' }])];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([400, 400]);
    const tooLarge = await post({ query: '{ whoAmI }', padding: 'x'.repeat(1_048_576) });
    expect([tooLarge.statusCode, tooLarge.body]).toEqual([401, '']);
    for (const answer of answers) expect(answer.json().errors[0].extensions.code).toBe('BAD_REQUEST');
    expect(executed).toBe(0);
  });

  test('is 400 when it does not say which operation, says one that is not there, or subscribes', async () => {
    const requests = [
      { query: 'query A { whoAmI } query B { whoAmI }' },
      { query: '{ whoAmI } { whoAmI }' },
      { query: 'query A { whoAmI }', operationName: 'B' },
      { query: 'query A { whoAmI }', operationName: '__proto__' },
      { query: 'fragment F on Query { whoAmI }' },
      { query: 'subscription { lampLit { sku } }' },
      { query: 'query A { whoAmI } subscription B { lampLit { sku } }', operationName: 'B' },
      { query: 'mutation { whoAmI }' },
    ];
    for (const request of requests) {
      const response = await post(request);
      expect(response.statusCode, request.query).toBe(400);
      expect(response.json().errors[0].extensions.code, request.query).toMatch(/^(OPERATION_RESOLUTION_FAILURE|GRAPHQL_VALIDATION_FAILED)$/);
    }
    expect([executed, logged]).toEqual([0, []]);
  });

  test('is 415 when its body is no JSON by its own words', async () => {
    const body = JSON.stringify({ query: '{ whoAmI }' });
    const response = await send(body, { ...internalHeaders(KEY, 'lamps', STAFF, body), 'content-type': 'text/plain' });
    expect([response.statusCode, executed]).toEqual([415, 0]);
  });
});

describe('a subgraph process', () => {
  test('tells its port, refuses one that is taken, and lets go of what it holds when it closes', async () => {
    const port = await app.listen('127.0.0.1', 0);
    expect(logged).toContainEqual(expect.objectContaining({ msg: 'listening', port }));
    const other = await create();
    await expect(other.listen('127.0.0.1', port)).rejects.toThrow(StartupError);
    await expect(other.listen('127.0.0.1', port)).rejects.toThrow('lamps cannot listen');
    const before = released.length;
    await other.close();
    expect(released.length).toBe(before + 1);
    expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200);
  });
});
