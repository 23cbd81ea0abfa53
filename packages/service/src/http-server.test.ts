import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createConnection } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHttpServer, type HttpServerOptions, listen } from './http-server.ts';
import { StartupError } from './startup-error.ts';

let logged: string[];
const open: FastifyInstance[] = [];

beforeEach(() => {
  logged = [];
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
});

const create = (options: Partial<HttpServerOptions> = {}): FastifyInstance => {
  const logger = pino({ level: 'info' }, { write: (line) => void logged.push(line) });
  const app = createHttpServer({ logger, readiness: async () => undefined, ...options });
  app.post('/echo', async ({ body }) => body);
  app.get('/fail', async () => {
    throw new Error('the password is sesame');
  });
  open.push(app);
  return app;
};
const start = async (options: Partial<HttpServerOptions> = {}): Promise<{ app: FastifyInstance; port: number }> => {
  const app = create(options);
  return { app, port: await listen(app, 'shop', '127.0.0.1', 0) };
};
const refusal = (message: unknown, code: string) => ({ errors: [{ message, extensions: { code } }] });

/** Sends bytes and reads until the server hangs up. */
const send = async (port: number, bytes: string): Promise<string> => {
  const socket = createConnection({ host: '127.0.0.1', port });
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk));
  socket.end(bytes);
  await once(socket, 'close');
  return answer;
};

/** The same with an end that stays open: only the server can end it. */
const keepSending = async (port: number, bytes: string): Promise<string> => {
  const socket = createConnection({ host: '127.0.0.1', port });
  let answer = '';
  // What is sent after the server hung up may be reset.
  socket.on('data', (chunk) => (answer += chunk)).on('error', () => undefined);
  socket.write(bytes);
  await new Promise((resolve) => socket.once('close', resolve));
  return answer;
};

describe('the health routes', () => {
  test('say live as long as the process answers at all', async () => {
    const response = await create({ readiness: async () => 'database: gone' }).inject('/health/live');
    expect([response.statusCode, response.json()]).toEqual([200, { status: 'live' }]);
  });

  test('say ready with details, or what is not ready with 503', async () => {
    let problem: string | undefined;
    const app = create({ readiness: async () => problem, readyDetails: () => ({ version: 7 }) });
    const ready = await app.inject('/health/ready');
    expect([ready.statusCode, ready.json()]).toEqual([200, { status: 'ready', version: 7 }]);
    problem = 'database: connection refused';
    const unready = await app.inject('/health/ready');
    expect([unready.statusCode, unready.json()]).toEqual([503, { status: 'not ready', problem }]);
  });

  test('say not ready when the question itself fails', async () => {
    const response = await create({ readiness: () => Promise.reject(new Error('no answer\nat all')) }).inject('/health/ready');
    expect([response.statusCode, response.json()]).toEqual([503, { status: 'not ready', problem: 'no answer' }]);
  });
});

