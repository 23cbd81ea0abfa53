import { buildSchema, type FragmentDefinitionNode, getOperationAST, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Data } from './merge.ts';
import { shapeOf } from './response-shape.ts';
import { shapeResponse } from './shape-response.ts';

const schema = buildSchema(`
  type Query { all: [Named] one: One list: [One] }
  interface Named { name: String }
  type One implements Named { id: ID! name: String age: Int kind: Kind tags: [String!] }
  type Two implements Named { name: String two: Int }
  enum Kind { A }
`);

const shape = (query: string, fetched: string) => {
  const operation = getOperationAST(parse(query));
  const root = schema.getQueryType();
  if (!operation || !root) throw new Error('the operation is missing');
  const fragments = new Map<string, FragmentDefinitionNode>();
  const shapes = shapeOf({ schema, fragments, isTrue: () => false, sourceOf: ({ alias, name }) => (alias ?? name).value }, operation);
  const { data, errors } = shapeResponse(JSON.parse(fetched) as Data, { schema, root, shapes, introspect: () => null });
  return { data: JSON.stringify(data), errors: errors.map(({ message, path }) => `${path?.join('.')}: ${message}`) };
};

describe('a leaf', () => {
  it('is null where it is null or missing and may be, whatever every object inherits under its name', () => {
    const { data, errors } = shape('{ one { name age: name constructor: name toString: age __proto__: kind } }', '{"one":{"name":null}}');
    expect(data).toBe('{"one":{"name":null,"age":null,"constructor":null,"toString":null,"__proto__":null}}');
    expect(errors).toEqual([]);
  });

  it('is taken as it came, under such a name too', () => {
    const fetched = '{"one":{"__proto__":"A","constructor":"Ann","age":0,"name":"","id":1}}';
    const { data, errors } = shape('{ one { id name age constructor: name __proto__: kind } }', fetched);
    expect(data).toBe('{"one":{"id":1,"name":"","age":0,"constructor":"Ann","__proto__":"A"}}');
    expect(errors).toEqual([]);
  });

  it.each([
    ['of another type', '{"id":"1","age":"x","kind":"B","tags":["a",1]}', '{"id":"1","age":null,"kind":null,"tags":null}', 3],
    ['an object or a list', '{"id":"1","age":{},"kind":["A"],"tags":["a",{}]}', '{"id":"1","age":null,"kind":null,"tags":null}', 3],
    ['null where it must not be', '{"id":null}', 'null', 1],
    ['missing where it must not be', '{}', 'null', 1],
    ['of another type where it must be there', '{"id":true}', 'null', 1],
  ])('is null, with an error at its place, when it is %s', (_, fetched, answered, errorCount) => {
    const { data, errors } = shape('{ list { id age kind tags } }', `{"list":[${fetched}]}`);
    expect(data).toBe(`{"list":[${answered}]}`);
    expect(errors).toHaveLength(errorCount);
    for (const error of errors) expect(error).toMatch(/^list\.0\.(id|age|kind|tags\.1): /);
  });
});

it('gives each object of a list the fields of its own type, in turn', () => {
  const [one, two] = ['{"__typename":"One","id":"1","two":2}', '{"__typename":"Two","id":"1","two":2}'];
  const query = '{ list { x: __typename } all { __typename name ... on One { id } ... on Two { two } } }';
  const { data } = shape(query, `{"list":[{},{"__typename":"One"}],"all":[${one},${two},${two},${one}]}`);
  const [asOne, asTwo] = ['{"__typename":"One","name":null,"id":"1"}', '{"__typename":"Two","name":null,"two":2}'];
  expect(data).toBe(`{"list":[{"x":"One"},{"x":"One"}],"all":[${asOne},${asTwo},${asTwo},${asOne}]}`);
});
