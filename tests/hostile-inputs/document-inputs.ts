import { randomUUID } from 'node:crypto';
import { type Answer, get, type HostileInput, post, query } from './input.ts';

const PREFLIGHT = { 'apollo-require-preflight': 'true' };
const BOMB_MS = 20;

const limited = (name: string, text: string | (() => string), code: string | readonly string[], withinMs?: number): HostileInput => ({
  name,
  send: (target) => query(typeof text === 'string' ? text : text())(target),
  status: 400,
  code,
  ...(withinMs === undefined ? {} : { withinMs }),
});

const invalid = (name: string, text: string): HostileInput => limited(name, text, 'GRAPHQL_VALIDATION_FAILED');

const repeat = (count: number, item: (index: number) => string): string => Array.from({ length: count }, (_, index) => item(index)).join(' ');

/** Each fragment spreads the next one twice, so that `levels` of them make 2^levels fields; a new name each time, against remembered answers. */
const bomb = (levels: number, leaf: string) => (): string => {
  const name = `Bomb${randomUUID().slice(0, 8)}`;
  const spread = (index: number): string => `fragment F${index} on Product { a: related { ...F${index + 1} } b: related { ...F${index + 1} } }`;
  return `query ${name} { product(sku: "A-1") { ...F0 } } ${repeat(levels, spread)} fragment F${levels} on Product { ${leaf} }`;
};

const spreadOnly = (levels: number): string =>
  `{ product(sku: "A-1") { ...F0 } } ${repeat(levels, (index) => `fragment F${index} on Product { ...F${index + 1} ...F${index + 1} }`)} fragment F${levels} on Product { name }`;

const nested = (depth: number, open: string, inside: string): string => `${open.repeat(depth)}${inside}${'}'.repeat(depth)}`;

const inline = (depth: number): string => (depth === 0 ? 'name' : `related { ... on Product { ${inline(depth - 1)} } }`);

/** An answer that names nothing of the schema that was not asked for. */
const noSuggestion = ({ body }: Answer): string | undefined => (/did you mean/i.test(body) ? 'it suggests names' : undefined);

const TOO_DEEP = ['MAX_DEPTH_LIMIT', 'MAX_TOKENS_LIMIT'];
const TOO_MANY = ['MAX_EXPANDED_SELECTIONS_LIMIT', 'MAX_ALIASES_LIMIT', 'MAX_DEPTH_LIMIT'];

const SIZES: readonly HostileInput[] = [
  limited('a bomb of 2^14 fields', bomb(14, 'name'), TOO_MANY, BOMB_MS),
  limited('a bomb of 2^18 fields', bomb(18, 'name'), TOO_MANY, BOMB_MS),
  limited('a bomb of 2^24 fields', bomb(24, 'name'), TOO_MANY, BOMB_MS),
  limited('2^60 spreads of one field', () => `${spreadOnly(60)} # ${randomUUID()}`, TOO_MANY, BOMB_MS),
  limited('1,000 aliases of a root field', `{ ${repeat(1_000, (index) => `a${index}: product(sku: "A-1") { name }`)} }`, [
    'MAX_TOKENS_LIMIT',
    'MAX_ALIASES_LIMIT',
  ]),
  limited('100 aliases', `{ ${repeat(100, (index) => `a${index}: __typename`)} }`, ['MAX_ALIASES_LIMIT', 'MAX_ROOT_FIELDS_LIMIT']),
  limited('100 sign-ins at once', `mutation { ${repeat(100, (index) => `a${index}: rename(sku: "A-1", name: "${index}") { name }`)} }`, [
    'MAX_ALIASES_LIMIT',
    'MAX_ROOT_FIELDS_LIMIT',
  ]),
  limited('10,000 aliases', `{ ${repeat(10_000, (index) => `a${index}: __typename`)} }`, 'MAX_TOKENS_LIMIT', 100),
  limited('25 root fields', `{ ${repeat(25, (index) => `a${index}: __typename`)} }`, ['MAX_ROOT_FIELDS_LIMIT', 'MAX_ALIASES_LIMIT']),
  limited('depth 16', `{ product(sku: "A-1") { ${nested(15, 'related { ', 'name')} } }`, 'MAX_DEPTH_LIMIT'),
  limited('depth 500', `{ product(sku: "A-1") { ${nested(500, 'related { ', 'name')} } }`, TOO_DEEP, 100),
  limited('depth 10,000', `{ product(sku: "A-1") { ${nested(10_000, 'related { ', 'name')} } }`, TOO_DEEP, 100),
  limited('depth 17 by fragments', `{ product(sku: "A-1") { ...A } } fragment A on Product { ${inline(15)} }`, 'MAX_DEPTH_LIMIT'),
  limited('50,000 nested lists', `{ product(sku: ${'['.repeat(50_000)}${']'.repeat(50_000)}) { name } }`, TOO_DEEP, 200),
  limited('60 directives', `{ product(sku: "A-1") { name ${repeat(60, () => '@include(if: true)')} } }`, [
    'MAX_DIRECTIVES_LIMIT',
    'GRAPHQL_VALIDATION_FAILED',
  ]),
  limited('10,000 directives', `{ __typename ${repeat(10_000, () => '@a')} }`, 'MAX_TOKENS_LIMIT', 100),
  limited('10,000 unknown fields', `{ ${repeat(10_000, (index) => `f${index}`)} }`, ['MAX_TOKENS_LIMIT', 'MAX_ROOT_FIELDS_LIMIT'], 100),
  limited('5,000 times the same field', `{ ${repeat(5_000, () => 'product(sku: "A-1") { name }')} }`, 'MAX_TOKENS_LIMIT', 100),
  limited(
    '100 times 12 inline fragments',
    `{ product(sku: "A-1") { ${repeat(100, () => `... { ${repeat(12, () => '... { name }')} }`)} } }`,
    'MAX_TOKENS_LIMIT',
    100,
  ),
  limited(
    '1,200 selections without an alias',
    `{ product(sku: "A-1") { ${repeat(35, () => 'related { ...R }')} } } fragment R on Product { ${repeat(35, () => 'name')} }`,
    ['MAX_EXPANDED_SELECTIONS_LIMIT', 'MAX_TOKENS_LIMIT'],
  ),
  limited('200 variables', `query (${repeat(200, (index) => `$v${index}: ID`)}) { __typename }`, [
    'MAX_VARIABLES_LIMIT',
    'GRAPHQL_VALIDATION_FAILED',
  ]),
  limited('10,000 variables', `query (${repeat(10_000, (index) => `$v${index}: ID`)}) { __typename }`, 'MAX_TOKENS_LIMIT', 100),
  { name: '200 KB of comments', send: query(`{ __typename } ${'#x\n'.repeat(60_000)}`), status: [200, 400], withinMs: 200 },
];

