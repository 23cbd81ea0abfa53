import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { clientOf, codeOf, type FakeSubgraph, requestOf, startRawSubgraph, until } from './testing/fake-subgraph.ts';

const PATIENCE_MS = 5_000;

const fine = (value: number | string, ...headers: string[]): string => {
  const body = JSON.stringify({ data: { value } });
  return ['HTTP/1.1 200 OK', 'content-type: application/json', `content-length: ${body.length}`, ...headers, '', body].join('\r\n');
};

/** One server for a test: it tells what came on each connection, and answers each request by `onRequest`. */
const startServer = async (
  onRequest: (socket: Socket, connection: number, request: number) => void,
): Promise<{ subgraph: FakeSubgraph; texts: string[] }> => {
  const texts: string[] = [];
  let requests = 0;
  const subgraph = await startRawSubgraph((socket) => {
    const connection = texts.push('') - 1;
    socket.on('data', (chunk) => {
      texts[connection] = `${texts[connection]}${chunk}`;
      // Bodies here are small: each comes in one piece with its head, or is not looked at.
      if (String(chunk).startsWith('POST ')) onRequest(socket, connection, requests++);
    });
  });
  return { subgraph, texts };
};

const valueFrom = async (client: ReturnType<typeof clientOf>, request: Parameters<typeof requestOf>[0] = {}): Promise<unknown> => {
  const { data, errors } = await client.send(requestOf(request));
  return errors?.[0]?.extensions?.['code'] ?? (data as { value: unknown }).value;
};

describe('a connection', () => {
  it('carries one request after the other, each in one piece', async () => {
    const { subgraph, texts } = await startServer((socket, connection, request) => socket.write(fine(`${connection}.${request}`)));
    const client = clientOf(subgraph);
    for (const expected of ['0.0', '0.1', '0.2']) expect(await valueFrom(client, { variables: { ä: '€' } })).toBe(expected);
    const [first] = (texts[0] ?? '').split(/(?<=\})(?=POST )/);
    const [head = '', body = ''] = (first ?? '').split('\r\n\r\n');
    expect(head).toMatch(/^POST \/graphql HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\nconnection: keep-alive\r\n/);
    expect(head).toMatch(/\r\naccept-encoding: identity\r\n/);
    expect(head).toContain(`\r\ncontent-length: ${Buffer.byteLength(body)}`);
    expect(JSON.parse(body)).toMatchObject({ variables: { ä: '€' } });
  });

  it.each<[string, string]>([
    ['bytes of another answer follow', `${fine(0)}${fine('smuggled')}`],
    ['the server says so', fine(0, 'connection: close')],
    ['the server keeps it for too short a time', fine(0, 'keep-alive: timeout=2')],
    ['HTTP/1.0 is spoken', fine(0).replace('HTTP/1.1', 'HTTP/1.0')],
    ['an answer without a body claims to have one', 'HTTP/1.1 204 x\r\ncontent-length: 5\r\n\r\n'],
    ['the answer is too odd', fine(0, 'transfer-encoding: chunked')],
  ])('is not used again when %s', async (_why, first) => {
    const { subgraph } = await startServer((socket, connection, request) => socket.write(request === 0 ? first : fine(`${connection}.${request}`)));
    const client = clientOf(subgraph);
    await valueFrom(client);
    await until(() => client.state().running === 0 && subgraph.openSockets() === 0, PATIENCE_MS);
    expect(await valueFrom(client)).toBe('1.1');
  });

  it('that brings an answer to nothing is closed, and the answer is nobody’s', async () => {
    const { subgraph } = await startServer((socket, connection, request) => {
      socket.write(fine(`${connection}.${request}`));
      if (request === 0) setTimeout(() => socket.write(fine('smuggled')), 30);
    });
    const client = clientOf(subgraph);
    expect(await valueFrom(client)).toBe('0.0');
    await until(() => subgraph.openSockets() === 0, PATIENCE_MS);
    expect(await valueFrom(client)).toBe('1.1');
  });

  it('on which a request was given up never brings its answer to the next one', async () => {
    const { subgraph } = await startServer((socket, connection, request) => {
      if (request === 0) setTimeout(() => socket.write(fine('late')), 120);
      else socket.write(fine(`${connection}.${request}`));
    });
    const client = clientOf(subgraph, { traffic: { maxConcurrent: 1 } });
    expect(await codeOf(client, { deadline: performance.now() + 60 })).toBe('SUBGRAPH_TIMEOUT');
    expect(await valueFrom(client)).toBe('1.1');
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await valueFrom(client)).toBe('1.2');
  });

  it('is closed when nobody needs it, before its server does that', async () => {
    const { subgraph } = await startServer((socket) => socket.write(fine(0, 'keep-alive: timeout=3')));
    const client = clientOf(subgraph);
    await valueFrom(client);
    expect(subgraph.openSockets()).toBe(1);
    await until(() => subgraph.openSockets() === 0, PATIENCE_MS);
  });

  it('whose server closes its side is left, with the answer when that is how it ends', async () => {
    const { subgraph } = await startServer((socket, _connection, request) =>
      socket.end(request === 0 ? 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"data":{"value":7}}' : fine(0).slice(0, -3)),
    );
    const client = clientOf(subgraph);
    expect(await valueFrom(client)).toBe(7);
    expect(await valueFrom(client)).toBe('SUBGRAPH_UNAVAILABLE');
    await until(() => subgraph.openSockets() === 0 && client.state().running === 0, PATIENCE_MS);
  });

  it('is closed when the answer comes before the request is out', async () => {
    const { subgraph } = await startServer((socket) => {
      socket.pause().write(fine('early'));
      setTimeout(() => socket.resume(), 200);
    });
    const client = clientOf(subgraph);
    expect(await valueFrom(client, { variables: { text: 'x'.repeat(20_000_000) } })).toBe('early');
    await until(() => subgraph.openSockets() === 0 && client.state().running === 0, PATIENCE_MS);
  });
});

