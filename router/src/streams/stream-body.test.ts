import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { expect, it } from 'vitest';
import { CLIENT_GONE, createOpenStreams, type OpenStream } from './open-streams.ts';
import { keepAlive, openBody, type StreamBody } from './stream-body.ts';

const openStream = (): OpenStream => {
  const stream = createOpenStreams(() => 1).open();
  if (stream === undefined) throw new Error('no stream');
  return stream;
};

const bodyOf = (write: StreamBody['write'], isEnded = false): StreamBody => ({
  write,
  isEnded: () => isEnded,
  end: async () => undefined,
  drop: () => undefined,
});
const TIMES = { heartbeatSeconds: 0.01, slowReaderSeconds: 30 };

it('takes nothing more after its end', async () => {
  const http = fastify({ forceCloseConnections: true });
  const errors: unknown[] = [];
  http.get('/', async (_request, reply) => {
    reply.raw.on('error', (error) => errors.push(error));
    const body = openBody(reply, 'text/plain');
    await body.write('first');
    void body.end(' last');
    await expect(body.write('late')).rejects.toBe(CLIENT_GONE);
    return reply;
  });
  await http.listen({ host: '127.0.0.1', port: 0 });
  const response = await fetch(`http://127.0.0.1:${(http.server.address() as AddressInfo).port}/`);
  expect(await response.text()).toBe('first last');
  expect(errors).toEqual([]);
  await http.close();
});

it('ends a stream whose heartbeat does not arrive', async () => {
  const stream = openStream();
  const ended = once(stream.signal, 'abort');
  keepAlive(
    bodyOf(() => Promise.reject(CLIENT_GONE)),
    ':',
    stream,
    TIMES,
  );
  await ended;
  expect(stream.signal.reason).toBe(CLIENT_GONE);
}, 2_000);

it('says nothing while a client takes the last of it', async () => {
  const stream = openStream();
  let beats = 0;
  const write = async (): Promise<void> => {
    beats += 1;
  };
  keepAlive(bodyOf(write, true), ':', stream, TIMES);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(beats).toBe(0);
  expect(stream.signal.aborted).toBe(false);
  stream.end(undefined);
});
