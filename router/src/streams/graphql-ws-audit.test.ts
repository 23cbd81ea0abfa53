import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../app.ts';
import { routerStarter } from '../testing/router.ts';
import { connect, connectAndInit, type Message, type SocketClient } from './testing/socket-client.ts';
import { type StreamGraph, streamGraphStarter } from './testing/stream-graph.ts';

// From the text of https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md, against the running router.

const startGraph = streamGraphStarter(routerStarter(createApp));

let graph: StreamGraph;
let url: string;
let clients: SocketClient[] = [];

beforeAll(async () => {
  graph = await startGraph('subscriptions: { initSeconds: 1 }');
  url = `${graph.socketUrl}/graphql`;
});
afterAll(() => graph.stop());
afterEach(() => {
  for (const client of clients) client.close();
  clients = [];
});

const open = async (...options: Parameters<typeof connect>): Promise<SocketClient> => {
  const client = await connect(...options);
  client.closed.catch(() => undefined);
  clients.push(client);
  return client;
};
const ready = async (payload?: object): Promise<SocketClient> => {
  const client = await connectAndInit(url, payload);
  client.closed.catch(() => undefined);
  clients.push(client);
  return client;
};
const subscribe = (id: string, query: string, rest: object = {}): Message => ({ id, type: 'subscribe', payload: { query, ...rest } });

describe('the handshake', () => {
  it('speaks graphql-transport-ws, also when others are offered', async () => {
    expect((await open(url)).socket.protocol).toBe('graphql-transport-ws');
    expect((await open(url, { protocols: ['other', 'graphql-transport-ws'] })).socket.protocol).toBe('graphql-transport-ws');
  });

  it('closes what speaks no protocol that it knows, 4406', async () => {
    expect(await (await open(url, { protocols: [] })).closed).toMatchObject({ code: 4406 });
    await expect(open(url, { protocols: ['graphql-ws'] })).rejects.toThrow();
  });

  it('refuses other paths, contracts that are not there, and strange origins', async () => {
    await expect(open(`${graph.socketUrl}/`)).rejects.toThrow('404');
    await expect(open(`${graph.socketUrl}/nowhere/graphql`)).rejects.toThrow('404');
    await expect(open(`${graph.socketUrl}//graphql`)).rejects.toThrow('404');
    await expect(open(url, { headers: { origin: 'https://evil.example' } })).rejects.toThrow('403');
    expect((await open(url, { headers: { origin: graph.url } })).socket.readyState).toBe(1);
  });
});

