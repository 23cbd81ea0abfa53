import { createClient } from '@supergraph/client';
import { expect, test } from 'vitest';
import { Problem } from '../problem.ts';
import { refreshGrant } from './refresh-grant.ts';
import { SessionRefused } from './session.ts';

const failureOf = (status: number, body: unknown): Promise<unknown> => {
  const client = createClient({ url: 'http://shop.test/graphql', fetch: async () => new Response(JSON.stringify(body), { status }) });
  return refreshGrant(client)('refresh-1').then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error,
  );
};
const errorsOf = (code: string, kind?: string) => ({ errors: [{ message: 'told to people', path: ['refreshSession'], extensions: { code, kind } }] });

test.each([
  ['REFRESH_TOKEN_INVALID', 'UNAUTHENTICATED'],
  ['DEVELOPMENT_ACCOUNT', 'FORBIDDEN'],
])('%s ends the session, with data beside it or without', async (code, kind) => {
  for (const data of [null, { refreshSession: null }]) {
    const failure = await failureOf(200, { data, ...errorsOf(code, kind) });
    expect(failure).toBeInstanceOf(SessionRefused);
    expect(failure).toHaveProperty('message', 'told to people');
  }
});

test.each([
  [429, errorsOf('RATE_LIMITED'), 'RATE_LIMITED', true],
  [503, errorsOf('OVERLOADED'), 'OVERLOADED', true],
  [500, errorsOf('INTERNAL_SERVER_ERROR'), 'INTERNAL_SERVER_ERROR', true],
  [404, errorsOf('PERSISTED_DOCUMENT_NOT_FOUND'), 'PERSISTED_DOCUMENT_NOT_FOUND', false],
  [200, { data: { refreshSession: null }, ...errorsOf('INTERNAL_SERVER_ERROR') }, 'INTERNAL_SERVER_ERROR', false],
  [200, { data: { refreshSession: null }, ...errorsOf('SUBGRAPH_UNAVAILABLE', 'UNAVAILABLE') }, 'SUBGRAPH_UNAVAILABLE', true],
  [503, { code: 'ROUTER_UNAVAILABLE' }, 'HTTP_503', true],
])('%i with %o says nothing about the session', async (status, body, code, passing) => {
  const failure = await failureOf(status, body);
  expect(failure).toBeInstanceOf(Problem);
  expect(failure).toMatchObject({ code, passing });
});
