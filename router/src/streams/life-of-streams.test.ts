import { createHash } from 'node:crypto';
import { connect as connectTcp, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createApp } from '../app.ts';
import { routerStarter, waitUntil } from '../testing/router.ts';
import { openEvents } from './testing/event-client.ts';
import { connect, connectAndInit } from './testing/socket-client.ts';
import { type StreamGraph, streamGraphStarter } from './testing/stream-graph.ts';

const startGraph = streamGraphStarter(routerStarter(createApp));

let graph: StreamGraph;
const start = async (...options: Parameters<typeof startGraph>): Promise<void> => {
  graph = await startGraph(...options);
};
afterEach(() => graph.stop());

const SUBSCRIPTION_PARTS = 'multipart/mixed;subscriptionSpec=1.0';
const subscription = (query: string, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ query }),
});
const events = (query: string, headers?: Record<string, string>) => openEvents(`${graph.url}/graphql`, subscription(query, headers));
const socket = async (query: string, payload?: object, path = '/graphql') => {
  const client = await connectAndInit(`${graph.socketUrl}${path}`, payload);
  client.closed.catch(() => undefined);
  client.send({ id: '1', type: 'subscribe', payload: { query } });
  return client;
};

describe('when the access token expires', () => {
  it('a WebSocket is closed 4403, an event stream is told; all behind them ends', async () => {
    await start();
    // Planned before, so that the seconds are those of the streams.
    const first = await socket('subscription { mine }', { authorization: `Bearer ${await graph.token(60)}` });
    await first.next();
    first.close();
    await graph.untilServed('mine', 0);
    const authorization = `Bearer ${await graph.token(6)}`;
    const client = await socket('subscription { mine }', { authorization });
    const stream = await events('subscription { mine }', { authorization });
    expect(await client.next()).toMatchObject({ type: 'next' });
    expect(await stream.next()).toMatchObject({ event: 'next', data: { data: { mine: 1 } } });
    await graph.untilServed('mine', 2);
    expect(await client.closed).toEqual({ code: 4403, reason: 'ACCESS_TOKEN_EXPIRED' });
    expect(await stream.rest()).toMatchObject([
      { event: 'next', data: { errors: [{ extensions: { code: 'ACCESS_TOKEN_EXPIRED', kind: 'UNAUTHENTICATED' } }] } },
      { event: 'complete' },
    ]);
    await graph.untilServed('mine', 0);
  });

  it('a WebSocket that asks for nothing is closed all the same', async () => {
    await start();
    const idle = await connectAndInit(`${graph.socketUrl}/graphql`, { authorization: `Bearer ${await graph.token(3)}` });
    expect(await idle.closed).toEqual({ code: 4403, reason: 'ACCESS_TOKEN_EXPIRED' });
  });
});

