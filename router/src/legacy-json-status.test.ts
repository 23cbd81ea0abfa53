import { ApolloServer, HeaderMap } from '@apollo/server';
import { GraphQLError } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLegacyJsonStatus, prefersLegacyJson } from './legacy-json-status.ts';

test.each([
  [undefined, false],
  ['*/*', false],
  ['application/json', true],
  ['Application/JSON; charset=utf-8', true],
  ['application/json;q=0', false],
  ['application/graphql-response+json', false],
  ['application/graphql-response+json, application/json', false],
  ['application/json, application/graphql-response+json', true],
  ['application/json;q=0.8, application/graphql-response+json;q=0.9', false],
  ['text/html, application/json;q=0.9, */*;q=0.1', true],
])('Accept: %s prefers legacy JSON: %s', (accept, expected) => expect(prefersLegacyJson(accept)).toBe(expected));

describe('the status', () => {
  const server = new ApolloServer({
    typeDefs: 'type Query { echo(text: String!): String }',
    plugins: [
      createLegacyJsonStatus(),
      {
        requestDidStart: async () => ({
          didResolveOperation: async ({ operationName }) => {
            if (operationName === 'TooMuch') throw new GraphQLError('Too deep.', { extensions: { code: 'MAX_DEPTH_LIMIT', http: { status: 400 } } });
          },
        }),
      },
    ],
  });
  beforeAll(() => server.start());
  afterAll(() => server.stop());

  const statusOf = async (query: string, accept: string): Promise<number> => {
    const headers = new HeaderMap([
      ['content-type', 'application/json'],
      ['accept', accept],
    ]);
    const httpGraphQLRequest = { method: 'POST', headers, search: '', body: { query } };
    const { status } = await server.executeHTTPGraphQLRequest({ httpGraphQLRequest, context: async () => ({}) });
    return status ?? 200;
  };

  test.each([
    ['a document that does not parse', '{', 200, 400],
    ['a field that is not there', '{ nope }', 200, 400],
    ['a variable that does not fit', 'query ($text: String!) { echo(text: $text) }', 200, 400],
    ['an operation past a limit', 'query TooMuch { echo(text: "a") }', 400, 400],
    ['an operation that is fine', '{ echo(text: "a") }', 200, 200],
  ])('of %s', async (_, query, legacy, current) => {
    expect(await statusOf(query, 'application/json')).toBe(legacy);
    expect(await statusOf(query, 'application/graphql-response+json')).toBe(current);
    expect(await statusOf(query, '*/*')).toBe(current);
  });
});