describe('ConnectionInit', () => {
  it('is acknowledged, with a payload or without one', async () => {
    await ready();
    await ready({ anything: 1 });
  });

  it('that does not come in time closes the socket, 4408', async () => {
    expect(await (await open(url)).closed).toEqual({ code: 4408, reason: 'Connection initialisation timeout' });
  });

  it('that comes again closes the socket, 4429, acknowledged or not', async () => {
    const again = await ready();
    again.send({ type: 'connection_init' });
    expect(await again.closed).toEqual({ code: 4429, reason: 'Too many initialisation requests' });
    const twice = await open(url);
    twice.send({ type: 'connection_init' });
    twice.send({ type: 'connection_init' });
    expect(await twice.closed).toMatchObject({ code: 4429 });
  });

  it('with a token that is refused closes the socket, 4403', async () => {
    const client = await open(url);
    client.send({ type: 'connection_init', payload: { Authorization: 'Bearer a.b.c' } });
    expect(await client.closed).toEqual({ code: 4403, reason: 'ACCESS_TOKEN_INVALID' });
  });

  it('says who asks; the headers of the upgrade do where a client can send them', async () => {
    const query = 'subscription { mine }';
    const anonymous = await ready();
    anonymous.send(subscribe('1', query));
    expect(await anonymous.next()).toMatchObject({ id: '1', type: 'error', payload: [{ extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' } }] });
    const authorization = `Bearer ${await graph.token(60)}`;
    const known = await ready({ authorization });
    known.send(subscribe('1', query));
    expect(await known.next()).toEqual({ id: '1', type: 'next', payload: { data: { mine: 1 } } });
    const byHeader = await open(url, { headers: { authorization } });
    byHeader.send({ type: 'connection_init' });
    await byHeader.next();
    byHeader.send(subscribe('1', query));
    expect(await byHeader.next()).toMatchObject({ id: '1', type: 'next' });
  });
});

describe('Ping and Pong', () => {
  it('a ping is answered by a pong with its payload, before the acknowledgement too', async () => {
    const client = await open(url);
    client.send({ type: 'ping', payload: { at: 1 } });
    expect(await client.next()).toEqual({ type: 'pong', payload: { at: 1 } });
    client.send({ type: 'ping' });
    expect(await client.next()).toEqual({ type: 'pong' });
  });

  it('a pong that nobody asked for is taken', async () => {
    const client = await ready();
    client.send({ type: 'pong' });
    client.send({ type: 'pong', payload: { x: 1 } });
    client.send({ type: 'ping' });
    expect(await client.next()).toEqual({ type: 'pong' });
  });
});

describe('Subscribe', () => {
  it('before the acknowledgement closes the socket, 4401', async () => {
    const early = await open(url);
    early.send(subscribe('1', '{ hello }'));
    expect(await early.closed).toEqual({ code: 4401, reason: 'Unauthorized' });
  });

  it.each([
    ['a query', '{ hello }', { hello: 'world' }],
    ['a mutation', 'mutation { rename(name: "x") }', { rename: 'x' }],
  ])('of %s is answered by one next, then complete', async (_what, query, data) => {
    const client = await ready();
    client.send(subscribe('one', query));
    expect(await client.next()).toEqual({ id: 'one', type: 'next', payload: { data } });
    expect(await client.next()).toEqual({ id: 'one', type: 'complete' });
    await client.silence();
  });

  it('takes variables, operationName and null for what is not given', async () => {
    const client = await ready();
    const query = 'query A { hello } subscription B($to: Int!) { count(to: $to) }';
    client.send(subscribe('1', query, { operationName: 'B', variables: { to: 1 }, extensions: null }));
    expect(await client.next()).toMatchObject({ payload: { data: { count: 1 } } });
    expect(await client.next()).toEqual({ id: '1', type: 'complete' });
    client.send(subscribe('2', '{ hello }', { operationName: null, variables: null }));
    expect(await client.next()).toMatchObject({ id: '2', type: 'next' });
  });

  it('of a subscription is answered by every result, in order, then complete', async () => {
    const client = await ready();
    client.send(subscribe('s', 'subscription { count(to: 5) }'));
    for (const count of [1, 2, 3, 4, 5]) expect(await client.next()).toEqual({ id: 's', type: 'next', payload: { data: { count } } });
    expect(await client.next()).toEqual({ id: 's', type: 'complete' });
    await client.silence();
  });

  it('of several keeps them apart by id, whatever the ids are', async () => {
    const client = await ready();
    const ids = ['__proto__', 'constructor', 'a'];
    for (const id of ids) client.send(subscribe(id, 'subscription { count(to: 2) }'));
    const seen: Record<string, Message[]> = Object.create(null);
    for (let left = ids.length * 3; left > 0; left -= 1) {
      const { id, ...message } = await client.next();
      seen[id] = [...(seen[id] ?? []), message.payload?.data?.count ?? message.type];
    }
    for (const id of ids) expect(seen[id]).toEqual([1, 2, 'complete']);
  });

  it.each([
    ['a subscription', 'subscription { never }'],
    ['a query', '{ slow }'],
  ])('with the id of %s that is under way closes the socket, 4409', async (_what, query) => {
    const client = await ready();
    client.send(subscribe('same', query));
    client.send(subscribe('same', '{ hello }'));
    expect(await client.closed).toEqual({ code: 4409, reason: 'Subscriber for same already exists' });
  });

  it('with an id that no close frame can hold is told as much of it as one can', async () => {
    const client = await ready();
    const id = '€'.repeat(200);
    client.send(subscribe(id, 'subscription { never }'));
    client.send(subscribe(id, '{ hello }'));
    expect(await client.closed).toEqual({ code: 4409, reason: `Subscriber for ${'€'.repeat(36)}` });
  });
});

describe('Error', () => {
  it.each([
    ['does not parse', '{ hello', 'GRAPHQL_PARSE_FAILED'],
    ['is not valid', '{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['breaks a limit', `{ ${Array.from({ length: 40 }, (_, index) => `a${index}: hello`).join(' ')} }`, 'MAX_ALIASES_LIMIT'],
    ['is empty', '', 'BAD_REQUEST'],
    ['is a subscription to several fields', 'subscription { never count(to: 1) }', 'GRAPHQL_VALIDATION_FAILED'],
  ])('ends an operation that %s, and no complete follows; the connection stays', async (_what, query, code) => {
    const client = await ready();
    client.send(subscribe('bad', query));
    const message = await client.next();
    expect(message).toMatchObject({ id: 'bad', type: 'error' });
    expect(message.payload[0]).toMatchObject({ message: expect.any(String), extensions: { code } });
    await client.silence();
    client.send(subscribe('bad', '{ hello }'));
    expect(await client.next()).toMatchObject({ id: 'bad', type: 'next' });
  });

  it('ends a subscription whose source breaks, after what came before', async () => {
    const client = await ready();
    client.send(subscribe('b', 'subscription { breaks }'));
    expect(await client.next()).toEqual({ id: 'b', type: 'next', payload: { data: { breaks: 1 } } });
    const last = await client.until(({ type }) => type !== 'next');
    expect(['error', 'complete']).toContain(last.type);
    await client.silence();
  });
});

describe('Complete', () => {
  it('from the client ends the subscription and all behind it; nothing comes afterwards, and the id is free', async () => {
    const client = await ready();
    client.send(subscribe('1', 'subscription { never }'));
    await graph.untilServed('never', 1);
    client.send({ id: '1', type: 'complete' });
    await graph.untilServed('never', 0);
    client.send(subscribe('1', '{ hello }'));
    expect(await client.next()).toMatchObject({ id: '1', type: 'next', payload: { data: { hello: 'world' } } });
  });

  it('from the client ends an operation that is answered once before its answer is sent', async () => {
    const client = await ready();
    client.send(subscribe('1', '{ slow }'));
    client.send({ id: '1', type: 'complete' });
    await client.silence(700);
  });

  it('from the client ends an operation that fails before its error is sent', async () => {
    const client = await ready();
    client.send(subscribe('1', '{ nothing }'));
    client.send({ id: '1', type: 'complete' });
    await client.silence();
  });

  it('frees the id at once: the answer of the operation before does not come under it', async () => {
    const client = await ready();
    client.send(subscribe('1', '{ slow }'));
    client.send({ id: '1', type: 'complete' });
    client.send(subscribe('1', 'subscription { never }'));
    await client.silence(700);
    await graph.untilServed('never', 1);
    client.send({ id: '1', type: 'complete' });
    await graph.untilServed('never', 0);
  });

  it('of what is not there is passed over', async () => {
    const client = await ready();
    client.send({ id: 'nothing', type: 'complete' });
    client.send(subscribe('1', '{ hello }'));
    await client.until(({ type }) => type === 'complete');
    client.send({ id: '1', type: 'complete' });
    client.send({ type: 'ping' });
    expect(await client.next()).toEqual({ type: 'pong' });
  });

  it('closing the socket ends everything on it', async () => {
    const client = await ready();
    client.send(subscribe('1', 'subscription { never }'));
    client.send(subscribe('2', 'subscription { never }'));
    await graph.untilServed('never', 2);
    client.close();
    await graph.untilServed('never', 0);
  });
});

describe('a message of a type or form that is not specified', () => {
  it.each<[string, string]>([
    ['no JSON', '{"type":'],
    ['no object', '[]'],
    ['null', 'null'],
    ['a text', '"ping"'],
    ['no type', '{}'],
    ['a type that is no text', '{"type":1}'],
    ['an unknown type', '{"type":"start"}'],
    ['an acknowledgement', '{"type":"connection_ack"}'],
    ['a next', '{"type":"next","id":"1","payload":{"data":{}}}'],
    ['an error', '{"type":"error","id":"1","payload":[{"message":"x"}]}'],
    ['a ping whose payload is no object', '{"type":"ping","payload":"x"}'],
    ['a connection_init whose payload is no object', '{"type":"connection_init","payload":[]}'],
    ['a subscribe without id', '{"type":"subscribe","payload":{"query":"{ hello }"}}'],
    ['a subscribe with an empty id', '{"type":"subscribe","id":"","payload":{"query":"{ hello }"}}'],
    ['a subscribe whose id is no text', '{"type":"subscribe","id":1,"payload":{"query":"{ hello }"}}'],
    ['a subscribe with an endless id', `{"type":"subscribe","id":"${'x'.repeat(300)}","payload":{"query":"{ hello }"}}`],
    ['a subscribe without payload', '{"type":"subscribe","id":"1"}'],
    ['a subscribe without query', '{"type":"subscribe","id":"1","payload":{}}'],
    ['a subscribe whose variables are no object', '{"type":"subscribe","id":"1","payload":{"query":"{ hello }","variables":[1]}}'],
    ['a subscribe whose operationName is no text', '{"type":"subscribe","id":"1","payload":{"query":"{ hello }","operationName":1}}'],
    ['a subscribe whose extensions are no object', '{"type":"subscribe","id":"1","payload":{"query":"{ hello }","extensions":"x"}}'],
    ['a complete without id', '{"type":"complete"}'],
  ])('closes the socket, 4400: %s', async (_what, text) => {
    const client = await open(url);
    client.sendRaw(text);
    const { code, reason } = await client.closed;
    expect(code).toBe(4400);
    expect(reason).not.toBe('');
  });

  it('closes the socket, 4400: bytes', async () => {
    const client = await ready();
    client.sendRaw(Buffer.from('{"type":"ping"}'), true);
    expect(await client.closed).toMatchObject({ code: 4400 });
  });

  it('ends what is under way on it, and nothing that was sent after it is done', async () => {
    const client = await ready();
    client.send(subscribe('1', 'subscription { never }'));
    await graph.untilServed('never', 1);
    client.sendRaw('x');
    client.send(subscribe('2', 'subscription { never }'));
    expect(await client.closed).toMatchObject({ code: 4400 });
    await graph.untilServed('never', 0);
  });
});