describe('what a client did wrong', () => {
  test('a path that leads nowhere is 404, and its query is not repeated', async () => {
    const response = await create().inject({ method: 'PUT', url: '/nowhere?token=sesame' });
    expect([response.statusCode, response.json()]).toEqual([404, refusal('Nothing here: PUT /nowhere.', 'NOT_FOUND')]);
  });

  test('a body that is not the JSON it says it is gets 400', async () => {
    const response = await create().inject({ method: 'POST', url: '/echo', headers: { 'content-type': 'application/json' }, payload: '{"a":' });
    expect([response.statusCode, response.json()]).toEqual([400, refusal(expect.stringContaining('JSON'), 'BAD_REQUEST')]);
  });

  test('a body of 1 MB is read, a larger one is 413', async () => {
    const app = create();
    const post = (bytes: number) =>
      app.inject({ method: 'POST', url: '/echo', headers: { 'content-type': 'application/json' }, payload: `"${'x'.repeat(bytes - 2)}"` });
    expect((await post(1_048_576)).statusCode).toBe(200);
    const response = await post(1_048_577);
    expect([response.statusCode, response.json()]).toEqual([413, refusal(expect.any(String), 'BODY_TOO_LARGE')]);
  });

  test('a body of a type nobody reads is 415', async () => {
    const response = await create().inject({ method: 'POST', url: '/echo', headers: { 'content-type': 'text/x-shop' }, payload: 'a' });
    expect([response.statusCode, response.json()]).toEqual([415, refusal(expect.any(String), 'UNSUPPORTED_MEDIA_TYPE')]);
  });

  test('a path that is no path is 400 in the same form', async () => {
    const { port } = await start();
    const response = await fetch(`http://127.0.0.1:${port}/%zz`);
    expect([response.status, await response.json()]).toEqual([400, refusal(expect.any(String), 'BAD_REQUEST')]);
  });

  test('a smaller limit of bodies is kept, and the connection of an endless one is cut', async () => {
    const { port } = await start({ bodyLimit: 100 });
    const head = 'POST /echo HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n';
    const endless = `${head}Transfer-Encoding: chunked\r\n\r\n${`40\r\n${'x'.repeat(64)}\r\n`.repeat(1_000)}`;
    for (const bytes of [`${head}Content-Length: 101\r\n\r\n"`, endless])
      expect(await keepSending(port, bytes)).toMatch(/^HTTP\/1\.1 413 [\s\S]*"code":"BODY_TOO_LARGE"/);
  });

  test('a method that a path does not have is 405, with those it has', async () => {
    const response = await create().inject({ method: 'DELETE', url: '/echo' });
    expect([response.statusCode, response.headers['allow'], response.json()]).toEqual([
      405,
      'POST',
      refusal('DELETE is not a method of /echo.', 'METHOD_NOT_ALLOWED'),
    ]);
  });

  test.each([
    ['Content-Encoding: gzip', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['Content-Type: application/json; charset=utf-7', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['Content-Type: application/json;charset="IBM037"', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['Authorization: Bearer a\r\nAuthorization: Bearer b', 400, 'BAD_REQUEST'],
    ['host: other', 400, 'BAD_REQUEST'],
    ['Content-Type: application/json; charset=UTF-8', 404, 'NOT_FOUND'],
  ])('%s is %i %s', async (lines, status, code) => {
    const { port } = await start();
    const answer = await send(port, `GET /nowhere HTTP/1.1\r\nHost: shop\r\n${lines}\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*"code":"${code}"`));
  });

  test('more than 100 headers are 431', async () => {
    const headers = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`x-${index}`, '1']));
    const response = await create().inject({ url: '/health/live', headers });
    expect([response.statusCode, response.json()]).toEqual([431, refusal(expect.any(String), 'HEADERS_TOO_LARGE')]);
  });

  test.each(['GET / HTTP/1.1\r\n', 'GET / HTTP/1.1\r\nHost: a b\r\n', 'GET / HTTP/1.1\r\nHost: [\r\n', 'GET // HTTP/1.1\r\nHost: shop\r\n'])(
    '%s names no place: 400',
    async (head) => {
      const { port } = await start();
      expect(await send(port, `${head}Connection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"BAD_REQUEST"/);
    },
  );

  test.each([
    ['bytes of another protocol', '\x16\x03\x01\x02\x00\x01\x00', 400, 'BAD_REQUEST'],
    ['a line that is no request', 'hello\r\n\r\n', 400, 'BAD_REQUEST'],
    ['an unknown version', 'GET / HTTP/9.9\r\n\r\n', 400, 'BAD_REQUEST'],
    ['a NUL in a header', 'GET / HTTP/1.1\r\nHost: shop\r\nX: a\0b\r\n\r\n', 400, 'BAD_REQUEST'],
    [
      'two lengths of one body',
      'POST /echo HTTP/1.1\r\nHost: shop\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'BAD_REQUEST',
    ],
    ['20 KB of headers', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
    ['100 KB of URL', `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: shop\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
  ])('%s get JSON, and the connection ends', async (_, bytes, status, code) => {
    const { port } = await start();
    const [head, body] = (await send(port, bytes)).split('\r\n\r\n') as [string, string];
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toMatch(/Content-Type: application\/json/);
    expect(head).toContain(`Content-Length: ${body.length}`);
    expect(JSON.parse(body)).toEqual(refusal(expect.any(String), code));
    expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200);
  });

  test('a client that keeps its end open after a refusal is let go of all the same', async () => {
    const { app, port } = await start();
    const connections = (): Promise<number> => new Promise((resolve) => app.server.getConnections((_, count) => resolve(count)));
    const socket = createConnection({ host: '127.0.0.1', port, allowHalfOpen: true });
    socket.resume().write('hello\r\n\r\n');
    await once(socket, 'end');
    expect(await connections()).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await connections()).toBe(0);
    socket.destroy();
  });

  test('the deadlines are settings', async () => {
    const { port } = await start({ headersTimeoutMs: 1_000, bodyTimeoutMs: 1_000 });
    const began = performance.now();
    expect(await keepSending(port, 'GET / HTTP/1.1\r\n')).toMatch(/^HTTP\/1\.1 408 /);
    expect(performance.now() - began).toBeLessThan(4_000);
  });

  test('headers that never end are cut after 10 s, a body after 15 s, with 408', { timeout: 25_000 }, async () => {
    const { port } = await start();
    const cut = async (bytes: string): Promise<[seconds: number, answer: string]> => {
      const began = performance.now();
      const answer = await keepSending(port, bytes);
      return [(performance.now() - began) / 1_000, answer];
    };
    const [headers, body] = await Promise.all([
      cut('GET / HTTP/1.1\r\nHost: shop\r\n'),
      cut('POST /echo HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n"'),
    ]);
    for (const [, answer] of [headers, body]) expect(answer).toMatch(/^HTTP\/1\.1 408 [\s\S]*"code":"REQUEST_TIMEOUT"/);
    expect(headers[0]).toBeGreaterThan(9);
    expect(headers[0]).toBeLessThan(12);
    expect(body[0]).toBeGreaterThan(14);
    expect(body[0]).toBeLessThan(17);
  });
});

