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
    expect([response.statusCode, response.json()]).toEqual([413, refusal(expect.any(String), 'BAD_REQUEST')]);
  });

  test('a body of a type nobody reads is 415', async () => {
    const response = await create().inject({ method: 'POST', url: '/echo', headers: { 'content-type': 'text/x-shop' }, payload: 'a' });
    expect([response.statusCode, response.json()]).toEqual([415, refusal(expect.any(String), 'BAD_REQUEST')]);
  });

  test('a path that is no path is 400 in the same form', async () => {
    const { port } = await start();
    const response = await fetch(`http://127.0.0.1:${port}/%zz`);
    expect([response.status, await response.json()]).toEqual([400, refusal(expect.any(String), 'BAD_REQUEST')]);
  });

  test('bytes that are not HTTP get a 400 in JSON, and the connection ends', async () => {
    const { port } = await start();
    for (const bytes of [
      '\x16\x03\x01\x02\x00\x01\x00',
      'hello\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    ]) {
      const [head, body] = (await send(port, bytes)).split('\r\n\r\n') as [string, string];
      expect(head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
      expect(head).toMatch(/Content-Type: application\/json/);
      expect(head).toContain(`Content-Length: ${body.length}`);
      expect(JSON.parse(body)).toEqual(refusal('This is not a valid HTTP request.', 'BAD_REQUEST'));
    }
    expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200);
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
