import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ClientError, type ClientSettings, createClient } from './create-client.ts';
import type { OperationDocument } from './operation-request.ts';

type Shop = { shop: { name: string } | null };
const ID = `sha256:${'0'.repeat(64)}`;
const document = <Variables>(text: string, hash?: string): OperationDocument<Shop, Variables> =>
  Object.assign(new String(text), hash === undefined ? {} : { __meta__: { hash } });
const QUERY = document<{ first?: number | null }>('\n    query Shop($first: Int) { shop(first: $first) { name } }', ID);
const LONG = document<{ text: string }>('query Shop($text: String!) { shop(text: $text) { name } }', ID);
const MUTATION = document<Record<string, never>>('mutation Rename { rename { name } }', ID);

interface Seen {
  method: string | undefined;
  url: URL;
  headers: IncomingMessage['headers'];
  body: unknown;
}

let seen: Seen[];
let answer: (response: ServerResponse) => void;
let url: string;
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  seen.push({ method: request.method, url: new URL(request.url ?? '', url), headers: request.headers, body: text && JSON.parse(text) });
  answer(response);
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void =>
    void response.writeHead(status, { 'content-type': 'application/graphql-response+json', ...headers }).end(JSON.stringify(body));
const NAMED = { data: { shop: { name: 'Lamps' } } };

const clientOf = (settings: Partial<ClientSettings> = {}, answers: typeof answer = json(NAMED)) => {
  seen = [];
  answer = answers;
  return createClient({ url, ...settings });
};
const only = (): Seen => {
  expect(seen).toHaveLength(1);
  return seen[0] as Seen;
};
const failure = (running: Promise<unknown>): Promise<ClientError> =>
  running.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(ClientError);
      return error as ClientError;
    },
  );

test('a document with an id is sent by it, with token, client and headers; one without by its text', async () => {
  const client = clientOf({ accessToken: async () => 'token-1', client: { name: 'web', version: '1.2.3' } });
  const { data, errors } = await client.execute(QUERY, { first: 2 }, { headers: { 'x-more': 'yes' } });
  expect([data.shop?.name, errors]).toEqual(['Lamps', []]);
  expect(only()).toMatchObject({ method: 'POST', body: { documentId: ID, variables: { first: 2 } } });
  expect(only().body).not.toHaveProperty('query');
  expect(only().headers).toMatchObject({
    authorization: 'Bearer token-1',
    'apollographql-client-name': 'web',
    'apollographql-client-version': '1.2.3',
    'x-more': 'yes',
  });
  const anonymous = clientOf({ accessToken: () => undefined });
  await anonymous.execute(document<Record<string, never>>('{ shop { name } }'));
  expect(only().body).toEqual({ query: '{ shop { name } }' });
  expect(only().headers).not.toHaveProperty('authorization');
});

test('queries go by GET when asked, mutations and what is too long for a URL by POST', async () => {
  const client = clientOf({ queries: 'GET' });
  await client.execute(QUERY, { first: 3 });
  expect(only()).toMatchObject({ method: 'GET', body: '' });
  expect(Object.fromEntries(only().url.searchParams)).toEqual({ documentId: ID, variables: '{"first":3}' });
  expect(only().headers).toHaveProperty('apollo-require-preflight');
  seen = [];
  await client.execute(MUTATION);
  await client.execute(LONG, { text: 'x'.repeat(3_000) });
  await client.execute(LONG, { text: 'x' });
  expect(seen.map(({ method }) => method)).toEqual(['POST', 'POST', 'GET']);
});

test('partial data is a result, with its errors', async () => {
  const errors = [{ message: 'away', path: ['shop'], extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }];
  expect(await clientOf({}, json({ data: { shop: null }, errors })).execute(QUERY)).toEqual({ data: { shop: null }, errors });
});

test('errors without data are thrown, with code, status and how long to wait', async () => {
  const errors = [{ message: 'Too many requests.', extensions: { code: 'RATE_LIMITED' } }];
  for (const body of [{ errors }, { data: null, errors }]) {
    const error = await failure(clientOf({}, json(body, 429, { 'retry-after': '7' })).execute(QUERY));
    expect(error).toMatchObject({ kind: 'graphql', code: 'RATE_LIMITED', status: 429, retryAfterSeconds: 7, errors, message: 'Too many requests.' });
  }
});

test.each([
  ['a page of a proxy', (response: ServerResponse) => response.writeHead(502, { 'content-type': 'text/html' }).end('<html>'), 502],
  ['JSON that is no answer', json([1]), 200],
  ['an answer without data and errors', json({ data: null }), 200],
  ['an empty list of errors', json({ errors: [] }, 400), 400],
])('%s is an http error', async (_what, answers, status) => {
  const error = await failure(clientOf({}, answers as typeof answer).execute(QUERY));
  expect(error).toMatchObject({ kind: 'http', status, errors: [] });
});

test('a server that does not answer, or stops in the middle, is a timeout; one that is not there a network error', async () => {
  const silent = await failure(clientOf({ timeoutMs: 50 }, () => undefined).execute(QUERY));
  expect(silent).toMatchObject({ kind: 'timeout', status: undefined });
  const half = (response: ServerResponse): void => void response.writeHead(200, { 'content-length': '100' }).write('{"data":');
  expect(await failure(clientOf({}, half).execute(QUERY, {}, { timeoutMs: 50 }))).toMatchObject({ kind: 'timeout' });
  expect(await failure(createClient({ url: 'http://127.0.0.1:1/graphql' }).execute(QUERY))).toMatchObject({ kind: 'network' });
});

test('who gives up gets the own reason back', async () => {
  const controller = new AbortController();
  const running = clientOf({}, () => undefined).execute(QUERY, {}, { signal: controller.signal });
  await sleep(20);
  controller.abort(new Error('left the page'));
  await expect(running).rejects.toThrow('left the page');
});