const LISTS: readonly HostileInput[] = [
  limited('first: 99999999', '{ products(first: 99999999) { name } }', 'MAX_LIST_SIZE_LIMIT'),
  limited('first: 101', '{ products(first: 101) { name } }', 'MAX_LIST_SIZE_LIMIT'),
  {
    name: 'first: 101 by a variable',
    send: query('query ($n: Int) { products(first: $n) { name } }', { n: 101 }),
    status: 400,
    code: 'MAX_LIST_SIZE_LIMIT',
  },
  {
    name: 'first: 2^31 by a variable',
    send: query('query ($n: Int) { products(first: $n) { name } }', { n: 2 ** 31 }),
    status: 400,
    code: ['BAD_USER_INPUT', 'MAX_LIST_SIZE_LIMIT'],
  },
  limited('first: 2^31', '{ products(first: 2147483648) { name } }', ['GRAPHQL_VALIDATION_FAILED', 'MAX_LIST_SIZE_LIMIT']),
  limited('first: 1e400', '{ products(first: 1e400) { name } }', ['GRAPHQL_VALIDATION_FAILED', 'MAX_LIST_SIZE_LIMIT']),
  limited(
    'lists inside lists inside lists',
    '{ products(first: 100) { relatives(first: 100) { relatives(first: 100) { name } } } }',
    'COST_LIMIT_EXCEEDED',
  ),
  limited(
    'a fan-out over two subgraphs',
    `{ products(first: 100) { orders(first: 100) { product { orders(first: 100) { number } } } } }`,
    'COST_LIMIT_EXCEEDED',
  ),
];

const VARIABLES: readonly HostileInput[] = [
  {
    name: 'a variable of the wrong type',
    send: query('query ($sku: ID!) { product(sku: $sku) { name } }', { sku: { a: 1 } }),
    status: 400,
    code: 'BAD_USER_INPUT',
  },
  { name: 'a variable that is missing', send: query('query ($sku: ID!) { product(sku: $sku) { name } }'), status: 400, code: 'BAD_USER_INPUT' },
  {
    name: 'an input object 5,000 deep',
    send: query('query ($f: Filter) { search(filter: $f) { name } }', { f: JSON.parse(`${'{"and":['.repeat(5_000)}{}${']}'.repeat(5_000)}`) }),
    status: 400,
    code: ['BAD_USER_INPUT', 'MAX_DEPTH_LIMIT'],
  },
  {
    name: 'variables of 100 KB',
    send: query('query ($sku: ID!) { product(sku: $sku) { name } }', { sku: 'x'.repeat(100_000) }),
    status: 400,
    code: 'MAX_VARIABLES_BYTES_LIMIT',
  },
  {
    name: 'an operation called __proto__',
    send: post({ query: '{ __typename }', operationName: '__proto__' }),
    status: 400,
    code: 'OPERATION_RESOLUTION_FAILURE',
  },
  {
    name: 'an operation called constructor',
    send: post({ query: 'query a { __typename }', operationName: 'constructor' }),
    status: 400,
    code: 'OPERATION_RESOLUTION_FAILURE',
  },
  {
    name: 'two operations and no name',
    send: query('query a { __typename } query b { __typename }'),
    status: 400,
    code: 'OPERATION_RESOLUTION_FAILURE',
  },
];

