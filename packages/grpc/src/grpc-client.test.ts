import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '@supergraph/errors';
import { currentTraceparent, withTraceparent } from '@supergraph/service/trace-context';
import { afterEach, describe, expect, test } from 'vitest';
import { ADA, lampsClient, serveLamps } from './testing/lamps.ts';

const UNAVAILABLE = expect.objectContaining({ code: 'SERVICE_UNAVAILABLE', kind: 'unavailable' });
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

const serve: typeof serveLamps = async (...given) => {
  const served = await serveLamps(...given);
  open.push(served.server);
  return served;
};
const clientOf: typeof lampsClient = (...given) => {
  const client = lampsClient(...given);
  open.push(client);
  return client;
};
/** Takes connections and says nothing. */
const silentServer = async (): Promise<number> => {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => void sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  open.push({ close: () => [server.close(), ...sockets.map((socket) => socket.destroy())] });
  return (server.address() as { port: number }).port;
};
const took = async (work: () => Promise<unknown>): Promise<number> => {
  const begun = Date.now();
  await work();
  return Date.now() - begun;
};

describe('a service that is not there', () => {
  test('is UNAVAILABLE; a read is tried twice, a write once', async () => {
    const { server, port } = await serveLamps({});
    await server.close();
    const calls: string[] = [];
    const client = clientOf(port, { onCall: (method) => void calls.push(method) });
    await expect(client.call('GetLamp', {}, { identity: ADA })).rejects.toEqual(UNAVAILABLE);
    await expect(client.call('AddLamp', {}, { identity: ADA })).rejects.toEqual(UNAVAILABLE);
    expect(calls).toEqual(['GetLamp', 'GetLamp', 'AddLamp']);
  });

  test('is found again within seconds when it is back', async () => {
    const { server, port } = await serveLamps({});
    const client = clientOf(port);
    await client.call('GetLamp', {}, { identity: ADA });
    await server.close();
    for (let number = 0; number < 4; number++) await expect(client.call('AddLamp', {}, { identity: ADA })).rejects.toEqual(UNAVAILABLE);
    await serve({}, { port });
    await expect
      .poll(() => client.call('AddLamp', { sku: 'L1' }, { identity: ADA }).catch(() => undefined), { timeout: 5_000 })
      .toMatchObject({ sku: 'L1' });
  });

  test('or says nothing, is given up at the deadline', async () => {
    const client = clientOf(await silentServer(), { timeoutMs: 300 });
    expect(await took(() => expect(client.call('GetLamp', {}, { identity: ADA })).rejects.toEqual(UNAVAILABLE))).toBeLessThan(1_500);
    const patient = clientOf(await silentServer());
    const deadline = Date.now() + 300;
    expect(await took(() => expect(patient.call('GetLamp', {}, { identity: ADA, deadline })).rejects.toEqual(UNAVAILABLE))).toBeLessThan(1_500);
  });
});

describe('a call', () => {
  test('that fails once for want of the database is tried again, a write is not', async () => {
    let calls = 0;
    const away = async (): Promise<object> => {
      calls += 1;
      if (calls % 2 === 1) throw new DomainError('unavailable', 'DATABASE_UNAVAILABLE', 'Away.');
      return { sku: 'L1' };
    };
    const { port } = await serve({ GetLamp: away, AddLamp: away });
    const client = clientOf(port);
    expect((await client.call('GetLamp', {}, { identity: ADA })).sku).toBe('L1');
    await expect(client.call('AddLamp', {}, { identity: ADA })).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(calls).toBe(3);
  });

  test('is given up when nobody waits any more, and the service hears of it', async () => {
    const heard: string[] = [];
    const { port } = await serve({
      GetLamp: async (lamp, { signal }) => {
        await sleep(8_000, undefined, { signal }).catch(() => heard.push('aborted'));
        return lamp;
      },
    });
    const client = clientOf(port);
    await expect(client.call('GetLamp', {}, { identity: ADA, signal: AbortSignal.timeout(200) })).rejects.toEqual(UNAVAILABLE);
    await expect(client.call('GetLamp', {}, { identity: ADA, signal: AbortSignal.abort() })).rejects.toEqual(UNAVAILABLE);
    await expect.poll(() => heard).toEqual(['aborted']);
  });

  test('takes its trace along', async () => {
    let seen: string | undefined;
    const { port } = await serve({
      GetLamp: async (lamp) => {
        seen = currentTraceparent();
        return lamp;
      },
    });
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await withTraceparent(traceparent, () => clientOf(port).call('GetLamp', {}, { identity: ADA }));
    expect(seen).toBe(traceparent);
  });

  test('with a wrong key is our own fault, not that of whoever asks', async () => {
    const { port } = await serve({});
    const error = await clientOf(port, { key: 'x'.repeat(32) })
      .call('GetLamp', {}, { identity: ADA })
      .catch((reason: unknown) => reason);
    expect(error).not.toBeInstanceOf(DomainError);
    expect(error).toMatchObject({ message: 'lamps answered UNAUTHENTICATED: ' });
  });

  test('that is too large is not sent, and an answer that is too large is not taken', async () => {
    const { port } = await serve({ GetLamp: async () => ({ sku: 'x'.repeat(4_194_305) }) });
    const client = clientOf(port);
    const reasonOf = (call: Promise<unknown>): Promise<unknown> => call.catch((reason: unknown) => reason);
    for (const error of [
      await reasonOf(client.call('AddLamp', { sku: 'x'.repeat(262_145) }, { identity: ADA })),
      await reasonOf(client.call('GetLamp', {}, { identity: ADA })),
    ]) {
      expect(error).not.toBeInstanceOf(DomainError);
      expect(error).toMatchObject({ message: expect.stringMatching(/^lamps answered RESOURCE_EXHAUSTED: /) });
    }
  });
});
