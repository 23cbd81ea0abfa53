import {
  buildSchema,
  type DocumentNode,
  execute,
  type GraphQLFieldResolver,
  getNamedType,
  isCompositeType,
  isObjectType,
  parse,
  validate,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import type { CostModel } from './cost-model.ts';
import { createCostCalculator } from './operation-cost.ts';

const SCHEMA = buildSchema(`
  type Query { me: A all: [A] page(first: Int = 7): As many(first: Int!): Many newest(limit: Int): [B] any: Any node: N }
  type A implements N { id: ID b: B page(first: Int = 3, last: Int): As few: [B] next: A }
  type B implements N { id: ID price(in: Unit): Int a: A any: Any }
  type As { nodes: [A] edges: [Edge] total: Int }
  type Edge { node: A cursor: String }
  type Many { items: [B] }
  interface N { id: ID }
  union Any = A | B
  input Unit { name: String }
`);

const MODEL: CostModel = {
  weights: new Map([
    ['A', 3],
    ['B.price', 2],
    ['Unit.name', 4],
    ['Query.me', 0],
    ['B.a', -2],
  ]),
  listSizes: new Map([
    ['Query.many', { slicingArguments: ['first'], sizedFields: ['items'], requireOneSlicingArgument: true }],
    ['A.few', { slicingArguments: [], sizedFields: [], requireOneSlicingArgument: true, assumedSize: 2 }],
  ]),
};

/** Mulberry32: the same numbers for the same seed, so that a failure can be seen again. */
const randomOf = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
};

type Random = ReturnType<typeof randomOf>;

const several = <Item>(count: number, make: (index: number) => Item): Item[] => Array.from({ length: count }, (_, index) => make(index));

const oneOf = (random: Random, texts: readonly string[]): string => texts[random(texts.length)] ?? '';

const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  'Query.page': ['', '(first:$n)', '(first:4)', '(first:0)'],
  'Query.many': ['(first:1)', '(first:3)'],
  'Query.newest': ['', '(limit:0)', '(limit:2)', '(limit:$n)'],
  'A.page': ['', '(first:$n)', '(first:2)', '(last:5)', '(first:1 last:4)'],
  'B.price': ['', '(in:{name:"a"})', '(in:{})'],
};

const CONDITIONS = ['', '', '', '', '', ' @include(if:$yes)', ' @skip(if:$yes)'];

const randomField = (random: Random, typeName: string, depth: number, place: number): string => {
  const type = SCHEMA.getType(typeName);
  const fields = isObjectType(type) ? Object.values(type.getFields()) : [];
  const possible = fields.filter((field) => depth > 0 || !isCompositeType(getNamedType(field.type)));
  const field = possible[random(Math.max(1, possible.length))];
  if (field === undefined) return '__typename';
  const named = getNamedType(field.type);
  const given = oneOf(random, ARGUMENTS[`${typeName}.${field.name}`] ?? ['']);
  const below = isCompositeType(named) ? randomSelection(random, named.name, depth - 1) : '';
  // A key of its own for each place, so that no two fields disagree.
  return `k${depth}_${place}_${random(1_000_000)}:${field.name}${given}${oneOf(random, CONDITIONS)}${below}`;
};

const randomSelection = (random: Random, typeName: string, depth: number): string => {
  const selections = isObjectType(SCHEMA.getType(typeName))
    ? several(1 + random(4), (place) => randomField(random, typeName, depth, place))
    : several(2, () => oneOf(random, ['A', 'B'])).map((name) => `...on ${name}${randomSelection(random, name, depth)}`);
  return `{__typename ${selections.join(' ')}}`;
};

const SCALARS: Readonly<Record<string, unknown>> = { Int: 1, ID: 'a', String: 'a' };

/** What the model takes as a list's length: of a connection its arguments, else what is announced, else 10. */
const lengthOf = (coordinate: string, source: { size?: number }, given: Record<string, number | undefined>): number => {
  if (source.size !== undefined) return source.size;
  if (coordinate === 'A.few') return 2;
  return coordinate === 'Query.newest' ? (given['limit'] ?? 10) : 10;
};

const resolverOf =
  (random: Random): GraphQLFieldResolver<{ size?: number }, unknown> =>
  (source, given, _, { fieldName, returnType, parentType }) => {
    if (random(15) === 0) return null;
    if (fieldName === 'page' || fieldName === 'many') return { size: Math.max(given['first'] ?? 0, given['last'] ?? 0) };
    if (!`${returnType}`.startsWith('[')) return SCALARS[`${returnType}`] ?? {};
    const longest = lengthOf(`${parentType.name}.${fieldName}`, source, given);
    return several(longest - random(2) * random(longest + 1), () => ({}));
  };

const answerTo = (random: Random, document: DocumentNode, variableValues: Record<string, unknown>): unknown => {
  const typeResolver = () => oneOf(random, ['A', 'B']);
  const result = execute({ schema: SCHEMA, document, variableValues, rootValue: {}, typeResolver, fieldResolver: resolverOf(random) });
  return 'data' in result ? result.data : undefined;
};

describe('random operations, executed on lists as long as announced or shorter', () => {
  test('cost no more than estimated', () => {
    let compared = 0;
    for (let seed = 0; seed < 300; seed += 1) {
      const random = randomOf(seed);
      const variables = { n: random(6), yes: random(2) === 0 };
      const document = parse(
        `query($n:Int $yes:Boolean!){k:me @include(if:$yes){id} l:page(first:$n){total} ...on Query${randomSelection(random, 'Query', 3)}}`,
      );
      expect(validate(SCHEMA, document), `seed ${seed}`).toEqual([]);
      const { estimated, actualOf } = createCostCalculator(MODEL, SCHEMA)(document, undefined, variables);
      const actual = actualOf(answerTo(random, document, variables));
      expect(estimated, `seed ${seed}`).toBeGreaterThanOrEqual(actual);
      compared += actual > 10 ? 1 : 0;
    }
    expect(compared).toBeGreaterThan(120);
  });
});
