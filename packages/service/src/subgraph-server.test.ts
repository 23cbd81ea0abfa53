import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DomainError } from '@supergraph/errors';
import { ANONYMOUS, type Caller } from '@supergraph/identity/caller';
import { identityUnavailable, invalidAccessToken } from '@supergraph/identity/token-verifier';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { StartupError } from './startup-error.ts';
import { createSubgraphServer, type SubgraphApp } from './subgraph-server.ts';

const SCHEMA = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key"])
  type Query { whoAmI: String!, lamp(sku: String!): Lamp, soldOut: Lamp, full: Lamp, broken: Lamp, wrongType: Int }
  type Lamp @key(fields: "sku") { sku: String!, watts(limit: Int!): Int }
`;
const SECRET = 'sesame at db.internal';

let folder: string;
let logged: Record<string, unknown>[];
let executed: number;
let app: SubgraphApp;
const released: string[] = [];

const verifyToken = async (authorization: string | undefined): Promise<Caller> => {
  if (authorization === undefined) return ANONYMOUS;
  if (authorization === 'Bearer staff') return { role: 'staff', userId: '1' };
  if (authorization === 'Bearer later') throw identityUnavailable(new Error(SECRET));
  if (authorization === 'Bearer bug') throw new TypeError(SECRET);
  throw invalidAccessToken('it has expired');
};

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
    verifyToken,
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

const post = (payload: string | object, headers: Record<string, string> = {}) =>
  app.http.inject({ method: 'POST', url: '/graphql', headers: { 'content-type': 'application/json', ...headers }, payload });
const ask = async (query: string, token?: string) => {
  const response = await post({ query }, token === undefined ? {} : { authorization: `Bearer ${token}` });
  // biome-ignore lint/suspicious/noExplicitAny: the shape follows from the query beside it
  return { status: response.statusCode, text: response.body, ...response.json<{ data?: any; errors?: any[] }>() };
};

describe('a subgraph', () => {
  test('answers for the caller that the token names', async () => {
    expect((await ask('{ whoAmI }')).data).toEqual({ whoAmI: 'anonymous' });
    expect((await ask('{ whoAmI }', 'staff')).data).toEqual({ whoAmI: 'staff' });
  });

  test('is one for the router: it tells its SDL and resolves references', async () => {
    const query =
      '{ _service { sdl } _entities(representations: [{ __typename: "Lamp", sku: "L1" }, { __typename: "Lamp", sku: "L2" }]) { ... on Lamp { sku } } }';
    const { data } = await ask(query);
    expect(data._service.sdl).toContain('type Lamp');
    expect(data._entities).toEqual([{ sku: 'L1' }, null]);
  });

  test('refuses a bad token with 401 before anything is executed', async () => {
    const { status, data, errors } = await ask('{ whoAmI }', 'old');
    expect({ status, data, executed }).toEqual({ status: 401, data: undefined, executed: 0 });
    expect(errors).toEqual([
      { message: expect.stringContaining('it has expired'), extensions: { code: 'ACCESS_TOKEN_INVALID', kind: 'UNAUTHENTICATED' } },
    ]);
  });

  test('answers 503 when tokens cannot be checked, and logs why', async () => {
    const { status, text, errors } = await ask('{ whoAmI }', 'later');
    expect(status).toBe(503);
    expect(errors?.[0].extensions).toEqual({ code: 'IDENTITY_UNAVAILABLE', kind: 'UNAVAILABLE' });
    expect(text).not.toContain('sesame');
    expect(logged).toContainEqual(expect.objectContaining({ code: 'IDENTITY_UNAVAILABLE', err: expect.objectContaining({ message: SECRET }) }));
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

  test('is masked also when it happens before the operation', async () => {
    const { status, text, errors } = await ask('{ whoAmI }', 'bug');
    expect(status).toBe(500);
    expect(errors?.[0].extensions).toMatchObject({ code: 'INTERNAL_SERVER_ERROR', reference: expect.any(String) });
    expect(text).not.toContain('sesame');
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

  test('is 400 for bad JSON and for several operations at once, and 413 beyond 1 MB', async () => {
    const answers = [
      await post('{"query":'),
      await post([{ query: '{ whoAmI }' }]),
      await post({ query: '{ whoAmI }', padding: 'x'.repeat(1_048_576) }),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([400, 400, 413]);
    for (const answer of answers) expect(answer.json().errors[0].extensions.code).toBe('BAD_REQUEST');
    expect(executed).toBe(0);
  });

  test('is refused when a web page of somebody else could have sent it', async () => {
    const response = await app.http.inject({ method: 'GET', url: `/graphql?query=${encodeURIComponent('{ whoAmI }')}` });
    expect([response.statusCode, executed]).toEqual([400, 0]);
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
