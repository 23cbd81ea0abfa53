import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createGuardedAgent } from './guarded-agent.ts';
import { type Answer, createSender, MAX_ANSWER_BYTES } from './send.ts';
import { createUrlGuard } from './url-guard.ts';

const guard = createUrlGuard({ allowPrivate: true });
const agent = createGuardedAgent({ guard });
const DEADLINE_MS = 400;
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const listen = async (server: Server): Promise<number> => {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

const post = async (listener: RequestListener, path = '/'): Promise<Answer> => {
  const url = `http://127.0.0.1:${await listen(createServer(listener))}${path}`;
  return createSender({ guard, agent, deadlineMs: DEADLINE_MS })({ url, headers: { 'x-test': '1' }, body: '{"a":1}' });
};

const forever = (write: () => void): void => void setInterval(write, 50).unref();

describe('a receiver', () => {
  test('gets the body and the headers, and its answer comes back', async () => {
    let received = '';
    const answer = await post((request, response) => {
      request.on('data', (chunk: Buffer) => {
        received += chunk.toString();
      });
      request.on('end', () => response.writeHead(429, { 'retry-after': '7' }).end(`${request.method} ${request.headers['x-test']}`));
    });
    expect(received).toBe('{"a":1}');
    expect(answer).toEqual({ statusCode: 429, body: 'POST 1', retryAfter: '7', failure: null });
  });

  test('that redirects is not followed', async () => {
    const paths: (string | undefined)[] = [];
    const answer = await post((request, response) => {
      paths.push(request.url);
      response.writeHead(307, { location: '/other' }).end();
    });
    expect(answer.statusCode).toBe(307);
    expect(paths).toEqual(['/']);
  });

  test('that never answers is given up after the deadline', async () => {
    const started = performance.now();
    const answer = await post(() => undefined);
    expect(answer).toMatchObject({ statusCode: null, failure: `no complete answer within ${DEADLINE_MS} ms` });
    expect(performance.now() - started).toBeLessThan(DEADLINE_MS + 1_000);
  });

  test('that drips is cut off at the deadline; what it said is kept', async () => {
    const answer = await post((_, response) => {
      response.writeHead(200);
      forever(() => response.write('x'));
    });
    expect(answer).toMatchObject({ statusCode: 200, failure: `no complete answer within ${DEADLINE_MS} ms` });
    expect(answer.body).toMatch(/^x+$/);
  });

  test('that sends without end is read up to 64 KB', async () => {
    let sent = 0;
    const answer = await post((_, response) => {
      const chunk = Buffer.alloc(16_384, 'y');
      const more = (): void => {
        while (!response.destroyed && sent < 1_000_000_000 && response.write(chunk)) sent += chunk.length;
      };
      response.writeHead(200).on('drain', more);
      more();
    });
    expect(answer).toMatchObject({ statusCode: 200, failure: null });
    expect(answer.body).toHaveLength(MAX_ANSWER_BYTES);
    expect(sent).toBeLessThan(20_000_000);
  });

  test('that resets the connection, or is not there, is a failure with a reason', async () => {
    const reset = await post((request) => void request.socket.resetAndDestroy());
    expect(reset).toMatchObject({ statusCode: null, failure: expect.stringMatching(/./) });
    const absent = await createSender({ guard, agent })({ url: 'http://127.0.0.1:1/', headers: {}, body: '' });
    expect(absent).toMatchObject({ statusCode: null, failure: expect.stringContaining('ECONNREFUSED') });
  });
});

const OPENSSL = 'openssl';

const makeCertificate = (): { key: string; cert: string } | undefined => {
  const folder = mkdtempSync(join(tmpdir(), 'supergraph-tls-'));
  try {
    const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
    const words = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=hooks.test -addext subjectAltName=DNS:hooks.test`;
    execFileSync(OPENSSL, [...words.split(' '), '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const certificate = makeCertificate();

describe.skipIf(certificate === undefined)(`certificates${certificate === undefined ? ' NOT TESTED: openssl is needed' : ''}`, () => {
  const lookup = async () => [{ address: '127.0.0.1', family: 4 }];
  const postTo = async (host: string, ca?: string): Promise<Answer> => {
    const port = await listen(createSecureServer(certificate ?? {}, (_, response) => void response.end('ok')));
    const named = createUrlGuard({ allowPrivate: true, lookup });
    const own = createGuardedAgent({ guard: named, ...(ca === undefined ? {} : { ca }) });
    return createSender({ guard: named, agent: own, deadlineMs: 2_000 })({ url: `https://${host}:${port}/`, headers: {}, body: '{}' });
  };

  test('are verified: one nobody vouches for, or of another name, is a failure', async () => {
    expect(await postTo('hooks.test')).toMatchObject({ statusCode: null, failure: expect.stringContaining('self-signed') });
    expect(await postTo('other.test', certificate?.cert)).toMatchObject({ statusCode: null, failure: expect.stringContaining('altnames') });
    expect(await postTo('hooks.test', certificate?.cert)).toMatchObject({ statusCode: 200, body: 'ok' });
  });
});
