import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../app.ts';
import type { StreamedResult } from '../../streams/operation-stream.ts';
import { makeFolder, removeFolder, routerStarter, type TestRouter } from '../../testing/router.ts';
import { startSubgraph, type TestSubgraph, writeSupergraph } from '../../testing/subgraphs.ts';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@tag", "@requiresScopes", "@inaccessible", "FieldSet"])';
const SHOP = `${LINK}
  type Query { me: User! users: [User!] }
  type Mutation { rename(name: String!): User }
  type User @key(fields: "id") { id: ID! name: String }`;
const REVIEWS = `${LINK}
  type User @key(fields: "id") { id: ID! score: Int secret: String @requiresScopes(scopes: [["staff"]]) hidden: Int @tag(name: "staff") hangs: Int broken: Int }`;

const reference = { __resolveReference: (user: object) => user };
const startRouter = routerStarter(createApp);
let folder: string;
let subgraphs: TestSubgraph[];
let router: TestRouter;

const SETTINGS = `
contracts:
  mobile:
    exclude: [staff]
requests: { timeoutMs: 4000 }
`;

beforeAll(async () => {
  folder = await makeFolder();
  const users = ['1', '2'].map((id) => ({ id, name: `user ${id}` }));
  subgraphs = [
    await startSubgraph('shop', SHOP, {
      Query: { me: () => users[0], users: () => users },
      Mutation: { rename: (_: unknown, { name }: { name: string }) => ({ id: '1', name }) },
      User: reference,
    }),
    await startSubgraph('reviews', REVIEWS, {
      User: {
        ...reference,
        score: ({ id }: { id: string }) => Number(id) * 10,
        secret: () => 'secret',
        hidden: () => 1,
        hangs: () => sleep(60_000, 1, { ref: false }),
        broken: () => {
          throw new Error('password of the database');
        },
      },
    }),
  ];
  const supergraphFile = join(folder, 'supergraph.graphql');
  const settingsFile = join(folder, 'router.yaml');
  await writeSupergraph(supergraphFile, subgraphs);
  await writeFile(settingsFile, SETTINGS);
  router = await startRouter(supergraphFile, { settingsFile });
  // What is asked first takes longer.
  await router.query('{ users { id score } }');
});
afterAll(async () => {
  await router.app.close();
  await Promise.all(subgraphs.map((subgraph) => subgraph.stop()));
  await removeFolder(folder);
});

const DEFERRED = 'multipart/mixed;deferSpec=20220824, application/json';

interface Parts {
  status: number;
  type: string;
  results: StreamedResult[];
}

