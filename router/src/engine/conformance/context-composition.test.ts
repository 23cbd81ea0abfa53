import { composeServices } from '@apollo/composition';
import { ApolloGateway } from '@apollo/gateway';
import { buildSchema, printSchema } from 'graphql';
import { gql } from 'graphql-tag';
import { describe, expect, it } from 'vitest';
import { readAuthorizationRules } from '../../authorization/read-authorization-rules.ts';
import { assertNoContextArguments, stripForApolloGateway } from '../../authorization/strip-for-apollo-gateway.ts';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.14",
  import: ["@key", "@context", "@fromContext", "@external", "@shareable", "@interfaceObject", "@authenticated", "@requires", "@inaccessible"])`;

const composed = (...subgraphs: string[]) =>
  composeServices(subgraphs.map((sdl, index) => ({ name: `s${index}`, url: `http://s${index}.test/`, typeDefs: gql(`${LINK} ${sdl}`) })));
const supergraphOf = (...subgraphs: string[]): string => {
  const { supergraphSdl, errors } = composed(...subgraphs);
  if (supergraphSdl === undefined) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return supergraphSdl;
};

interface Parts {
  query?: string;
  owner?: string;
  childType?: string;
  argument?: string;
  more?: string;
}
const graphWith = ({
  query = 'owner: Owner',
  owner = '@context(name: "c")',
  childType = 'type Child @key(fields: "id")',
  argument = 'from: String @fromContext(field: "$c { name }")',
  more = '',
}: Parts = {}): string =>
  `type Query { ${query} } type Owner @key(fields: "id") ${owner} { id: ID! name: String! size: Int child: Child place: Place items: [Place] }
   type Place { x: Int } ${childType} { id: ID! told(${argument}): String } ${more}`;

describe('what does not compose is told by composition:', () => {
  const from = (selection: string, type = 'String'): Parts => ({ argument: `from: ${type} @fromContext(field: "${selection}")` });
  it.each<[string, string, Parts]>([
    ['an underscore in the name of a context', 'CONTEXT_NAME_INVALID', { owner: '@context(name: "own_er")', ...from('$own_er { name }') }],
    ['a context that is set nowhere in this subgraph', 'CONTEXT_NOT_SET', { owner: '' }],
    ['a selection without a context', 'NO_CONTEXT_IN_SELECTION', from('{ name }')],
    ['a value of another type', 'CONTEXT_INVALID_SELECTION', from('$c { size }')],
    ['an argument that does not take null', 'CONTEXT_INVALID_SELECTION', from('$c { name }', 'String!')],
    ['several fields', 'CONTEXT_INVALID_SELECTION', from('$c { name size }')],
    ['an alias', 'CONTEXT_INVALID_SELECTION', from('$c { n: name }')],
    ['a directive', 'CONTEXT_INVALID_SELECTION', from('$c { name @skip(if: false) }')],
    ['a list where one value is taken', 'CONTEXT_INVALID_SELECTION', from('$c { items { x } }', 'Int')],
    ['a type condition that never holds', 'CONTEXT_INVALID_SELECTION', from('$c ... on Place { x }', 'Int')],
    ['a default value', 'CONTEXT_NOT_SET', { argument: 'from: String = "x" @fromContext(field: "$c { name }")' }],
    ['a type without a key', 'CONTEXT_NO_RESOLVABLE_KEY', { childType: 'type Child' }],
    ['a type whose key is not resolvable', 'CONTEXT_NO_RESOLVABLE_KEY', { childType: 'type Child @key(fields: "id", resolvable: false)' }],
    ['an interface whose fields take it', 'CONTEXT_NOT_SET', { childType: 'interface Child @key(fields: "id")' }],
    [
      'a field of an interface',
      'CONTEXT_NOT_SET',
      { childType: 'type Child implements Named @key(fields: "id")', more: 'interface Named { told: String }' },
    ],
    ['a way on which nothing sets it', 'SATISFIABILITY_ERROR', { query: 'owner: Owner child: Child' }],
    [
      'a value that may not be seen by all who see the field',
      'MISSING_TRANSITIVE_AUTH_REQUIREMENTS',
      { owner: '@context(name: "c") @authenticated' },
    ],
  ])('%s', (_what, code, parts) => {
    expect(composed(graphWith(parts)).errors?.map(({ extensions }) => extensions['code'])).toContain(code);
  });

  it('a context of another subgraph', () => {
    const elsewhere = 'type Owner @key(fields: "id") @context(name: "c") { id: ID! title: String }';
    expect(composed(graphWith({ owner: '' }), elsewhere).errors?.map(({ extensions }) => extensions['code'])).toContain('CONTEXT_NOT_SET');
  });

  it('and nothing of what the other tests use', () => {
    expect(composed(graphWith()).errors).toBeUndefined();
  });
});

describe('the copy for ApolloGateway', () => {
  const sdl = supergraphOf(
    `type Query { owner: Owner kind: Kind } enum Kind { A B @inaccessible } union Any = Owner | Other type Other @authenticated { any: Any }
     type Owner @key(fields: "id") @context(name: "c") { id: ID! place: Place @external child: Child }
     type Place @shareable { x: Int } input Given { a: Int }
     type Child @key(fields: "id") { id: ID! told(from: Int @fromContext(field: "$c { place { x } }") given: Given): String far: Int @requires(fields: "near") near: Int @external }`,
    `type Owner @key(fields: "id") { id: ID! place: Place } type Place @shareable { x: Int y: Int } type Child @key(fields: "id") { id: ID! near: Int }
     interface Item @key(fields: "id") { id: ID! } type Book implements Item @key(fields: "id") { id: ID! } extend type Query { items: [Item] }`,
    'type Item @key(fields: "id") @interfaceObject { id: ID! stars: Int }',
  );
  const load = async (supergraphSdl: string): Promise<string> => {
    const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
    const gateway = new ApolloGateway({ supergraphSdl, logger: quiet, validateSupergraph: true });
    const { schema } = await gateway.load();
    await gateway.stop();
    return printSchema(schema);
  };

  it('loads where the original does not, and shows clients the whole schema', async () => {
    await expect(load(sdl)).rejects.toThrow(/context\/v0.1 is for: SECURITY but is unsupported/);
    const shown = buildSchema(await load(stripForApolloGateway(sdl)));
    expect(printSchema(shown)).toContain('told(given: Given): String');
    expect(
      Object.keys(shown.getTypeMap())
        .filter((name) => !name.startsWith('__'))
        .toSorted(),
    ).toEqual(['Any', 'Book', 'Boolean', 'Child', 'Given', 'ID', 'Int', 'Item', 'Kind', 'Other', 'Owner', 'Place', 'Query', 'String']);
    expect(printSchema(shown)).toContain('enum Kind {\n  A\n}');
    expect(stripForApolloGateway(sdl)).not.toMatch(/fromContext|@context|ContextFieldValue|authenticated/);
  });

  it('the original is served, its contexts being honoured; only not by ROUTER_ENGINE=apollo', () => {
    expect([...readAuthorizationRules(sdl).types.keys()]).toEqual(['Other']);
    expect(() => assertNoContextArguments(sdl)).toThrow('ROUTER_ENGINE=apollo');
    expect(() => assertNoContextArguments(supergraphOf('type Query { a: Int }'))).not.toThrow();
  });
});
