import { join } from 'node:path';
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from './app.ts';
import { makeFolder, removeFolder, routerStarter, type TestRouter } from './testing/router.ts';
import { startSubgraph, type TestSubgraph, writeSupergraph } from './testing/subgraphs.ts';

const SHOP = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key", "@authenticated", "@requiresScopes", "@policy"])
  type Query { lamps: [Lamp!]! till: Int! @requiresScopes(scopes: [["till:read"]]) }
  type Mutation { light: Boolean dim: Boolean @authenticated }
  type Lamp @key(fields: "id") { id: ID! cost: Int @policy(policies: [["works-here"]]) owner: String @authenticated }`;

let dimmed = 0;
let lampsAsked = 0;
const shop = {
  Query: { lamps: () => [{ id: String(Math.sign(++lampsAsked)), cost: 3, owner: 'canary' }], till: () => 100 },
  Mutation: { light: () => true, dim: () => Boolean(++dimmed) },
};
const QUERY = '{ lamps { id cost price: cost owner } }';

const startRouter = routerStarter(createApp);
let folder: string;
let subgraph: TestSubgraph;
let routers: Record<'supergraph' | 'apollo', TestRouter>;
let bearer: (role: string, scope?: string, more?: Record<string, unknown>) => Promise<{ authorization: string }>;

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA');
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'EdDSA' }] });
  const tokenIssuers = [{ issuer: 'https://test', audience: 'test', keys }];
  bearer = async (role, scope = '', more = {}) => {
    const token = new SignJWT({ ...more, role, scope })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'k' })
      .setSubject('u')
      .setIssuer('https://test')
      .setAudience('test');
    return { authorization: `Bearer ${await token.setExpirationTime('5m').sign(privateKey)}` };
  };
  folder = await makeFolder();
  subgraph = await startSubgraph('shop', SHOP, shop);
  const file = join(folder, 'supergraph.graphql');
  await writeSupergraph(file, [subgraph]);
  const [supergraph, apollo] = await Promise.all([startRouter(file, { tokenIssuers }), startRouter(file, { tokenIssuers, engine: 'apollo' })]);
  routers = { supergraph, apollo };
});
afterAll(async () => {
  await Promise.all(Object.values(routers).map(({ app }) => app.close()));
  await subgraph.stop();
  await removeFolder(folder);
});

const codesOf = ({ errors = [] }: { errors?: { extensions: { code: string } }[] }): string[] => errors.map(({ extensions }) => extensions.code);

describe.each(['supergraph', 'apollo'] as const)('with the engine %s', (engine) => {
  it('the same operation gives each caller what that caller may see, in whatever order they come', async () => {
    const { query } = routers[engine];
    const [staff, customer] = [await bearer('STAFF'), await bearer('CUSTOMER')];
    for (let round = 0; round < 3; round++) {
      expect((await query(QUERY)).data).toEqual({ lamps: [{ id: '1', cost: null, price: null, owner: null }] });
      expect((await query(QUERY, staff)).data).toEqual({ lamps: [{ id: '1', cost: 3, price: 3, owner: 'canary' }] });
      const forCustomers = await query(QUERY, customer);
      expect(forCustomers.data).toEqual({ lamps: [{ id: '1', cost: null, price: null, owner: 'canary' }] });
      expect(forCustomers.errors.map(({ path }: { path: unknown }) => path)).toEqual([
        ['lamps', 0, 'cost'],
        ['lamps', 0, 'price'],
      ]);
    }
  });

  it('a field that may not be null takes its holder with it', async () => {
    const answer = await routers[engine].query('{ till lamps { id } }', await bearer('CUSTOMER', 'orders:write'));
    expect([answer.data, codesOf(answer)]).toEqual([null, ['UNAUTHORIZED_FIELD_OR_TYPE']]);
    expect((await routers[engine].query('{ till }', await bearer('CUSTOMER', 'orders:write till:read'))).data).toEqual({ till: 100 });
  });

  it('a dry run under a delegated token tells everything that is refused, and runs nothing', async () => {
    const dryRun = async (query: string, more: Record<string, unknown> = { purpose: 'webhook' }) => {
      const [before, asked] = [dimmed, lampsAsked];
      const headers = { ...(await bearer('CUSTOMER', '', more)), 'x-dry-run': 'true' };
      const answer = await routers[engine].query(query, headers);
      return { ...answer, ran: dimmed > before || lampsAsked > asked };
    };
    const denied = await dryRun('query ($yes: Boolean = true) { lamps { cost owner ...F @skip(if: $yes) } } fragment F on Lamp { price: cost }');
    expect(denied).toMatchObject({ data: null, ran: false });
    expect(denied.errors.map(({ path, extensions }: { path: string[]; extensions: { code: string } }) => [path.join('.'), extensions.code])).toEqual([
      ['lamps.cost', 'UNAUTHORIZED_FIELD_OR_TYPE'],
      ['lamps.price', 'UNAUTHORIZED_FIELD_OR_TYPE'],
    ]);
    expect(await dryRun('{ lamps { id owner } }')).toEqual({ data: null, ran: false });
    expect(await dryRun('mutation { dim }')).toEqual({ data: null, ran: false });
    expect(codesOf(await dryRun('{ lamps { weight } }'))).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    for (const more of [{}, { purpose: 'made-up' }])
      expect(await dryRun('{ lamps { owner } }', more)).toEqual({ data: { lamps: [{ owner: 'canary' }] }, ran: true });
  });

  it('a mutation is refused whole, and nothing of it happens', async () => {
    const before = dimmed;
    const answer = await routers[engine].query('mutation { light dim }');
    expect([answer.data, codesOf(answer)]).toEqual([null, ['UNAUTHORIZED_FIELD_OR_TYPE']]);
    expect(dimmed).toBe(before);
  });
});
