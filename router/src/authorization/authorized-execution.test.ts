import { composeServices } from '@apollo/composition';
import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { ANONYMOUS_IDENTITY } from '@supergraph/identity/identity';
import { execute, type GraphQLResolveInfo, type GraphQLSchema, parse, print } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyDenials } from './apply-denials.ts';
import { authorizeOperation } from './authorize-operation.ts';
import { createPolicies } from './policies.ts';
import { type AuthorizationRules, readAuthorizationRules } from './read-authorization-rules.ts';
import { stripForApolloGateway } from './strip-for-apollo-gateway.ts';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.12",
  import: ["@key", "@requires", "@external", "@requiresScopes", { name: "@authenticated", as: "@login" }])`;

const SUBGRAPHS = {
  people: `${LINK}
    type Query { me: User sales: Int @login everybody: [Person!] find: [Found] }
    interface Person { id: ID! name: String }
    type User implements Person @key(fields: "id") { id: ID! name: String email: String! @login }
    type Spy implements Person @key(fields: "id") @requiresScopes(scopes: [["spies"]]) { id: ID! name: String }
    type City { zip: String }
    union Found = User | Spy | City`,
  orders: `${LINK}
    type User @key(fields: "id") {
      id: ID! email: String! @external total: Int @login
      receipt: String @requires(fields: "email") @login
      orders: [Order!]
    }
    type Order { number: ID! card: String! @login }`,
};

const USER = { __typename: 'User', id: '1', name: 'Ann', email: 'canary', total: 7, receipt: 'canary', orders: [{ number: '1', card: 'canary' }] };
const SPY = { __typename: 'Spy', id: 'canary', name: 'canary' };
const FOUND = [USER, SPY, { __typename: 'City', zip: '1000' }];

describe('a cut operation, planned and executed by ApolloGateway on a composed supergraph', () => {
  const requests: string[] = [];
  let gateway: ApolloGateway;
  let server: ApolloServer;
  let rules: AuthorizationRules;
  let schema: GraphQLSchema;

  const resolve = (source: Record<string, unknown> | undefined, _: unknown, __: unknown, { fieldName }: GraphQLResolveInfo): unknown =>
    source?.[fieldName] ?? { me: USER, everybody: [USER, SPY], find: FOUND }[fieldName];

  const subgraph = (typeDefs: string): GraphQLDataSource => {
    const built = buildSubgraphSchema([{ typeDefs: parse(typeDefs), resolvers: { User: { __resolveReference: () => USER } } }]);
    return {
      process: async ({ request }) => {
        requests.push(request.query ?? '');
        const document = parse(request.query ?? '');
        const result = await execute({
          schema: built,
          document,
          variableValues: request.variables ?? {},
          fieldResolver: resolve,
          typeResolver: (value: { __typename: string }) => value.__typename,
        });
        return JSON.parse(JSON.stringify(result));
      },
    };
  };

  beforeAll(async () => {
    const services = Object.entries(SUBGRAPHS).map(([name, sdl]) => ({ name, url: `http://${name}.test`, typeDefs: parse(sdl) }));
    const { supergraphSdl, errors } = composeServices(services);
    if (supergraphSdl === undefined) throw new Error(errors?.map(({ message }) => message).join('\n'));
    rules = readAuthorizationRules(supergraphSdl);
    const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    gateway = new ApolloGateway({
      supergraphSdl: stripForApolloGateway(supergraphSdl),
      logger: quiet,
      buildService: ({ name }) => subgraph(SUBGRAPHS[name as keyof typeof SUBGRAPHS]),
    });
    gateway.onSchemaLoadOrUpdate(({ apiSchema }) => {
      schema = apiSchema;
    });
    server = new ApolloServer({ gateway, logger: quiet, includeStacktraceInErrorResponses: false });
    await server.start();
  });

  afterAll(() => server.stop());

  const ask = async (text: string, scopes: string[] = []) => {
    requests.length = 0;
    const identity = { ...ANONYMOUS_IDENTITY, scopes };
    const document = parse(text);
    const policies = createPolicies({});
    const authorized = await authorizeOperation({ rules, schema, document, operationName: undefined, variables: {}, identity, policies });
    if (authorized.kind !== 'cut') throw new Error(authorized.kind);
    const query = authorized.document === undefined ? undefined : print(authorized.document);
    const response = query === undefined ? undefined : await server.executeOperation({ query });
    const result = response?.body.kind === 'single' ? response.body.singleResult : { data: {} };
    expect(result).not.toMatchObject({ errors: expect.anything() });
    const { data, errors } = applyDenials({ cut: authorized.cut, data: result.data, variables: {} });
    const answer = JSON.stringify(data);
    expect(answer).not.toContain('canary');
    return { answer, paths: errors.map(({ path }) => path?.join('.')), sent: requests.join('\n') };
  };

  test('leaves the denied field out of every subgraph request', async () => {
    const { answer, paths, sent } = await ask('{ me { mail: email name } }');
    expect([answer, paths]).toEqual(['{"me":null}', ['me.mail']]);
    expect(sent).not.toContain('email');
    expect(await ask('{ me { total name orders { number card } } }')).toMatchObject({
      answer: '{"me":{"total":null,"name":"Ann","orders":null}}',
      paths: ['me.total', 'me.orders.0.card'],
    });
    expect(requests.join('\n')).not.toMatch(/total|card/);
  });

  test('does not fetch what only a denied field requires', async () => {
    const { answer, sent } = await ask('{ me { receipt name } }');
    expect(answer).toBe('{"me":{"receipt":null,"name":"Ann"}}');
    expect(sent).not.toMatch(/email|receipt/);
  });

  test.each([
    ['an interface', '{ everybody { id } }', '{"everybody":null}', ['everybody.0.id']],
    ['a narrowed interface', '{ everybody { ... on User { name } } }', '{"everybody":[{"name":"Ann"},{}]}', []],
    ['an inline fragment', '{ everybody { ... on Spy { name } } }', '{"everybody":[{},{"name":null}]}', ['everybody.1.name']],
    ['a named fragment', '{ everybody { ...F } } fragment F on Spy { name }', '{"everybody":[{},{"name":null}]}', ['everybody.1.name']],
    [
      'a union',
      '{ find { ... on City { zip } ... on Spy { x: name } ... on Person { name } } }',
      '{"find":[{"name":null},{"x":null,"name":null},{"zip":"1000"}]}',
      ['find.0.name', 'find.1.x', 'find.1.name'],
    ],
  ])('is denied the same through %s (CVE-2025-64530)', async (_, text, expected, places) => {
    // What nobody denies keeps both identities on the cut path.
    const { answer, paths } = await ask(text.replace('{', '{ me { total }'));
    expect([answer, paths]).toEqual([expected.replace('{', '{"me":{"total":null},'), ['me.total', ...places]]);
  });

  test('makes no request when nothing is left', async () => {
    expect(await ask('{ sales n: sales }')).toEqual({ answer: '{"sales":null,"n":null}', paths: ['sales', 'n'], sent: '' });
  });

  test('is given whole to who has the scope', async () => {
    expect(await ask('{ sales everybody { __typename } find { ... on Spy { __typename } } }', ['spies'])).toMatchObject({ paths: ['sales'] });
    const document = parse('{ everybody { id name } find { ... on Spy { name } } }');
    const identity = { ...ANONYMOUS_IDENTITY, scopes: ['spies'] };
    const request = { rules, schema, document, operationName: undefined, variables: {}, identity, policies: createPolicies({}) };
    expect(authorizeOperation(request)).toMatchObject({ kind: 'allowed', document });
    expect(authorizeOperation({ ...request, identity: { ...identity, scopes: ['spy'] } })).toMatchObject({ kind: 'cut' });
  });
});