describe('what we did wrong', () => {
  test('is 500 without a word of the reason, which is logged', async () => {
    const response = await create().inject('/fail');
    expect([response.statusCode, response.json()]).toEqual([500, refusal('Something went wrong on our side.', 'INTERNAL_SERVER_ERROR')]);
    expect(JSON.parse(logged.join(''))).toMatchObject({ msg: 'request failed', err: { message: 'the password is sesame' } });
  });
});

describe('closing', () => {
  test('lets a running request finish, and then lets go of its connection', async () => {
    const app = create();
    let finish = (): void => undefined;
    app.get('/slow', () => new Promise((resolve) => (finish = () => resolve({ done: true }))));
    const port = await listen(app, 'shop', '127.0.0.1', 0);

    const agent = new Agent({ keepAlive: true });
    const answer = new Promise<{ status: number | undefined; connection: string | undefined; body: string }>((resolve, reject) => {
      const asked = request({ port, path: '/slow', agent }, (response) => {
        let body = '';
        response.on('data', (chunk) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode, connection: response.headers.connection, body }));
      });
      asked.once('error', reject).end();
    });
    await once(app.server, 'request');
    const closed = app.close();
    await expect(fetch(`http://127.0.0.1:${port}/health/live`)).rejects.toThrow();
    finish();
    expect(await answer).toEqual({ status: 200, connection: 'close', body: '{"done":true}' });
    await closed;
    agent.destroy();
  });
});

describe('listening', () => {
  test('on port 0 tells the port that the system chose', async () => {
    const { port } = await start();
    expect(port).toBeGreaterThan(0);
    expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200);
  });

  test('on a port that is taken is something the user can mend', async () => {
    const { port } = await start();
    const error = await listen(create(), 'shop', '127.0.0.1', port).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StartupError);
    expect(error).toMatchObject({
      message: `shop cannot listen on 127.0.0.1:${port}: the port is in use`,
      fix: expect.stringContaining('PORT_OFFSET'),
    });
  });

  test('on an address this machine does not have is something the user can mend', async () => {
    const error = await listen(create(), 'shop', '192.0.2.1', 0).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StartupError);
    expect(error).toMatchObject({ message: expect.stringContaining('shop cannot listen on 192.0.2.1:0'), fix: expect.stringContaining('HOST') });
  });
});
