import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { INTERNAL_TOKEN_HEADER, verifyInternalToken } from '@supergraph/identity/internal-token';
import { afterEach, describe, expect, test } from 'vitest';
import { createCurrentRights } from './current-rights.http.ts';

const KEY = 'u'.repeat(32);

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const serve = async (answer: (request: IncomingMessage, response: ServerResponse, body: string) => void): Promise<string> => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    answer(request, response, body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const serving = (status: number, body: unknown): Promise<string> =>
  serve((_request, response) => response.writeHead(status).end(body === undefined ? '' : JSON.stringify(body)));
const refusal = (code: string) => ({ errors: [{ message: 'No.', extensions: { code } }] });
const ask = (url: string, deadlineMs = 3_000) => createCurrentRights({ url, key: KEY, deadlineMs })('7', new AbortController().signal);

describe('the rights of the moment', () => {
  test('are asked for as the order room, signed, for its own purpose', async () => {
    const asked: unknown[] = [];
    const url = await serve((request, response, body) => {
      const token = String(request.headers[INTERNAL_TOKEN_HEADER]);
      asked.push(request.method, request.url, JSON.parse(body), verifyInternalToken({ key: KEY, audience: 'user', token, body })?.caller);
      response.end(JSON.stringify({ accessToken: 'a.b.c', expiresIn: 60, role: 'STAFF' }));
    });
    expect(await ask(url)).toEqual({ role: 'staff', userId: '7' });
    expect(asked).toEqual(['POST', '/internal/delegations', { userId: '7', purpose: 'order-command' }, { role: 'service', name: 'order' }]);
  });

  test.each([
    [404, 'USER_NOT_FOUND'],
    [403, 'DEVELOPMENT_ACCOUNT'],
  ])('end with the account: %i %s is told as such', async (status, code) => {
    await expect(ask(await serving(status, refusal(code)))).rejects.toMatchObject({ code });
  });

  test('are worth another try while the user room is away, late or in trouble', async () => {
    const away = { code: 'SERVICE_UNAVAILABLE', kind: 'unavailable' };
    await expect(ask('http://127.0.0.1:1')).rejects.toMatchObject(away);
    await expect(ask(await serve(() => undefined), 100)).rejects.toMatchObject(away);
    await expect(ask(await serving(503, refusal('DATABASE_UNAVAILABLE')))).rejects.toMatchObject(away);
  });

  test.each([
    [401, undefined],
    [403, refusal('NOT_ALLOWED')],
    [200, { role: 'KING' }],
  ])('cannot be had by who asks wrongly: %i %j is a fault of ours', async (status, body) => {
    const error: unknown = await ask(await serving(status, body)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toHaveProperty('kind');
  });
});