const ask = async (query: string, variables: object = {}, path = '/graphql'): Promise<Parts> => {
  const response = await fetch(`${router.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: DEFERRED },
    body: JSON.stringify({ query, variables }),
  });
  const [type = '', text] = [response.headers.get('content-type') ?? '', await response.text()];
  const bodies = type.startsWith('multipart/mixed') ? text.split('\r\n---').map((part) => part.split('\r\n\r\n')[1]) : [text];
  const results = bodies.filter((body) => body !== undefined && body !== '').map((body) => JSON.parse(body ?? '') as StreamedResult);
  return { status: response.status, type, results };
};

const QUERY = '{ me { name ... @defer(label: "later") { score } } }';

describe('@defer through the router:', () => {
  it('an answer of several parts for whoever takes one', async () => {
    const { status, type, results } = await ask(QUERY);
    expect(status).toBe(200);
    expect(type).toMatch(/^multipart\/mixed/);
    expect(results).toEqual([
      { data: { me: { name: 'user 1' } }, hasNext: true },
      { incremental: [{ data: { score: 10 }, path: ['me'], label: 'later' }], hasNext: false },
    ]);
  });

  it('the same document whole for whoever does not, before and after', async () => {
    expect(await router.query(QUERY)).toEqual({ data: { me: { name: 'user 1', score: 10 } } });
    expect((await ask(QUERY)).results).toHaveLength(2);
    expect(await router.query(QUERY)).toEqual({ data: { me: { name: 'user 1', score: 10 } } });
  });

  it('by a variable: each outcome has its plan', async () => {
    const query = 'query ($later: Boolean!) { users { id ... @defer(if: $later) { score } } }';
    const whole = {
      users: [
        { id: '1', score: 10 },
        { id: '2', score: 20 },
      ],
    };
    expect((await ask(query, { later: false })).results).toEqual([expect.objectContaining({ data: whole })]);
    expect((await ask(query, { later: true })).results).toHaveLength(2);
    expect((await ask(query, { later: false })).results).toEqual([expect.objectContaining({ data: whole })]);
  });

  it('a mutation', async () => {
    const { results } = await ask('mutation { rename(name: "x") { name ... @defer { score } } }');
    expect(results).toEqual([
      { data: { rename: { name: 'x' } }, hasNext: true },
      { incremental: [{ data: { score: 10 }, path: ['rename'] }], hasNext: false },
    ]);
  });

  it('errors of parts are masked as any', async () => {
    const { results } = await ask('{ me { name ... @defer { broken } } }');
    const [patch] = results[1]?.incremental ?? [];
    expect(patch?.data).toEqual({ broken: null });
    expect(patch?.errors?.[0]?.path).toEqual(['me', 'broken']);
    expect(JSON.stringify(results)).not.toContain('password');
  });

  it('what the caller may not see is cut, and the rest answered whole', async () => {
    const { results } = await ask('{ me { name ... @defer { secret score } } }');
    expect(results[0]?.data).toEqual({ me: { name: 'user 1', secret: null, score: 10 } });
    expect(results[0]?.errors?.[0]?.path).toEqual(['me', 'secret']);
    expect(results).toHaveLength(1);
  });

  it('invalid documents are refused with 400, in both forms', async () => {
    const query = '{ me { ... @defer(label: "a") { id } ... @defer(label: "a") { name } } }';
    const { status, results } = await ask(query);
    expect(status).toBe(400);
    expect(results[0]?.errors?.[0]?.extensions?.['code']).toBe('GRAPHQL_VALIDATION_FAILED');
    expect((await router.query(query)).errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it('the deadline of the request holds for all parts', async () => {
    const begun = performance.now();
    const { results } = await ask('{ me { name ... @defer { hangs } } }');
    expect(performance.now() - begun).toBeLessThan(12_000);
    expect(results[0]).toEqual({ data: { me: { name: 'user 1' } }, hasNext: true });
    expect(JSON.stringify(results.slice(1))).toContain('"errors"');
    expect(results.at(-1)?.hasNext).toBe(false);
  });
});

describe('the schema tells @defer', () => {
  const ASK = '{ __schema { directives { name locations args { name defaultValue type { kind name ofType { name } } } } } }';

  it.each(['/graphql', '/mobile/graphql'])('by introspection at %s', async (path) => {
    const { data } = await router.query(ASK, {}, {}, path);
    const [defer] = data.__schema.directives.filter(({ name }: { name: string }) => name === 'defer');
    expect(defer).toEqual({
      name: 'defer',
      locations: ['FRAGMENT_SPREAD', 'INLINE_FRAGMENT'],
      args: [
        { name: 'if', defaultValue: 'true', type: { kind: 'NON_NULL', name: null, ofType: { name: 'Boolean' } } },
        { name: 'label', defaultValue: null, type: { kind: 'SCALAR', name: 'String', ofType: null } },
      ],
    });
  });

  it('contracts defer too, and hide what they hide', async () => {
    expect((await ask(QUERY, {}, '/mobile/graphql')).results).toHaveLength(2);
    expect((await ask('{ me { ... @defer { hidden } } }', {}, '/mobile/graphql')).status).toBe(400);
  });
});
