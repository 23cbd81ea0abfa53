import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import fastify from 'fastify';
import { expect, it } from 'vitest';
import type { ContractServer } from '../door/contract-servers.ts';
import type { RequestContext } from '../request-context.ts';
import { createHttpStreams, type HttpStreams } from './http-streams.ts';
import { createOpenStreams } from './open-streams.ts';
import type { StreamRunner } from './stream-runner.ts';

it('opens nothing for a client that went away while it was let in', async () => {
  const open = createOpenStreams(() => 1);
  const runner = {
    settings: () => ({ enabled: true }),
    open: () => open.open(),
    // Of a subscription whose source says nothing.
    start: () => new Promise(() => undefined),
  } as unknown as StreamRunner;
  const streams: HttpStreams = createHttpStreams({
    runner,
    shared: { answer: () => undefined },
    gauge: { release: () => undefined },
    isAllowed: () => true,
  });
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const http = fastify({ forceCloseConnections: true });
  http.post('/', async (request, reply) => {
    const gone = once(reply.raw, 'close');
    asked.resolve();
    await gone;
    const answer = streams.answer({} as ContractServer, request, reply, {} as RequestContext);
    await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 200))]);
    answered.resolve();
    return reply.hijack();
  });
  await http.listen({ host: '127.0.0.1', port: 0 });
  const client = connect((http.server.address() as AddressInfo).port, '127.0.0.1');
  const body = '{"query":"subscription { never }"}';
  client.write(
    `POST / HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await asked.promise;
  client.destroy();
  await answered.promise;
  expect(open.open()).toBeDefined();
  await http.close();
});
