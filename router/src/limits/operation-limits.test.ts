import { buildSchema, getIntrospectionQuery, parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { createOperationInspector, createOperationLimits, DEFAULT_OPERATION_LIMITS } from './operation-limits.ts';

const SCHEMA = buildSchema(`
  directive @mark repeatable on FIELD
  type Query { me: User user(id: ID, ids: [ID], filter: Filter): User login: Int a: Int }
  input Filter { and: Filter ids: [[ID]] }
  type User { id: ID name: String friends: [User] }
`);

const times = (count: number, text: (index: number) => string): string => Array.from({ length: count }, (_, index) => text(index)).join(' ');

/** `count` fragments, each spreading the next one twice under two aliases. */
const aliasedBomb = (count: number): string =>
  `{me{...F0}} ${times(count, (i) => `fragment F${i} on User{a:friends{...F${i + 1}}b:friends{...F${i + 1}}}`)} fragment F${count} on User{id}`;

/** `count` fragments, each spreading the next one twice side by side. */
const spreadBomb = (count: number): string =>
  `{me{...F0}} ${times(count, (i) => `fragment F${i} on User{...F${i + 1} ...F${i + 1}}`)} fragment F${count} on User{id}`;

const nested = (levels: number): string => `${'{me'}${'{friends'.repeat(levels)}{id}${'}'.repeat(levels + 1)}`;

const aliases = (count: number, field: string): string => `{${times(count, (i) => `a${i}:${field}`)}}`;

/** Lists of fields and types inside each other, as often as asked. */
const circularIntrospection = (lists: number): string => `{__schema{types${'{fields{type'.repeat(lists)}{name}${'}}'.repeat(lists)}}}`;

const VALIDATION = 'GRAPHQL_VALIDATION_FAILED';

const limitsOf = createOperationLimits(DEFAULT_OPERATION_LIMITS);

/** The answer of the limits, then, for what they let pass, of validation as Apollo Server does it. */
const answerTo = (query: string): string => {
  const error = limitsOf(query);
  if (error !== undefined) return String(error.extensions['code']);
  return validate(SCHEMA, parse(query)).length > 0 ? VALIDATION : 'passes';
};

const HOSTILE: [name: string, query: string, answer: string | RegExp][] = [
  ['B-16 15 fragments with two aliases each (2^15)', aliasedBomb(15), 'MAX_EXPANDED_SELECTIONS_LIMIT'],
  ['B-16 18 fragments with two aliases each (2^18)', aliasedBomb(18), 'MAX_EXPANDED_SELECTIONS_LIMIT'],
  ['B-16 24 fragments with two aliases each (2^24)', aliasedBomb(24), 'MAX_EXPANDED_SELECTIONS_LIMIT'],
  ['B-16 60 fragments with two spreads each (2^60)', spreadBomb(60), 'MAX_EXPANDED_SELECTIONS_LIMIT'],
  ['B-16 a bomb no operation uses', aliasedBomb(18).replace('{me{...F0}}', '{me{id}}'), 'MAX_EXPANDED_SELECTIONS_LIMIT'],
  ['B-16 a bomb in the second operation', `query A{me{id}} ${aliasedBomb(18).replace('{me', 'query B{me')}`, 'MAX_EXPANDED_SELECTIONS_LIMIT'],
  ['B-17 31 aliases', aliases(31, 'a'), 'MAX_ALIASES_LIMIT'],
  ['B-17 500 aliases', aliases(500, 'a'), 'MAX_ALIASES_LIMIT'],
  ['B-17 1k aliases', aliases(1_000, 'a'), 'MAX_TOKENS_LIMIT'],
  ['B-17 10k aliases of __typename', aliases(10_000, '__typename'), 'MAX_TOKENS_LIMIT'],
  ['B-17 100k aliases', aliases(100_000, 'a'), 'MAX_TOKENS_LIMIT'],
  ['B-17 1M aliases', aliases(1_000_000, '__typename'), 'MAX_TOKENS_LIMIT'],
  ['B-18 depth 16', nested(14), 'MAX_DEPTH_LIMIT'],
  ['B-18 depth 500', nested(498), 'MAX_DEPTH_LIMIT'],
  ['B-18 depth 2k', nested(2_000), 'MAX_TOKENS_LIMIT'],
  ['B-18 depth 10k', nested(10_000), 'MAX_TOKENS_LIMIT'],
  ['B-18 depth 100k', nested(100_000), 'MAX_TOKENS_LIMIT'],
  [
    'B-18 depth in fragments',
    `{me{...F0}} ${times(20, (i) => `fragment F${i} on User{friends{...F${i + 1}}}`)} fragment F20 on User{id}`,
    'MAX_DEPTH_LIMIT',
  ],
  // The parser's stack or the tokens: what is used up first depends on how warm it is.
  ['B-18 a list literal 100k deep', `{user(ids:${'['.repeat(100_000)}1${']'.repeat(100_000)}){id}}`, /^MAX_(DEPTH|TOKENS)_LIMIT$/],
  ['B-18 a list literal 900 deep', `{user(ids:${'['.repeat(900)}1${']'.repeat(900)}){id}}`, 'MAX_DEPTH_LIMIT'],
  ['B-18 a list literal 51 deep', `{user(ids:${'['.repeat(51)}1${']'.repeat(51)}){id}}`, 'MAX_DEPTH_LIMIT'],
  ['B-18 a default value 51 deep', `query($f:Filter=${'{and:'.repeat(50)}{}${'}'.repeat(50)}){user(filter:$f){id}}`, 'MAX_DEPTH_LIMIT'],
  ['B-18 an input object 10k deep', `{user(filter:${'{and:'.repeat(10_000)}{}${'}'.repeat(10_000)}){id}}`, 'MAX_TOKENS_LIMIT'],
  ['B-18 an input object 400 deep', `{user(filter:${'{and:'.repeat(400)}{}${'}'.repeat(400)}){id}}`, 'MAX_DEPTH_LIMIT'],
  ['B-18 an input object 50 deep', `{user(filter:${'{and:'.repeat(49)}{}${'}'.repeat(49)}){id}}`, 'passes'],
  ['B-19 5k times me{id}', `{${times(5_000, () => 'me{id}')}}`, 'MAX_TOKENS_LIMIT'],
  ['B-19 21 times me{id}', `{${times(21, () => 'me{id}')}}`, 'MAX_ROOT_FIELDS_LIMIT'],
  ['B-19 root fields in a fragment', `{...R ...R} fragment R on Query{${times(11, () => 'me{id}')}}`, 'MAX_ROOT_FIELDS_LIMIT'],
  ['B-19 200 x 100 inline fragments', `{me{${times(200, () => `${'...{'.repeat(100)}id${'}'.repeat(100)}`)}}}`, 'MAX_TOKENS_LIMIT'],
  ['B-19 6 x 100 inline fragments', `{me{${times(6, () => `${'...{'.repeat(100)}id${'}'.repeat(100)}`)}}}`, 'passes'],
  ['B-19 10k directives', `{a ${'@mark '.repeat(10_000)}}`, 'MAX_TOKENS_LIMIT'],
  ['B-19 51 directives', `{a ${'@mark '.repeat(51)}}`, 'MAX_DIRECTIVES_LIMIT'],
  ['B-19 directives on a variable', `query($x:Int ${'@mark '.repeat(51)}){a}`, 'MAX_DIRECTIVES_LIMIT'],
  ['B-19 10k unknown fields', `{${times(10_000, (i) => `f${i}`)}}`, 'MAX_TOKENS_LIMIT'],
  ['B-19 1,200 unknown fields', `{me{${times(1_200, (i) => `f${i}`)}}}`, 'MAX_EXPANDED_SELECTIONS_LIMIT'],
  ['B-19 10k variables', `query(${times(10_000, (i) => `$v${i}:Int`)}){a}`, 'MAX_TOKENS_LIMIT'],
  ['B-19 101 variables', `query(${times(101, (i) => `$v${i}:Int`)}){a}`, 'MAX_VARIABLES_LIMIT'],
  ['B-19 256 KiB of comments', `{a} ${'#comment\n'.repeat(29_000)}`, 'passes'],
  ['B-20 a fragment in itself', '{me{...F}} fragment F on User{id friends{...F}}', VALIDATION],
  ['B-20 two fragments in each other', '{me{...F}} fragment F on User{...G} fragment G on User{id ...F}', VALIDATION],
  ['B-20 circular and doubling', `${spreadBomb(60).replace('F60 on User{id}', 'F60 on User{...F0}')}`, 'MAX_EXPANDED_SELECTIONS_LIMIT'],
  ['B-20 an unused fragment', '{a} fragment F on User{id}', VALIDATION],
  ['B-20 two fragments of one name', '{me{...F}} fragment F on User{id} fragment F on User{name}', VALIDATION],
  ['B-20 a fragment that is not there', '{me{...F}}', VALIDATION],
  ['B-20 an undefined variable', '{user(id:$id){id}}', VALIDATION],
  ['B-21 circular introspection, 7 levels', circularIntrospection(3), VALIDATION],
  ['B-21 circular introspection, in fragments', '{__schema{types{...T}}} fragment T on __Type{fields{type{fields{type{fields{name}}}}}}', VALIDATION],
  ['B-21 circular introspection, far down', circularIntrospection(10), 'MAX_DEPTH_LIMIT'],
  ['B-21 __schema 1,000 times', aliases(1_000, '__schema{types{name}}'), 'MAX_TOKENS_LIMIT'],
  ['B-21 __schema 31 times', aliases(31, '__schema{types{name}}'), 'MAX_ALIASES_LIMIT'],
  ['B-24 prototype keys as aliases', '{__proto__:a constructor:a toString:a hasOwnProperty:a}', 'passes'],
  ['B-24 prototype keys as fragments', '{me{...__proto__ ...constructor}} fragment __proto__ on User{id} fragment constructor on User{id}', 'passes'],
  ['B-24 a prototype key that is no fragment', '{me{...toString}}', VALIDATION],
  ['B-25 login 100 times', aliases(100, 'login'), 'MAX_ALIASES_LIMIT'],
  ['no document at all', '', 'GRAPHQL_PARSE_FAILED'],
  ['half a document', '{me{', 'GRAPHQL_PARSE_FAILED'],
  ['a lone surrogate', '{me{id}} \ud800', 'GRAPHQL_PARSE_FAILED'],
  ['a schema instead of an operation', 'type Query { a: Int }', VALIDATION],
];

/** Milliseconds of this thread's CPU: what other processes do meanwhile does not count. */
const cpuOf = (work: () => unknown): number => {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
};

describe('operation limits', () => {
  test.each(HOSTILE)('%s', (_, query, answer) => {
    expect(answerTo(query)).toMatch(typeof answer === 'string' ? new RegExp(`^${answer}$`) : answer);
  });

  test.each([1, 10, 100_000])('answer with the limit, the value and 400 (%i)', (expandedSelections) => {
    const error = createOperationLimits({ ...DEFAULT_OPERATION_LIMITS, aliases: 2, expandedSelections })('{a:a b:a c:a}');
    const [code, limit] = expandedSelections === 1 ? ['MAX_EXPANDED_SELECTIONS_LIMIT', 1] : ['MAX_ALIASES_LIMIT', 2];
    expect(error?.extensions).toEqual({ code, limit, value: 3, http: { status: 400 } });
  });

  test('say where the syntax is wrong, as Apollo Server does', () => {
    const error = limitsOf('{me{id}');
    expect(error?.toJSON()).toEqual({
      message: 'Syntax Error: Expected Name, found <EOF>.',
      locations: [{ line: 1, column: 8 }],
      extensions: { code: 'GRAPHQL_PARSE_FAILED', http: { status: 400 } },
    });
  });

  test('let exactly the limit pass', () => {
    expect(answerTo(aliases(20, 'a'))).toBe('passes');
    expect(answerTo(`{me{${times(30, (i) => `a${i}:id`)}}}`)).toBe('passes');
    expect(answerTo(nested(13))).toBe('passes');
    expect(answerTo(`{a ${'@mark '.repeat(50)}}`)).toBe('passes');
    expect(limitsOf(`{me{${times(999, () => 'id')}}}`)).toBeUndefined();
    expect(limitsOf(`{me{${times(1_000, () => 'id')}}}`)?.extensions['code']).toBe('MAX_EXPANDED_SELECTIONS_LIMIT');
    expect(limitsOf(`query(${times(100, (i) => `$v${i}:Int`)}){a}`)).toBeUndefined();
    expect(limitsOf(`{${times(1_998, () => 'a')}}`)?.extensions['code']).toBe('MAX_EXPANDED_SELECTIONS_LIMIT');
    expect(limitsOf(`{${times(1_999, () => 'a')}}`)?.extensions['code']).toBe('MAX_TOKENS_LIMIT');
  });

  test.each([
    ['GraphiQL and graphql-codegen', getIntrospectionQuery()],
    [
      'Apollo Sandbox, everything asked',
      getIntrospectionQuery({
        descriptions: true,
        directiveIsRepeatable: true,
        inputValueDeprecation: true,
        schemaDescription: true,
        specifiedByUrl: true,
      }),
    ],
    ['an older typeDepth of 7', getIntrospectionQuery().replace('ofType { kind name ofType { kind name } }', 'ofType { kind name }')],
  ])('let the introspection query of %s pass', (_, query) => {
    expect(answerTo(query)).toBe('passes');
  });

  test('can be off, then the stack is what ends the parser', () => {
    const off = Object.fromEntries(Object.keys(DEFAULT_OPERATION_LIMITS).map((name) => [name, Number.POSITIVE_INFINITY]));
    const none = createOperationLimits({ ...DEFAULT_OPERATION_LIMITS, ...off });
    expect(none(spreadBomb(60))).toBeUndefined();
    expect(none(aliases(10_000, 'a'))).toBeUndefined();
    expect(none(nested(100_000))?.extensions['code']).toBe('MAX_DEPTH_LIMIT');
  });

  test('count the root fields and aliases of each operation', () => {
    const inspect = createOperationInspector(DEFAULT_OPERATION_LIMITS);
    expect(inspect('query A{a ...F} mutation B($x:Int){x:login(n:$x)} fragment F on Query{me{id} b:a}')).toEqual({
      operations: [
        { name: 'A', kind: 'query', variables: 0, depth: 2, aliases: 1, rootFields: 3, selections: 5 },
        { name: 'B', kind: 'mutation', variables: 1, depth: 1, aliases: 1, rootFields: 1, selections: 1 },
      ],
    });
  });

  const BOMBS: [string, string][] = [
    ['2^14', aliasedBomb(14)],
    ['2^18', aliasedBomb(18)],
    ['2^24', aliasedBomb(24)],
    ['2^60', spreadBomb(60)],
    ['100k levels', nested(100_000)],
    ['1M aliases', aliases(1_000_000, 'a')],
  ];

  test.each(BOMBS)('answer the bomb of %s at once', (name, query) => {
    const fresh = createOperationLimits(DEFAULT_OPERATION_LIMITS);
    const took = cpuOf(() => fresh(query));
    process.stdout.write(`bomb ${name}: ${query.length} characters, ${took.toFixed(2)} ms\n`);
    expect(fresh(query)?.extensions['http']).toEqual({ status: 400 });
    expect(took).toBeLessThan(200);
  });

  test('know a query they have seen', () => {
    const query = aliasedBomb(18);
    expect(limitsOf(query)).toBe(limitsOf(`${query}`));
    const hot = `query Hot { me { ${times(300, (i) => `field${i}`)} } }`;
    const runs = 20_000;
    limitsOf(hot);
    // A body is parsed for every request, so its text is a new string each time.
    const bodies = Array.from({ length: runs }, () => Buffer.from(hot).toString());
    const took = cpuOf(() => {
      for (const body of bodies) limitsOf(body);
    });
    const micros = (took * 1000) / runs;
    process.stdout.write(`known query of ${hot.length} characters: ${micros.toFixed(2)} µs\n`);
    expect(micros).toBeLessThan(100);
  });
});
