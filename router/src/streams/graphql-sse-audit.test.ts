import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../app.ts';
import { routerStarter } from '../testing/router.ts';
import { type EventClient, openEvents, type Result } from './testing/event-client.ts';
import { type StreamGraph, streamGraphStarter } from './testing/stream-graph.ts';

// From the text of https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md, against the running router.

const startGraph = streamGraphStarter(routerStarter(createApp));

let graph: StreamGraph;
let url: string;

beforeAll(async () => {
  graph = await startGraph('subscriptions: { initSeconds: 1, heartbeatSeconds: 1, maxPerConnection: 3 }');
  url = `${graph.url}/graphql`;
});
afterAll(() => graph.stop());

const json = { 'content-type': 'application/json' };
const post = (query: string, rest: object = {}, headers: Record<string, string> = {}): Promise<EventClient> =>
  openEvents(url, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify({ query, ...rest }) });
const COMPLETE = { event: 'complete', data: '' };

describe('distinct connections mode', () => {
  it('answers as text/event-stream, not to be kept or changed on the way', async () => {
    const { response, rest } = await post('{ hello }');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toContain('no-store');
    expect(response.headers.get('content-encoding')).toBeNull();
    expect(response.headers.get('x-request-id')).toMatch(/./);
    await rest();
  });

  it.each([
    ['a query', '{ hello }', { hello: 'world' }],
    ['a mutation', 'mutation { rename(name: "x") }', { rename: 'x' }],
  ])('%s is answered by one next, then complete', async (_what, query, data) => {
    expect(await (await post(query)).rest()).toEqual([{ event: 'next', data: { data } }, COMPLETE]);
  });

  it('a subscription is answered by every result, then complete, with variables and operationName', async () => {
    const events = await post('query A { hello } subscription B($to: Int!) { count(to: $to) }', { operationName: 'B', variables: { to: 3 } });
    expect(await events.rest()).toEqual([...[1, 2, 3].map((count) => ({ event: 'next', data: { data: { count } } })), COMPLETE]);
  });

  it('takes the request by GET too, where no page of another site may be behind it', async () => {
    const query = encodeURIComponent('subscription S($to: Int!) { count(to: $to) }');
    const asked = `${url}?query=${query}&variables=${encodeURIComponent('{"to":1}')}`;
    const preflighted = await openEvents(asked, { headers: { 'apollo-require-preflight': '1' } });
    expect(await preflighted.rest()).toEqual([{ event: 'next', data: { data: { count: 1 } } }, COMPLETE]);
    expect((await openEvents(asked)).response.status).toBe(400);
    const mutation = await openEvents(`${url}?query=${encodeURIComponent('mutation { rename(name: "x") }')}`, {
      headers: { 'apollo-require-preflight': '1' },
    });
    expect(mutation.response.status).toBe(405);
    expect(mutation.response.headers.get('allow')).toBe('POST');
    const nameless = await openEvents(`${url}?operationName=&query=${encodeURIComponent('mutation { rename(name: "nameless") }')}`, {
      headers: { 'apollo-require-preflight': '1' },
    });
    expect(nameless.response.status).toBe(405);
  });

  it.each([
    ['does not parse', '{ hello', 'GRAPHQL_PARSE_FAILED'],
    ['is not valid', '{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['breaks a limit', `{ ${Array.from({ length: 40 }, (_, index) => `a${index}: hello`).join(' ')} }`, 'MAX_ALIASES_LIMIT'],
    ['asks for what its caller may not see', 'subscription { mine }', 'UNAUTHORIZED_FIELD_OR_TYPE'],
  ])('an operation that %s is told so by next on the accepted stream, then complete', async (_what, query, code) => {
    const events = await post(query);
    expect(events.response.status).toBe(200);
    expect(events.response.headers.get('content-type')).toContain('text/event-stream');
    expect(await events.rest()).toMatchObject([{ event: 'next', data: { errors: [{ extensions: { code } }] } }, COMPLETE]);
  });

  it('a document that is not known by its id is told so on the stream', async () => {
    const events = await openEvents(url, { method: 'POST', headers: json, body: JSON.stringify({ documentId: `sha256:${'a'.repeat(64)}` }) });
    expect(await events.rest()).toMatchObject([
      { event: 'next', data: { errors: [{ extensions: { code: 'PERSISTED_DOCUMENT_NOT_FOUND' } }] } },
      COMPLETE,
    ]);
  });

  it('a request that is none is refused by its status', async () => {
    expect((await openEvents(url, { method: 'POST', headers: json, body: '{}' })).response.status).toBe(400);
    expect((await openEvents(url, { method: 'POST', headers: json, body: '{"query":"{ hello }","variables":"x"}' })).response.status).toBe(400);
    expect((await post('{ hello }', {}, { authorization: 'Bearer a.b.c' })).response.status).toBe(401);
  });

  it('a client that closes the connection ends the subscription and all behind it', async () => {
    const events = await post('subscription { never }');
    await graph.untilServed('never', 1);
    events.close();
    await graph.untilServed('never', 0);
  });

  it('says that it lives by comments, from the start', async () => {
    const events = await post('subscription { never }');
    await expect(Promise.race([events.next(), new Promise((resolve) => setTimeout(() => resolve('silent'), 1_500))])).resolves.toBe('silent');
    expect(events.comments()).toBeGreaterThanOrEqual(2);
    events.close();
    await graph.untilServed('never', 0);
  });
});

describe('single connection mode', () => {
  const reserve = async (headers: Record<string, string> = {}): Promise<string> => {
    const response = await fetch(url, { method: 'PUT', headers });
    expect(response.status).toBe(201);
    expect(response.headers.get('content-type')).toContain('text/plain');
    return response.text();
  };
  const attach = (token: string): Promise<EventClient> => openEvents(url, { headers: { 'x-graphql-event-stream-token': token } });
  const run = (token: string, query: string, operationId: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      headers: { ...json, 'x-graphql-event-stream-token': token, ...headers },
      body: JSON.stringify({ query, extensions: { operationId } }),
    });
  const stop = (token: string, query: string): Promise<Response> =>
    fetch(`${url}${query}`, { method: 'DELETE', headers: { 'x-graphql-event-stream-token': token } });
  const codeOf = async (response: Response): Promise<unknown> => [response.status, ((await response.json()) as Result).errors[0].extensions.code];

  it('reserves by PUT, 201 with a token that nobody guesses; each its own', async () => {
    const tokens = [await reserve(), await reserve()];
    expect(new Set(tokens).size).toBe(2);
    for (const token of tokens) expect(token).toMatch(/^[\w-]{32,}$/);
  });

  it('carries the results of several operations with their ids, each ended by complete with its id', async () => {
    const token = await reserve();
    const events = await attach(token);
    expect(events.response.headers.get('content-type')).toContain('text/event-stream');
    expect((await run(token, 'subscription { count(to: 2) }', 'a')).status).toBe(202);
    expect((await run(token, '{ hello }', '__proto__')).status).toBe(202);
    const seen = [];
    for (let left = 5; left > 0; left -= 1) seen.push(await events.next());
    expect(seen.filter((event) => event?.data.id === 'a')).toEqual([
      { event: 'next', data: { id: 'a', payload: { data: { count: 1 } } } },
      { event: 'next', data: { id: 'a', payload: { data: { count: 2 } } } },
      { event: 'complete', data: { id: 'a' } },
    ]);
    expect(seen.filter((event) => event?.data.id === '__proto__')).toMatchObject([
      { event: 'next', data: { payload: { data: { hello: 'world' } } } },
      { event: 'complete' },
    ]);
    events.close();
  });

  it('takes the token from the URL of an EventSource, and operations before there is a connection', async () => {
    const token = await reserve();
    expect((await run(token, '{ hello }', '1')).status).toBe(202);
    const events = await openEvents(`${url}?token=${token}`);
    expect(await events.next()).toMatchObject({ event: 'next', data: { id: '1', payload: { data: { hello: 'world' } } } });
    events.close();
  });

  it('has one connection for a reservation, never several; the token is worth nothing after it', async () => {
    const token = await reserve();
    const events = await attach(token);
    expect((await attach(token)).response.status).toBe(409);
    events.close();
    await expect.poll(async () => (await attach(token)).response.status).toBe(404);
    expect((await run(token, '{ hello }', '1')).status).toBe(404);
  });

  it('lets nobody in without a reservation', async () => {
    expect((await attach('x'.repeat(32))).response.status).toBe(404);
    expect((await attach('__proto__')).response.status).toBe(404);
    expect((await run('constructor', '{ hello }', '1')).status).toBe(404);
    expect((await stop('constructor', '?operationId=1')).status).toBe(404);
  });

  it('is of who reserved it', async () => {
    const authorization = `Bearer ${await graph.token(60)}`;
    const token = await reserve({ authorization });
    expect((await run(token, '{ hello }', '1')).status).toBe(404);
    expect((await run(token, '{ hello }', '1', { authorization: `Bearer ${await graph.token(60, { role: 'CUSTOMER' }, 'u-2')}` })).status).toBe(404);
    expect((await run(token, '{ hello }', '1', { authorization })).status).toBe(202);
    expect((await fetch(url, { method: 'PUT', headers: { authorization: 'Bearer a.b.c' } })).status).toBe(401);
  });

  it('is given up when nobody connects', async () => {
    const token = await reserve();
    expect((await run(token, 'subscription { never }', '1')).status).toBe(202);
    await graph.untilServed('never', 1);
    await graph.untilServed('never', 0);
    expect((await attach(token)).response.status).toBe(404);
  });

  it('tells what is wrong with a request by its own answer, as GraphQL over HTTP does', async () => {
    const token = await reserve();
    const events = await attach(token);
    expect(await codeOf(await run(token, '{ nothing }', '1'))).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
    expect(await codeOf(await run(token, '{ hello', '1'))).toEqual([400, 'GRAPHQL_PARSE_FAILED']);
    expect(await codeOf(await run(token, '{ hello }', undefined))).toEqual([400, 'BAD_REQUEST']);
    expect(await codeOf(await run(token, '{ hello }', 1))).toEqual([400, 'BAD_REQUEST']);
    expect(await codeOf(await run(token, '{ hello }', ''))).toEqual([400, 'BAD_REQUEST']);
    expect((await run(token, 'subscription { never }', 'same')).status).toBe(202);
    expect(await codeOf(await run(token, '{ hello }', 'same'))).toEqual([409, 'OPERATION_ID_TAKEN']);
    expect((await run(token, 'subscription { never }', '2')).status).toBe(202);
    expect((await run(token, 'subscription { never }', '3')).status).toBe(202);
    expect(await codeOf(await run(token, '{ hello }', '4'))).toEqual([429, 'TOO_MANY_SUBSCRIPTIONS_ON_CONNECTION']);
    events.close();
    await graph.untilServed('never', 0);
  });

  it('ends an operation by DELETE with its id, and all behind it', async () => {
    const token = await reserve();
    const events = await attach(token);
    await run(token, 'subscription { never }', 'gone');
    await graph.untilServed('never', 1);
    expect((await stop(token, '?operationId=gone')).status).toBe(200);
    await graph.untilServed('never', 0);
    expect((await stop(token, '')).status).toBe(400);
    expect((await run(token, '{ hello }', 'gone')).status).toBe(202);
    expect(await events.next()).toMatchObject({ event: 'next', data: { id: 'gone', payload: { data: { hello: 'world' } } } });
    events.close();
  });

  it('closing the connection ends everything on it', async () => {
    const token = await reserve();
    const events = await attach(token);
    await run(token, 'subscription { never }', '1');
    await run(token, 'subscription { never }', '2');
    await graph.untilServed('never', 2);
    events.close();
    await graph.untilServed('never', 0);
  });
});