describe('when the router stops', () => {
  it('every stream is told, and nothing keeps it from stopping', async () => {
    await start();
    const client = await socket('subscription { never }');
    const stream = await events('subscription { never }');
    const parts = await fetch(`${graph.url}/graphql`, subscription('subscription { never }', { accept: SUBSCRIPTION_PARTS }));
    const token = await (await fetch(`${graph.url}/graphql`, { method: 'PUT' })).text();
    const shared = await openEvents(`${graph.url}/graphql?token=${token}`);
    await fetch(`${graph.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-graphql-event-stream-token': token },
      body: JSON.stringify({ query: 'subscription { never }', extensions: { operationId: 'x' } }),
    });
    const idle = await connect(`${graph.socketUrl}/graphql`);
    await graph.untilServed('never', 4);
    const began = performance.now();
    const closed = graph.app.close();
    expect(await client.closed).toEqual({ code: 1001, reason: 'SHUTTING_DOWN' });
    expect(await idle.closed).toMatchObject({ code: 1001 });
    const told = { errors: [{ extensions: { code: 'SHUTTING_DOWN', kind: 'UNAVAILABLE' } }] };
    expect(await stream.rest()).toMatchObject([{ event: 'next', data: told }, { event: 'complete' }]);
    expect(await shared.rest()).toMatchObject([
      { event: 'next', data: { id: 'x', payload: told } },
      { event: 'complete', data: { id: 'x' } },
    ]);
    expect(await parts.text()).toMatch(/\{"payload":null,"errors":\[.*SHUTTING_DOWN.*\]\}\r\n--graphql--\r\n$/);
    await closed;
    expect(performance.now() - began).toBeLessThan(3_000);
    await graph.untilServed('never', 0);
  });
});

describe('a client that takes nothing', () => {
  const SLOW = 'subscriptions: { slowReaderSeconds: 1, heartbeatSeconds: 60, queue: 100000 }';
  const flood = 'subscription { flood(size: 100000) }';

  it('of a WebSocket is closed 1013, and its source with it', async () => {
    await start(SLOW);
    const client = await socket(flood);
    await client.next();
    await graph.untilServed('flood', 1);
    client.socket.pause();
    await graph.untilServed('flood', 0);
    client.socket.resume();
    expect([1006, 1013]).toContain((await client.closed).code);
  });

  it.each([
    ['an event stream', 'text/event-stream'],
    ['multipart', SUBSCRIPTION_PARTS],
  ])('of %s is dropped, and its source with it', async (_what, accept) => {
    await start(SLOW);
    const { port } = new URL(graph.url);
    const tcp: Socket = connectTcp(Number(port), '127.0.0.1');
    const body = JSON.stringify({ query: flood });
    tcp.write(
      `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAccept: ${accept}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await new Promise((resolve) => tcp.once('data', resolve));
    tcp.pause();
    await graph.untilServed('flood', 1);
    await graph.untilServed('flood', 0);
    tcp.on('error', () => undefined).resume();
    await waitUntil(async () => tcp.destroyed, 3_000);
  });
});

it('a WebSocket that does not answer a ping by the next one is cut', async () => {
  await start('subscriptions: { heartbeatSeconds: 1 }');
  const alive = await socket('subscription { never }');
  const dead = await connect(`${graph.socketUrl}/graphql`, { autoPong: false });
  dead.send({ type: 'connection_init' });
  await dead.next();
  expect(await dead.closed).toMatchObject({ code: 1006 });
  expect(alive.socket.readyState).toBe(1);
});

describe('how many there may be', () => {
  it('is bounded in all: more are refused until one ends', async () => {
    await start('subscriptions: { max: 2 }');
    const first = await events('subscription { never }');
    const second = await socket('subscription { never }');
    await graph.untilServed('never', 2);
    const third = await events('subscription { never }');
    expect(third.response.status).toBe(503);
    expect(third.response.headers.get('retry-after')).toBe('5');
    const reservation = await fetch(`${graph.url}/graphql`, { method: 'PUT' });
    expect([reservation.status, reservation.headers.get('retry-after')]).toEqual([503, '5']);
    second.send({ id: '2', type: 'subscribe', payload: { query: '{ hello }' } });
    expect(await second.next()).toMatchObject({ id: '2', type: 'error', payload: [{ extensions: { code: 'TOO_MANY_SUBSCRIPTIONS' } }] });
    first.close();
    await graph.untilServed('never', 1);
    second.send({ id: '2', type: 'subscribe', payload: { query: '{ hello }' } });
    expect(await second.next()).toMatchObject({ id: '2', type: 'next' });
  });

  it('is bounded for each WebSocket, and so are WebSockets', async () => {
    await start('subscriptions: { max: 4, maxPerConnection: 1 }');
    const client = await socket('subscription { never }');
    client.send({ id: '2', type: 'subscribe', payload: { query: '{ hello }' } });
    expect(await client.next()).toMatchObject({
      id: '2',
      type: 'error',
      payload: [{ extensions: { code: 'TOO_MANY_SUBSCRIPTIONS_ON_CONNECTION' } }],
    });
    for (let count = 0; count < 3; count += 1) (await connect(`${graph.socketUrl}/graphql`)).closed.catch(() => undefined);
    await expect(connect(`${graph.socketUrl}/graphql`)).rejects.toThrow('503');
    const { port } = new URL(graph.url);
    const tcp = connectTcp(Number(port), '127.0.0.1');
    tcp.write(
      'GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    expect(String(await new Promise((resolve) => tcp.once('data', resolve)))).toMatch(/^HTTP\/1.1 503 .*\r\nretry-after: 5\r\n/s);
    tcp.destroy();
  });

  it('is free again when an operation has ended, also where the connection stays', async () => {
    await start('subscriptions: { max: 3 }');
    const token = await (await fetch(`${graph.url}/graphql`, { method: 'PUT' })).text();
    const shared = await openEvents(`${graph.url}/graphql?token=${token}`);
    for (let count = 0; count < 5; count += 1) {
      const response = await fetch(`${graph.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-graphql-event-stream-token': token },
        body: JSON.stringify({ query: '{ hello }', extensions: { operationId: 'same' } }),
      });
      expect(response.status).toBe(202);
      expect([(await shared.next())?.event, (await shared.next())?.event]).toEqual(['next', 'complete']);
    }
    shared.close();
  });

  it('does not count as requests in flight, of which there may be fewer', async () => {
    await start('requests: { maxInFlight: 2 }');
    for (let count = 0; count < 3; count += 1) {
      await events('subscription { never }');
      await socket('subscription { never }');
      await graph.untilServed('never', 2 * count + 2);
    }
    expect(await graph.query('{ hello }')).toEqual({ data: { hello: 'world' } });
  });

  it('is none when they are switched off', async () => {
    await start('subscriptions: { enabled: false }');
    await expect(connect(`${graph.socketUrl}/graphql`)).rejects.toThrow('403');
    expect((await events('subscription { never }')).response.status).toBe(403);
    expect((await fetch(`${graph.url}/graphql`, { method: 'PUT' })).status).toBe(403);
  });
});

describe('what holds for every operation', () => {
  it('holds for streams: rate limits by messages of a WebSocket', async () => {
    await start('rateLimits: { anonymous: { points: 3, perSeconds: 60 } }');
    const client = await socket('{ hello }');
    for (const id of ['2', '3', '4']) client.send({ id, type: 'subscribe', payload: { query: '{ hello }' } });
    const refused = await client.until(({ type }) => type === 'error');
    expect(refused).toMatchObject({ payload: [{ extensions: { code: 'RATE_LIMITED' } }] });
    expect((await events('subscription { never }')).response.status).toBe(429);
    expect((await fetch(`${graph.url}/graphql`, { method: 'PUT' })).status).toBe(429);
  });

  it('holds for streams: contracts hide what they hide', async () => {
    await start('contracts: { mobile: { exclude: [staff] } }');
    const whole = await socket('{ secret }');
    expect(await whole.next()).toMatchObject({ type: 'next', payload: { data: { secret: 'secret' } } });
    const mobile = await socket('{ secret }', undefined, '/mobile/graphql');
    expect(await mobile.next()).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] });
  });

  it('holds for streams: a safelist lets in nothing else', async () => {
    await start('operations: { safelist: true }');
    const client = await socket('{ hello }');
    expect(await client.next()).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'QUERY_NOT_IN_SAFELIST' } }] });
    const stream = await events('{ hello }');
    expect(await stream.next()).toMatchObject({ data: { errors: [{ extensions: { code: 'QUERY_NOT_IN_SAFELIST' } }] } });
  });

  it('holds for streams: documents by their id or hash, whatever brings them', async () => {
    await start('operations: { clients: [web-app] }', {}, { 'web-app': 'subscription S { count(to: 1) }' });
    const hash = createHash('sha256').update('subscription S { count(to: 1) }').digest('hex');
    const client = await connectAndInit(`${graph.socketUrl}/graphql`);
    const one = { type: 'next', payload: { data: { count: 1 } } };
    client.send({ id: '1', type: 'subscribe', payload: { query: '', documentId: `sha256:${hash}` } });
    expect(await client.next()).toMatchObject(one);
    await client.next();
    const extensions = { persistedQuery: { version: 1, sha256Hash: hash } };
    client.send({ id: '2', type: 'subscribe', payload: { query: '', extensions } });
    expect(await client.next()).toMatchObject(one);
    const byId = await openEvents(`${graph.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ documentId: `sha256:${hash}` }),
    });
    expect(await byId.next()).toEqual({ event: 'next', data: { data: { count: 1 } } });
  });

  it('holds for streams: a hash is known once its document came with it', async () => {
    await start();
    const query = 'subscription T { count(to: 1) }';
    const extensions = { persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') } };
    const client = await connectAndInit(`${graph.socketUrl}/graphql`);
    const ask = async (payload: object) => {
      client.send({ id: '1', type: 'subscribe', payload });
      return client.next();
    };
    expect(await ask({ query: '', extensions })).toMatchObject({ type: 'error', payload: [{ message: 'PersistedQueryNotFound' }] });
    expect(await ask({ query: '{ hello }', extensions })).toMatchObject({
      type: 'error',
      payload: [{ message: 'provided sha does not match query' }],
    });
    expect(await ask({ query, extensions })).toMatchObject({ type: 'next' });
    await client.next();
    expect(await ask({ query: '', extensions })).toMatchObject({ type: 'next', payload: { data: { count: 1 } } });
  });

  it('holds for streams: pages of other origins are told apart as CORS does', async () => {
    await start('cors: { origins: ["https://shop.example.com"] }', { production: true });
    const allowed = await events('subscription { never }', { origin: 'https://shop.example.com' });
    expect(allowed.response.headers.get('access-control-allow-origin')).toBe('https://shop.example.com');
    expect(
      (await events('subscription { never }', { origin: 'https://evil.example' })).response.headers.get('access-control-allow-origin'),
    ).toBeNull();
    const open = await connect(`${graph.socketUrl}/graphql`, { headers: { origin: 'https://shop.example.com' } });
    open.closed.catch(() => undefined);
    await expect(connect(`${graph.socketUrl}/graphql`, { headers: { origin: 'http://localhost:3000' } })).rejects.toThrow('403');
  });

  it('a client that sends and does not read is closed, and nothing is kept for it', async () => {
    await start();
    const client = await connectAndInit(`${graph.socketUrl}/graphql`);
    client.closed.catch(() => undefined);
    const before = process.memoryUsage().rss;
    client.socket.pause();
    const ping = JSON.stringify({ type: 'ping', payload: { x: 'x'.repeat(100_000) } });
    for (let count = 0; count < 1_000 && client.socket.readyState === 1; count += 1) {
      client.sendRaw(ping);
      if (count % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await waitUntil(async () => client.socket.bufferedAmount === 0 || client.socket.readyState !== 1, 5_000);
    client.socket.resume();
    expect([1006, 1013]).toContain((await client.closed).code);
    expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000);
  });

  it('a message that is too large closes the WebSocket, 1009', async () => {
    await start('limits: { bodyBytes: 2048 }');
    const client = await socket(`{ hello } # ${'x'.repeat(3_000)}`);
    expect(await client.closed).toMatchObject({ code: 1009 });
  });

  it('a client that offers another protocol than WebSocket is answered as if it had not', async () => {
    await start();
    const { port } = new URL(graph.url);
    const tcp = connectTcp(Number(port), '127.0.0.1');
    tcp.write('GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n');
    expect(String(await new Promise((resolve) => tcp.once('data', resolve)))).toContain('200 OK');
    tcp.destroy();
  });
});