const DOCUMENTS: readonly HostileInput[] = [
  limited('half a document', '{', 'GRAPHQL_PARSE_FAILED'),
  limited('NUL in a document', '{ __type\0name }', 'GRAPHQL_PARSE_FAILED'),
  {
    name: 'half a document, for a client of application/json',
    send: post({ query: '{' }, { accept: 'application/json' }),
    status: 200,
    code: 'GRAPHQL_PARSE_FAILED',
  },
  {
    name: 'a limit, for a client of application/json',
    send: post({ query: bomb(14, 'name')() }, { accept: 'application/json' }),
    status: 400,
    code: TOO_MANY,
  },
  { ...invalid('a field that nearly exists', '{ produkt(sku: "A-1") { name } }'), verify: noSuggestion },
  { ...invalid('a type that nearly exists', '{ product(sku: "A-1") { ... on Produkt { name } } }'), verify: noSuggestion },
  { ...invalid('an argument that nearly exists', '{ product(skus: "A-1") { name } }'), verify: noSuggestion },
  limited('fragments in a circle', '{ product(sku: "A-1") { ...A } } fragment A on Product { ...B } fragment B on Product { ...A }', [
    'GRAPHQL_VALIDATION_FAILED',
    ...TOO_MANY,
  ]),
  invalid('a fragment nobody uses', '{ __typename } fragment A on Product { name }'),
  invalid('a fragment twice', '{ product(sku: "A-1") { ...A } } fragment A on Product { name } fragment A on Product { sku }'),
  invalid('a variable nobody declared', '{ product(sku: $sku) { name } }'),
  invalid('a directive nobody knows', '{ __typename @nope }'),
  {
    name: 'introspection',
    send: query('{ __schema { types { name } } }'),
    status: 400,
    code: ['GRAPHQL_VALIDATION_FAILED', 'INTROSPECTION_DISABLED'],
  },
  {
    name: 'introspection of one type',
    send: query('{ __type(name: "Product") { fields { name } } }'),
    status: 400,
    code: ['GRAPHQL_VALIDATION_FAILED', 'INTROSPECTION_DISABLED'],
  },
  invalid('the subgraph entry _service', '{ _service { sdl } }'),
  invalid('the subgraph entry _entities', '{ _entities(representations: []) { __typename } }'),
  limited('a subscription', 'subscription { products { name } }', ['SUBSCRIPTION_NOT_SUPPORTED', 'OPERATION_RESOLUTION_FAILURE']),
  limited('a schema definition', 'type Query { a: Int }', ['GRAPHQL_VALIDATION_FAILED', 'OPERATION_RESOLUTION_FAILURE']),
  { name: 'a bomb by GET', send: get({ query: bomb(14, 'name')() }, PREFLIGHT), status: 400, code: TOO_MANY },
  {
    name: 'an unknown persisted query',
    send: post({ extensions: { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } } }),
    status: [200, 400],
    code: ['PERSISTED_QUERY_NOT_FOUND', 'PERSISTED_QUERY_NOT_SUPPORTED', 'BAD_REQUEST'],
  },
  {
    name: 'a persisted query of another text',
    send: post({ query: '{ __typename }', extensions: { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } } }),
    status: 400,
    code: ['BAD_REQUEST', 'PERSISTED_QUERY_NOT_SUPPORTED'],
  },
];

const NAMES: readonly HostileInput[] = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'].map(
    (name): HostileInput => ({
      name: `an alias ${name}`,
      send: query(`{ ${name}: product(sku: "A-1") { ${name}: name } }`),
      status: 200,
      verify: ({ body }) => (body.includes(`"data":{"${name}":{"${name}":"Lantern"}}`) ? undefined : `the data is not there: ${body.slice(0, 200)}`),
    }),
  ),
  { name: 'a subgraph that fails with a secret', send: query('{ broken }'), status: 200, code: 'INTERNAL_SERVER_ERROR' },
  {
    name: 'a subgraph that answers with prototypes',
    send: query('{ poisoned { name } }'),
    status: 200,
    verify: ({ body }) => (body.includes('pwned') ? 'what was not asked for came through' : undefined),
  },
];

export const DOCUMENT_INPUTS: readonly HostileInput[] = [...SIZES, ...LISTS, ...VARIABLES, ...DOCUMENTS, ...NAMES];
