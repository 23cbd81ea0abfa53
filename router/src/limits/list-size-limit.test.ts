import { buildSchema, type OperationDefinitionNode, parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { coerceVariables } from './coerce-variables.ts';
import { createListSizeLimit } from './list-size-limit.ts';

const SCHEMA = buildSchema(`
  type Query {
    users(first: Int = 20, last: Int, filter: Filter): [User]
    top(limit: Int!): [User]
    node: Node
    credit(limit: Float, first: String, last: [Int]): Int
  }
  interface Node { friends(first: Int): [User] }
  type User implements Node { friends(first: Int): [User] orders(first: Int!): [Int] }
  input Filter { first: Int }
`);

const limitsOf = createListSizeLimit(SCHEMA);

const answerTo = (query: string, given: Record<string, unknown> = {}, operationName?: string) => {
  const document = parse(query);
  const invalid = validate(SCHEMA, document);
  if (invalid.length > 0) return 'GRAPHQL_VALIDATION_FAILED';
  const named = document.definitions.find((node) => operationName === undefined || ('name' in node && node.name?.value === operationName));
  const { coerced, errors } = coerceVariables(SCHEMA, named as OperationDefinitionNode, given);
  if (errors !== undefined) return 'BAD_USER_INPUT';
  const error = limitsOf(document, operationName, coerced);
  return error === undefined ? 'passes' : `${error.extensions['coordinate']} ${error.extensions['value']}`;
};

const ROWS: [name: string, query: string, variables: Record<string, unknown>, answer: string][] = [
  ['100', '{users(first:100){orders(first:1)}}', {}, 'passes'],
  ['0', '{users(first:0){orders(first:1)}}', {}, 'passes'],
  ['null', '{users(first:null){orders(first:1)}}', {}, 'passes'],
  ['101', '{users(first:101){orders(first:1)}}', {}, 'Query.users(first:) 101'],
  ['B-23 99999999', '{users(first:99999999){orders(first:1)}}', {}, 'Query.users(first:) 99999999'],
  ['B-23 negative', '{users(first:-1){orders(first:1)}}', {}, 'Query.users(first:) -1'],
  ['B-23 2^31', '{users(first:2147483648){orders(first:1)}}', {}, 'GRAPHQL_VALIDATION_FAILED'],
  ['B-23 1e400', '{users(first:1e400){orders(first:1)}}', {}, 'GRAPHQL_VALIDATION_FAILED'],
  ['B-23 2^31 in a variable', 'query($n:Int){users(first:$n){orders(first:1)}}', { n: 2 ** 31 }, 'BAD_USER_INPUT'],
  ['B-23 NaN in a variable', 'query($n:Int){users(first:$n){orders(first:1)}}', { n: Number.NaN }, 'BAD_USER_INPUT'],
  ['last', '{users(last:101){orders(first:1)}}', {}, 'Query.users(last:) 101'],
  ['limit', '{top(limit:101){orders(first:1)}}', {}, 'Query.top(limit:) 101'],
  ['nested', '{users{friends(first:5){orders(first:500)}}}', {}, 'User.orders(first:) 500'],
  ['on an interface', '{node{friends(first:101){orders(first:1)}}}', {}, 'Node.friends(first:) 101'],
  ['in an inline fragment', '{node{...on User{orders(first:101)}}}', {}, 'User.orders(first:) 101'],
  ['in an inline fragment without a type', '{users{...@include(if:false){orders(first:101)}}}', {}, 'User.orders(first:) 101'],
  ['in a fragment', '{users{...F}} fragment F on User{friends(first:101){orders(first:1)}}', {}, 'User.friends(first:) 101'],
  ['in a variable', 'query($n:Int!){users(first:$n){orders(first:1)}}', { n: 101 }, 'Query.users(first:) 101'],
  ['in the default of a variable', 'query($n:Int=101){users(first:$n){orders(first:1)}}', {}, 'Query.users(first:) 101'],
  ['not the default when a value is given', 'query($n:Int=101){users(first:$n){orders(first:1)}}', { n: 5 }, 'passes'],
  ['a variable that is not given', 'query($n:Int){users(first:$n){orders(first:1)}}', {}, 'passes'],
  ['arguments of these names that are no Int', '{credit(limit:5000 first:"5000" last:[5000])}', {}, 'passes'],
  ['fields of an input object', '{users(filter:{first:5000}){orders(first:1)}}', {}, 'passes'],
];

describe('the size of lists', () => {
  test.each(ROWS)('%s', (_, query, variables, answer) => {
    expect(answerTo(query, variables)).toBe(answer);
  });

  test('is that of the operation asked for', () => {
    const query = 'query A{users(first:1){...F}} query B{users(first:101){...F}} fragment F on User{orders(first:1)}';
    expect(answerTo(query, {}, 'A')).toBe('passes');
    expect(answerTo(query, {}, 'B')).toBe('Query.users(first:) 101');
    const document = parse(query);
    const values = ['A', 'B', 'A', 'C', 'B', undefined].map((name) => limitsOf(document, name, {})?.extensions['value']);
    expect(values).toEqual([undefined, 101, undefined, undefined, 101, undefined]);
  });

  test('is told with coordinate, limit and value, each time anew', () => {
    const document = parse('query($n:Int){users(first:$n){orders(first:1)}}');
    expect(limitsOf(document, undefined, { n: 101 })?.toJSON()).toEqual({
      message: 'Query.users(first:) may be 0 to 100; here it is 101.',
      extensions: { code: 'MAX_LIST_SIZE_LIMIT', coordinate: 'Query.users(first:)', limit: 100, value: 101, http: { status: 400 } },
    });
    expect(limitsOf(document, undefined, { n: 100 })).toBeUndefined();
    expect(limitsOf(document, undefined, { n: 102 })?.extensions['value']).toBe(102);
  });

  test('is what it is told to be', () => {
    const document = parse('{users(first:101){orders(first:1)}}');
    expect(createListSizeLimit(SCHEMA, 101)(document, undefined, {})).toBeUndefined();
    expect(createListSizeLimit(SCHEMA, 10)(document, undefined, {})?.extensions['limit']).toBe(10);
    expect(createListSizeLimit(SCHEMA, Number.POSITIVE_INFINITY)(document, undefined, {})).toBeUndefined();
  });
});
