import { composeServices } from '@apollo/composition';
import { ApolloGateway } from '@apollo/gateway';
import { StartupError } from '@supergraph/service/startup-error';
import { parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { readAuthorizationRules } from './read-authorization-rules.ts';
import type { Requirement } from './requirement.ts';
import { stripForApolloGateway } from './strip-for-apollo-gateway.ts';

const compose = (...subgraphs: string[]): string => {
  const services = subgraphs.map((sdl, index) => ({ name: `s${index}`, url: `http://127.0.0.1:1/${index}`, typeDefs: parse(sdl) }));
  const { supergraphSdl, errors } = composeServices(services);
  if (supergraphSdl === undefined) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return supergraphSdl;
};

const linking = (...imports: string[]): string =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key", "@shareable", ${imports.join(', ')}])`;

const supergraph = (links: string, sdl: string): string => `
  schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION) ${links} { query: Query }
  ${sdl}`;

const AUTHENTICATED = '@link(url: "https://specs.apollo.dev/authenticated/v0.1", for: SECURITY)';

const shown = (requirement: Requirement | undefined): unknown[] | undefined =>
  requirement?.map((condition) => (condition.kind === 'authenticated' ? 'authenticated' : { [condition.kind]: condition.anyOf }));

const rulesOf = (sdl: string): Record<string, unknown> => {
  const { types, fields } = readAuthorizationRules(sdl);
  return Object.fromEntries([...types, ...fields].map(([name, requirement]) => [name, shown(requirement)]));
};

describe('authorization rules', () => {
  test('are read from objects, fields, scalars and enums of a composed supergraph', () => {
    const sdl = compose(`${linking('"@authenticated"', '"@requiresScopes"', '"@policy"')}
      type Query { me: User @authenticated open: Int }
      type User @requiresScopes(scopes: [["b", "a"], ["c"]]) { secret: Secret kind: Kind @authenticated @policy(policies: [["works-here"]]) }
      scalar Secret @policy(policies: [["p", "q"], ["r"]])
      enum Kind @authenticated { A }`);
    expect(rulesOf(sdl)).toEqual({
      User: [{ requiresScopes: [['a', 'b'], ['c']] }],
      Secret: [{ policy: [['p', 'q'], ['r']] }],
      Kind: ['authenticated'],
      'Query.me': ['authenticated'],
      'User.kind': ['authenticated', { policy: [['works-here']] }],
    });
  });

  test('of two subgraphs must both hold', () => {
    const shared = (scope: string): string =>
      `${linking('"@requiresScopes"')} type Query { a: Int @shareable @requiresScopes(scopes: [["${scope}"]]) }`;
    expect(rulesOf(compose(shared('x'), shared('y')))).toEqual({ 'Query.a': [{ requiresScopes: [['x', 'y']] }] });
  });

  test('are found under another name (CVE-2025-64347)', () => {
    const sdl = compose(`${linking('{ name: "@authenticated", as: "@login" }')} type Query { a: Int @login }`);
    expect(sdl).toContain('a: Int @login');
    expect(rulesOf(sdl)).toEqual({ 'Query.a': ['authenticated'] });
  });

  test.each([
    ['a specification alias', '@link(url: "https://specs.apollo.dev/authenticated/v0.1", as: "auth", for: SECURITY)', '@auth'],
    ['a prefixed alias', '@link(url: "https://specs.apollo.dev/authenticated/v0.1", as: "auth", for: SECURITY)', '@auth__authenticated'],
    ['a prefix', AUTHENTICATED, '@authenticated__authenticated'],
    ['an import', '@link(url: "https://specs.apollo.dev/authenticated/v0.1", as: "x", import: ["@authenticated"])', '@authenticated'],
    ['a link without its purpose', '@link(url: "https://specs.apollo.dev/authenticated/v0.1")', '@authenticated'],
  ])('are found under %s', (_, link, used) => {
    expect(rulesOf(supergraph(link, `type Query { a: Int ${used} }`))).toEqual({ 'Query.a': ['authenticated'] });
  });

  test('that composition summed up on an interface are left to its implementations', () => {
    const sdl = compose(`${linking('"@authenticated"', '"@requiresScopes"')}
      type Query { node: Node }
      interface Node { id: ID! w: Int }
      type A implements Node @requiresScopes(scopes: [["x"]]) { id: ID! w: Int @authenticated }
      type B implements Node @requiresScopes(scopes: [["y"], ["z"]]) { id: ID! w: Int @requiresScopes(scopes: [["a", "b"], ["c"]]) }
      type C implements Node { id: ID! w: Int }`);
    expect(sdl).toMatch(/interface Node[^{]*@requiresScopes\(scopes: \[\["x", "y"\], \["x", "z"\]\]\)/);
    expect(Object.keys(rulesOf(sdl)).sort()).toEqual(['A', 'A.w', 'B', 'B.w']);
  });

  test('that an interface has beyond its implementations hold for each of them (CVE-2025-64530)', () => {
    const sdl = supergraph(
      AUTHENTICATED,
      'type Query { node: Node a: A } interface Node @authenticated { id: ID @authenticated } type A implements Node { id: ID } type B implements Node { id: ID }',
    );
    expect(Object.keys(rulesOf(sdl)).sort()).toEqual(['A', 'A.id', 'B', 'B.id', 'Node', 'Node.id']);
  });
});

describe('a supergraph is refused', () => {
  test.each([
    ['@authenticated', 'type Query { a: Int @authenticated }'],
    ['@requiresScopes', 'type Query { a: Int @requiresScopes(scopes: [["x"]]) }'],
    ['@authenticated__authenticated', 'type Query { a: Int @authenticated__authenticated }'],
    ['@federation__policy', 'type Query { a: Int @federation__policy(policies: [["x"]]) }'],
  ])('when it was stripped by hand: %s', (used, sdl) => {
    expect(() => readAuthorizationRules(supergraph('', sdl))).toThrow(`authorization directives present but not linked: the supergraph uses ${used}`);
  });

  test('when a renamed directive lost its link', () => {
    const sdl = compose(`${linking('{ name: "@authenticated", as: "@login" }')} type Query { a: Int @login }`);
    const stripped = sdl.replace(/^.*specs\.apollo\.dev\/authenticated.*\n/m, '');
    expect(() => readAuthorizationRules(stripped)).toThrow('the supergraph uses @login, which no @link declares');
  });

  test.each([
    ['https://specs.apollo.dev/context/v0.2', 'SECURITY'],
    ['https://specs.apollo.dev/connect/v0.2', 'EXECUTION'],
    ['https://specs.apollo.dev/authenticated/v0.2', 'SECURITY'],
    ['https://example.com/tenant/v1.0', 'SECURITY'],
    ['https://specs.apollo.dev/join/v0.9', 'EXECUTION'],
  ])('when it links %s for %s', (url, purpose) => {
    const act = (): unknown => readAuthorizationRules(supergraph(`@link(url: "${url}", for: ${purpose})`, 'type Query { a: Int }'));
    expect(act).toThrow(StartupError);
    expect(act).toThrow(`the supergraph links ${url}, which is for: ${purpose}`);
  });

  test('when a directive stands where it would protect nothing, or cannot be read', () => {
    expect(() => readAuthorizationRules(supergraph(AUTHENTICATED, 'type Query { a: Int } union U @authenticated = Query'))).toThrow('on U');
    const scopes = '@link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY)';
    expect(() => readAuthorizationRules(supergraph(scopes, 'type Query { a: Int @requiresScopes }'))).toThrow('on Query.a');
    expect(() => readAuthorizationRules(supergraph(scopes, 'type Query { a: Int @requiresScopes(scopes: [[1]]) }'))).toThrow('on Query.a');
  });

  test('but not for contexts, which the engine honours', () => {
    const sdl = compose(`${linking('"@context"', '"@fromContext"')}
      type Query { t: T } type T @context(name: "c") @key(fields: "id") { id: ID! name: String! u: U }
      type U @key(fields: "id") { id: ID! x(n: String @fromContext(field: "$c { name }")): Int }`);
    expect(sdl).toContain('https://specs.apollo.dev/context/v0.1');
    expect(rulesOf(sdl)).toEqual({});
    expect(() => readAuthorizationRules(sdl.replace('context/v0.1', 'context/v9.1'))).toThrow('https://specs.apollo.dev/context/v9.1');
  });

  test('but not for directives that are linked and harmless', () => {
    const sdl = compose(`${linking('"@tag"', '"@cost"', '"@listSize"', '"@inaccessible"')}
      type Query { a: [Int] @tag(name: "t") @cost(weight: 3) @listSize(assumedSize: 3) b: Int @inaccessible @deprecated }`);
    expect(rulesOf(sdl)).toEqual({});
  });
});

describe('the copy for ApolloGateway', () => {
  const sdl = compose(`${linking('{ name: "@authenticated", as: "@login" }', '"@requiresScopes"', '"@policy"', '"@tag"')}
    type Query { me: User @login @tag(name: "t") }
    type User @key(fields: "id") @requiresScopes(scopes: [["x"]]) { id: ID! secret: Secret }
    scalar Secret @policy(policies: [["p"]])`);

  const load = async (supergraphSdl: string): Promise<string> => {
    const gateway = new ApolloGateway({ supergraphSdl, logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} } });
    const { schema } = await gateway.load();
    await gateway.stop();
    return schema.getQueryType()?.toString() ?? '';
  };

  test('loads where the original does not', async () => {
    await expect(load(sdl)).rejects.toThrow(/is for: SECURITY but is unsupported/);
    await expect(load(stripForApolloGateway(sdl))).resolves.toBe('Query');
  });

  test('has no trace of them, and everything else', () => {
    const copy = stripForApolloGateway(sdl);
    expect(copy).not.toMatch(/login|authenticated|requiresScopes|policy|policies/i);
    expect(copy).toMatch(/@tag\(name: "t"\)/);
    expect(copy).toMatch(/@join__type\(graph: S0, key: "id"\)/);
    expect(rulesOf(copy)).toEqual({});
  });

  test('is the original when there is nothing to strip', () => {
    const plain = compose(`${linking('"@tag"')} type Query { a: Int }`);
    expect(stripForApolloGateway(plain)).toBe(plain);
  });
});
