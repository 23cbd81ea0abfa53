import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ANONYMOUS } from '@supergraph/identity/caller';
import { internalHeaders } from '@supergraph/identity/internal-token';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Child, startChild } from '../child.ts';

const SCHEMA = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key", "@shareable"])
  type Query { user(id: ID!): User users(first: Int = 20): UserConnection found: [Found!] }
  union Found = User | Parcel
  type Parcel { weight: Float! }
  enum Role { CUSTOMER STAFF }
  type User @key(fields: "id") @key(fields: "email") { id: ID! email: String! name: String! role: Role! createdAt: String! tags: [String!]! }
  type UserConnection { nodes: [User!]! edges: [UserEdge!]! pageInfo: PageInfo! }
  type UserEdge { node: User! cursor: String! }
  type PageInfo @shareable { hasNextPage: Boolean! endCursor: String }
`;
const KEY = 'k'.repeat(32);

const folder = mkdtempSync(join(tmpdir(), 'mock-subgraph-'));
let port: number;
let child: Child;

beforeAll(async () => {
  writeFileSync(join(folder, 'schema.graphql'), SCHEMA);
  port = await new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
  child = startChild({
    name: 'user',
    mainFile: fileURLToPath(new URL('mock-subgraph.ts', import.meta.url)),
    args: ['user', join(folder, 'schema.graphql')],
    env: { ...process.env, USER_PORT: String(port), USER_INTERNAL_KEY: KEY },
    url: `http://127.0.0.1:${port}`,
    onLine: () => undefined,
    onUnexpectedExit: () => undefined,
  });
  await child.ready();
});
afterAll(async () => {
  await child.stop(2_000);
  rmSync(folder, { recursive: true });
});

const ask = async (query: string, variables: unknown = {}) => {
  const body = JSON.stringify({ query, variables });
  const headers = internalHeaders(KEY, 'user', { caller: ANONYMOUS, scopes: [], claims: {} }, body);
  const answer = (await (await fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers, body })).json()) as Record<string, unknown>;
  expect(answer['errors']).toBeUndefined();
  return answer['data'] as Record<string, unknown>;
};

const USER = 'id email name role createdAt tags';

test('an entity is the same by every key, by its reference, and whenever it is asked for', async () => {
  const { user } = await ask(`{ user(id: "user-17") { ${USER} } }`);
  expect(user).toMatchObject({
    id: 'user-17',
    email: expect.stringMatching(/^\w+-17@example\.com$/),
    role: 'STAFF',
    createdAt: '2026-01-01T17:00:00.000Z',
  });
  const keys = [{ __typename: 'User', id: 'user-17' }];
  expect(await ask(`query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on User { ${USER} } } }`, { keys })).toEqual({
    _entities: [user],
  });
  const { email } = user as { email: string };
  const byEmail = [{ __typename: 'User', email }];
  expect(await ask(`query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on User { ${USER} } } }`, { keys: byEmail })).toEqual({
    _entities: [user],
  });
});

test('a connection has as many as asked for, the same under nodes and edges', async () => {
  const { users } = await ask('{ users(first: 2) { nodes { id name } edges { node { id name } cursor } pageInfo { hasNextPage } } }');
  const { nodes, edges } = users as { nodes: { id: string }[]; edges: { node: { id: string } }[] };
  expect(nodes).toHaveLength(2);
  expect(new Set(nodes.map(({ id }) => id)).size).toBe(2);
  expect(edges.map(({ node }) => node)).toEqual(nodes);
});

test('a union is one of its types, and a listed entity is the one that its key leads to', async () => {
  const { found } = await ask(`{ found { __typename ... on User { ${USER} } ... on Parcel { weight } } }`);
  const users = (found as { __typename: string; id: string }[]).filter(({ __typename }) => __typename === 'User');
  expect((found as unknown[]).length).toBe(3);
  expect(users.length).toBeGreaterThan(0);
  for (const { __typename, ...user } of users) expect(await ask(`{ user(id: "${user.id}") { ${USER} } }`)).toEqual({ user });
});
