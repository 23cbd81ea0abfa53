import { GraphQLError, parse, print } from 'graphql';
import { expect, it } from 'vitest';
import { readPlannedNames, withClientPath } from './planned-names.ts';

const { rename } = readPlannedNames(
  parse(`type Item @join__type(graph: A, key: "id") { id: ID name: String @join__field(graph: A, requires: "comments(limit: 3) { text }") }
    directive @join__type(graph: String, key: String) on OBJECT
    directive @join__field(graph: String, requires: String) on FIELD_DEFINITION`),
);

const renamed = (selection: string): string => print(rename(parse(`{ ${selection} }`))).replace(/\s+/g, ' ');

it('a client keeps its names apart from those that the planner fetches for itself', () => {
  expect(renamed('id name')).toBe('{ id name }');
  expect(renamed('id: name')).toBe('{ id__client: name }');
  expect(renamed('comments(limit: 1)')).toBe('{ comments__client: comments(limit: 1) }');
});

it("no two names of the client become one, and each error is told at the client's own", () => {
  expect(renamed('id: name id__client: email mail__client: email')).toBe(
    '{ id__client: name id__client__client: email mail__client__client: email }',
  );
  const told = withClientPath(new GraphQLError('x', { path: ['items', 0, 'mail__client__client', 'id__client'] }));
  expect(told.path).toEqual(['items', 0, 'mail__client', 'id']);
});