describe('an idle connection that its server had closed', () => {
  /** Answers once on each connection, and resets it when more comes: nothing of it was looked at. */
  const startStale = () => {
    const answered = new Set<number>();
    return startServer((socket, connection) => {
      if (answered.has(connection)) socket.resetAndDestroy();
      else socket.write(fine(connection));
      answered.add(connection);
    });
  };

  it('costs a query nothing: it is sent again at once, and counts neither as a retry nor as a failure', async () => {
    const { subgraph } = await startStale();
    const client = clientOf(subgraph, { traffic: { breaker: { failures: 1, openMs: 5_000, halfOpenProbes: 1 } } });
    expect([await valueFrom(client), await valueFrom(client), await valueFrom(client)]).toEqual([0, 1, 2]);
    expect(client.state()).toMatchObject({ circuit: 'closed', running: 0 });
  });

  it('fails a mutation: nobody knows whether it was done', async () => {
    const { subgraph, texts } = await startStale();
    const client = clientOf(subgraph);
    await valueFrom(client);
    expect(await valueFrom(client, { kind: 'mutation', query: 'mutation { pay }' })).toBe('SUBGRAPH_UNAVAILABLE');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(texts.join().match(/pay/g)).toHaveLength(1);
  });

  it('is told from one that is closed in the middle of an answer, and from a new one', async () => {
    const { subgraph, texts } = await startServer((socket, _connection, request) => {
      if (request === 0) socket.write(fine(0));
      else if (request === 1) socket.write('HTTP/1.1 200', () => socket.resetAndDestroy());
      else socket.resetAndDestroy();
    });
    const client = clientOf(subgraph);
    await valueFrom(client);
    expect(await valueFrom(client)).toBe('SUBGRAPH_UNAVAILABLE');
    expect(await valueFrom(client)).toBe('SUBGRAPH_UNAVAILABLE');
    expect(texts).toHaveLength(2);
  });

  it('is not what a server leaves that thought about the query first: that is a failure as any other', async () => {
    const { subgraph, texts } = await startServer((socket, _connection, request) => {
      if (request === 0) socket.write(fine(0));
      else setTimeout(() => socket.resetAndDestroy(), 150);
    });
    const client = clientOf(subgraph);
    await valueFrom(client);
    expect(await valueFrom(client)).toBe('SUBGRAPH_UNAVAILABLE');
    expect(texts).toHaveLength(1);
  });

  it('is no reason to send a query a third time', async () => {
    const { subgraph, texts } = await startServer((socket, _connection, request) => {
      if (request === 0) socket.write(fine(0));
      else socket.resetAndDestroy();
    });
    const client = clientOf(subgraph);
    await valueFrom(client);
    expect(await valueFrom(client)).toBe('SUBGRAPH_UNAVAILABLE');
    expect(texts).toHaveLength(2);
  });
});

describe('a request', () => {
  it.each([
    ['a header of two lines', 'a\r\nx-internal-token: b'],
    ['a header with a line feed', 'a\nb'],
    ['a header with a NUL', 'a\0'],
    ['a header that is no Latin-1', '€'],
  ])('with %s is not sent', async (_what, value) => {
    const { subgraph, texts } = await startServer((socket) => socket.write(fine(0)));
    const client = clientOf(subgraph, { traffic: { breaker: { failures: 1, openMs: 5_000, halfOpenProbes: 1 } } });
    expect(await codeOf(client, { headers: new Map([['tracestate', value]]) })).toBe('SUBGRAPH_UNAVAILABLE');
    expect(texts).toEqual([]);
    expect(client.state()).toMatchObject({ circuit: 'closed', running: 0 });
  });

  it('that waits for its retry when the client is closed is not sent', async () => {
    const { subgraph, texts } = await startServer((socket) => socket.resetAndDestroy());
    const client = clientOf(subgraph, { traffic: { retries: { budgetRatio: 1, max: 3 } } });
    const sent = codeOf(client);
    await until(() => texts.length === 1);
    await client.close();
    expect(await sent).toBe('SUBGRAPH_UNAVAILABLE');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(texts).toHaveLength(1);
    expect(subgraph.openSockets()).toBe(0);
  });

  it('to nobody who listens fails, and leaves nothing behind', async () => {
    const { subgraph } = await startServer(() => undefined);
    const client = clientOf(subgraph);
    await subgraph.stop();
    expect(await valueFrom(client)).toBe('SUBGRAPH_UNAVAILABLE');
    expect(client.state().running).toBe(0);
  });
});
