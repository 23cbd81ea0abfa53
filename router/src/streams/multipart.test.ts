import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../app.ts';
import { routerStarter } from '../testing/router.ts';
import { createIncrementalParts } from './multipart.ts';
import type { Result } from './testing/event-client.ts';
import { type StreamGraph, streamGraphStarter } from './testing/stream-graph.ts';

const startGraph = streamGraphStarter(routerStarter(createApp));

let graph: StreamGraph;

beforeAll(async () => {
  graph = await startGraph('subscriptions: { heartbeatSeconds: 1 }');
});
afterAll(() => graph.stop());

// As Apollo Client 4 sends them.
const SUBSCRIPTIONS = 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9';
const DEFERRED = 'multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9';

const ask = (query: string, accept: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${graph.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept },
    body: JSON.stringify({ query }),
    ...init,
  });

/** Takes the text apart by the rules of RFC 2046, and by nothing else. */
const partsOf = (text: string, boundary: string) => {
  const [preamble, ...parts] = text.split(`\r\n--${boundary}`);
  expect(preamble).toBe('');
  expect(parts.pop()).toBe('--\r\n');
  return parts.map((part) => {
    const [head, body = ''] = part.split('\r\n\r\n');
    expect(head).toBe('\r\ncontent-type: application/json; charset=utf-8');
    return JSON.parse(body);
  });
};

describe('subscriptions by multipart', () => {
  it('begin with a heartbeat, have every result in payload, and end with the last boundary', async () => {
    const response = await ask('subscription { count(to: 2) }', SUBSCRIPTIONS);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('multipart/mixed; boundary="graphql"; subscriptionSpec=1.0');
    const [heartbeat, ...results] = partsOf(await response.text(), 'graphql');
    expect(heartbeat).toEqual({});
    expect(results).toEqual([{ payload: { data: { count: 1 } } }, { payload: { data: { count: 2 } } }]);
  });

  it('are kept alive by empty parts', async () => {
    const abort = new AbortController();
    const response = await ask('subscription { never }', SUBSCRIPTIONS, { signal: abort.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (text.split('\r\n\r\n{}\r\n--graphql').length < 3) text += (await reader?.read())?.value ?? '';
    abort.abort();
    await graph.untilServed('never', 0);
  });

  it('that are refused, and what is no subscription, are answered once, with their status', async () => {
    const invalid = await ask('subscription { nothing }', SUBSCRIPTIONS);
    expect(invalid.status).toBe(400);
    expect(await invalid.json()).toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] });
    const query = await ask('{ hello }', SUBSCRIPTIONS);
    expect(query.headers.get('content-type')).toContain('application/');
    expect(await query.json()).toEqual({ data: { hello: 'world' } });
  });

  it('are served to no client that takes single answers only, and the refusal names the ways', async () => {
    for (const accept of ['application/json', 'multipart/mixed;subscriptionSpec=2.0, application/json']) {
      const response = await ask('subscription { never }', accept);
      expect(response.status).toBe(400);
      const [{ message, extensions }] = ((await response.json()) as Result).errors;
      expect(extensions.code).toBe('SUBSCRIPTION_NOT_SUPPORTED');
      for (const way of ['WebSocket', 'text/event-stream', 'multipart/mixed']) expect(message).toContain(way);
    }
  });
});

describe('deferred parts by multipart', () => {
  const query = '{ hello deferrable { ... @defer(label: "later") { name } } }';

  it('come after the first result, and the last part says so', async () => {
    const response = await ask(query, DEFERRED);
    expect(response.headers.get('content-type')).toBe('multipart/mixed; boundary="-"; deferSpec=20220824');
    const [first, ...rest] = partsOf(await response.text(), '-');
    expect(first).toEqual({ data: { hello: 'world', deferrable: {} }, hasNext: true });
    expect(rest.flatMap(({ incremental = [] }) => incremental)).toEqual([{ data: { name: 'thing' }, path: ['deferrable'], label: 'later' }]);
    expect(rest.at(-1).hasNext).toBe(false);
  });

  it('are whole for a client that does not take parts', async () => {
    const response = await ask(query, 'application/json');
    expect(await response.json()).toEqual({ data: { hello: 'world', deferrable: { name: 'thing' } } });
  });

  it('that are switched off are whole', async () => {
    const response = await ask(query.replace('@defer(', '@defer(if: false, '), DEFERRED);
    expect(response.headers.get('content-type')).toContain('application/graphql-response+json');
    expect(await response.json()).toEqual({ data: { hello: 'world', deferrable: { name: 'thing' } } });
  });

  it('are told to be over when what gives them ends early, or breaks', async () => {
    const written: string[] = [];
    const write = async (text: string): Promise<void> => void written.push(text);
    const body = { write, isEnded: () => false, end: write, drop: () => undefined };
    const early = createIncrementalParts(body);
    await early.next({ data: { a: 1 }, hasNext: true });
    await early.complete();
    expect(partsOf(written.splice(0).join(''), '-').at(-1)).toEqual({ hasNext: false });
    const broken = createIncrementalParts(body);
    await broken.next({ data: { a: 1 }, hasNext: true });
    await broken.error([{ message: 'x' }]);
    expect(partsOf(written.join(''), '-').at(-1)).toEqual({ incremental: [{ path: [], errors: [{ message: 'x' }] }], hasNext: false });
  });

  it('come as events to a client that takes nothing else', async () => {
    const text = await (await ask(query, 'text/event-stream')).text();
    expect(text).toContain('event: next\ndata: {"data":{"hello":"world","deferrable":{}},"hasNext":true}\n\n');
    expect(text).toContain('"incremental":[');
    expect(text.endsWith('event: complete\ndata:\n\n')).toBe(true);
  });
});
