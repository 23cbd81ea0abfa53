import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { DomainError, ERROR_KINDS, type ErrorKind } from '@supergraph/errors';
import { INTERNAL_TOKEN_HEADER, signInternalToken } from '@supergraph/identity/internal-token';
import { StartupError } from '@supergraph/service/startup-error';
import { currentTraceparent } from '@supergraph/service/trace-context';
import { protoPath as healthProto } from 'grpc-health-check';
import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { loadService } from './load-service.ts';
import { ADA, KEY, lampsClient, PROTO, SERVICE, serveLamps } from './testing/lamps.ts';

const GET = `/${SERVICE}/GetLamp`;
const ADD = `/${SERVICE}/AddLamp`;
const MINUTE_MS = 60_000;

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

const serve = async (...given: Parameters<typeof serveLamps>): Promise<number> => {
  const { server, port } = await serveLamps(...given);
  open.push(server);
  return port;
};
const clientOf = (port: number, more?: Parameters<typeof lampsClient>[1]) => {
  const client = lampsClient(port, more);
  open.push(client);
  return client;
};
const sign = (more: Partial<Parameters<typeof signInternalToken>[0]> = {}): Metadata => {
  const metadata = new Metadata();
  metadata.set(INTERNAL_TOKEN_HEADER, signInternalToken({ key: KEY, audience: 'lamps', identity: ADA, body: GET, ...more }));
  return metadata;
};

/** A call with bytes and metadata of our own choice. */
const raw = (port: number, path: string, metadata: Metadata, request: Buffer = Buffer.alloc(0), deadline?: Date): Promise<Buffer> => {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  open.push(client);
  return new Promise((resolve, reject) => {
    const same = (bytes: Buffer): Buffer => bytes;
    client.makeUnaryRequest(path, same, same, request, metadata, deadline === undefined ? {} : { deadline }, (error, answer) =>
      error === null ? resolve(answer as Buffer) : reject(error),
    );
  });
};

describe('a call', () => {
  test('gets its answer, and says who asks', async () => {
    let asked: unknown;
    const port = await serve({
      AddLamp: async (lamp, { identity, deadline, signal }) => {
        asked = { identity, late: deadline - Date.now() > 10_000, aborted: signal.aborted, lamp };
        return { ...lamp, colour: null, spare: { sku: 'L2' } };
      },
    });
    const answer = await clientOf(port).call('AddLamp', { sku: 'L1', watts: 2 ** 40, tags: ['a'], colour: undefined }, { identity: ADA });
    expect(answer).toEqual({ sku: 'L1', watts: 2 ** 40, tags: ['a'], spare: { sku: 'L2', watts: 0, tags: [], spare: null } });
    expect(asked).toEqual({ identity: ADA, late: false, aborted: false, lamp: { sku: 'L1', watts: 2 ** 40, tags: ['a'], spare: null } });
  });

  test('that is not of ours gets UNAUTHENTICATED, no word more, and reaches nothing', async () => {
    let calls = 0;
    const port = await serve({
      GetLamp: async (lamp) => {
        calls += 1;
        return lamp;
      },
    });
    const plain = new Metadata();
    plain.set(INTERNAL_TOKEN_HEADER, 'e30.x');
    const strangers: [string, Metadata][] = [
      [GET, new Metadata()],
      [GET, plain],
      [GET, sign({ key: 'x'.repeat(32) })],
      [GET, sign({ audience: 'order' })],
      [GET, sign({ body: ADD })],
      [GET, sign({ body: '' })],
      [GET, sign({ now: Date.now() - 2 * MINUTE_MS })],
      [GET, sign({ now: Date.now() + MINUTE_MS })],
      [ADD, sign()],
    ];
    // Bytes that are no message: nothing of a stranger's is parsed.
    for (const [path, metadata] of strangers)
      await expect(raw(port, path, metadata, Buffer.from([0xff, 0xff]))).rejects.toMatchObject({ code: status.UNAUTHENTICATED, details: '' });
    expect(calls).toBe(0);
    await raw(port, GET, sign());
    expect(calls).toBe(1);
  });

  test('belongs to the trace that came along', async () => {
    const seen: unknown[] = [];
    const port = await serve({
      GetLamp: async (lamp) => {
        await sleep(1);
        seen.push(currentTraceparent());
        return lamp;
      },
    });
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    for (const sent of [traceparent, 'nonsense']) {
      const metadata = sign();
      metadata.set('traceparent', sent);
      await raw(port, GET, metadata);
    }
    expect(seen).toEqual([traceparent, undefined]);
  });

  test('is refused when it is larger than 256 KB', async () => {
    const port = await serve({});
    await expect(raw(port, GET, sign(), Buffer.alloc(262_145))).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    // Field 1, a text of 262,000 bytes.
    const text = Buffer.concat([Buffer.from([0x0a, 0xf0, 0xfe, 0x0f]), Buffer.alloc(262_000, 'x')]);
    expect((await raw(port, GET, sign(), text)).length).toBeGreaterThan(262_000);
  });

  test('ends at its deadline, and its handler hears of it', async () => {
    const ended: boolean[] = [];
    const port = await serve({
      GetLamp: async (lamp, { signal }) => {
        await sleep(10_000, undefined, { signal }).catch(() => ended.push(signal.aborted));
        return lamp;
      },
    });
    await expect(raw(port, GET, sign(), undefined, new Date(Date.now() + 200))).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
    await expect.poll(() => ended).toEqual([true]);
  });

  test('without a deadline has one of 10 s', async () => {
    let left = 0;
    const port = await serve({
      GetLamp: async (lamp, { deadline }) => {
        left = deadline - Date.now();
        return lamp;
      },
    });
    for (const deadline of [undefined, new Date(Date.now() + MINUTE_MS)]) {
      await raw(port, GET, sign(), undefined, deadline);
      expect([left > 9_000, left <= 10_000]).toEqual([true, true]);
    }
  });
});

describe('an error', () => {
  test.each(Object.keys(ERROR_KINDS) as ErrorKind[])('of the kind %s arrives as it was thrown, with the types of its details', async (kind) => {
    const details = { text: '100', number: 1.5, yes: true, nothing: null, many: ['a', ''], none: [] };
    const thrown = new DomainError(kind, 'LAMP_BROKEN', 'Die Lampe ist kaputt – „L1“.', details, new Error('secret'));
    const port = await serve({ AddLamp: () => Promise.reject(thrown) });
    const error = await clientOf(port)
      .call('AddLamp', {}, { identity: ADA })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DomainError);
    expect({ ...(error as DomainError), message: (error as DomainError).message }).toEqual({
      name: 'DomainError',
      kind,
      code: 'LAMP_BROKEN',
      message: 'Die Lampe ist kaputt – „L1“.',
      details: { ...details },
    });
  });

  test('that is too large for headers is shortened, and other calls on the connection live on', async () => {
    const [started, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const skus = Array.from({ length: 100 }, (_, number) => `${number}ü`.padEnd(256, 'x'));
    const port = await serve({
      GetLamp: async (lamp) => {
        started.resolve();
        await goOn.promise;
        return lamp;
      },
      AddLamp: () => Promise.reject(new DomainError('failed-precondition', 'LAMP_BROKEN', `Broken: ${'ü'.repeat(30_000)}.`, { skus })),
    });
    const calls: string[] = [];
    const client = clientOf(port, { onCall: (method) => void calls.push(method) });
    const running = client.call('GetLamp', { sku: 'L1' }, { identity: ADA });
    await started.promise;
    const error: unknown = await client.call('AddLamp', {}, { identity: ADA }).catch((reason: unknown) => reason);
    goOn.resolve();
    expect(error).toMatchObject({ code: 'LAMP_BROKEN', kind: 'failed-precondition', details: {} });
    expect((error as Error).message).toMatch(/^Broken: ü{508}…$/);
    expect((await running).sku).toBe('L1');
    // Not by a second try on a new connection.
    expect(calls).toEqual(['GetLamp', 'AddLamp']);
  });

  test('that nobody foresaw is masked, and logged under the reference that is told', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
    const port = await serve(
      {
        AddLamp: () => {
          throw new Error('password 1234');
        },
      },
      { logger },
    );
    const error = await raw(port, ADD, sign({ body: ADD })).catch((reason: ServiceError) => reason);
    expect(error).toMatchObject({
      code: status.INTERNAL,
      details: expect.stringMatching(/^Something went wrong on our side. Quote the reference [\w-]{36}\.$/),
    });
    expect(JSON.stringify((error as ServiceError).metadata)).not.toContain('1234');
    const reference = (error as ServiceError).details.slice(-37, -1);
    expect(lines.filter((line) => line.includes(reference) && line.includes('password 1234'))).toHaveLength(1);
    const seen = await clientOf(port)
      .call('AddLamp', {}, { identity: ADA })
      .catch((reason: unknown) => reason);
    expect(seen).not.toBeInstanceOf(DomainError);
    expect(seen).toMatchObject({ message: expect.stringMatching(/^lamps answered INTERNAL: /) });
  });
});

describe('beside the service', () => {
  const health = loadSync(healthProto)['grpc.health.v1.Health'] as unknown as ReturnType<typeof loadService>['definition'];
  const check = async (port: number, service: string): Promise<unknown> => {
    const { path, requestSerialize, responseDeserialize } = health['Check'] as NonNullable<(typeof health)['Check']>;
    return responseDeserialize(await raw(port, path, new Metadata(), requestSerialize({ service })));
  };

  test('the standard health service follows readiness, open to everybody', async () => {
    let problem: string | undefined = 'database: away';
    const port = await serve({}, { readiness: async () => problem, healthEveryMs: 20 });
    for (const service of ['', SERVICE]) await expect.poll(() => check(port, service)).toEqual({ status: 2 });
    problem = undefined;
    for (const service of ['', SERVICE]) await expect.poll(() => check(port, service)).toEqual({ status: 1 });
    await expect(check(port, 'another')).rejects.toMatchObject({ code: status.NOT_FOUND });
  });

  test('reflection is there when it is asked for', async () => {
    const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
    const list = (port: number): Promise<string> => {
      const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
      open.push(client);
      const same = (bytes: Buffer): Buffer => bytes;
      const call = client.makeBidiStreamRequest(path, same, same);
      // list_services: field 7, a text.
      call.write(Buffer.from([0x3a, 0x01, 0x2a]));
      return new Promise((resolve, reject) => {
        call.on('data', (bytes: Buffer) => {
          resolve(bytes.toString('latin1'));
          call.end();
        });
        call.on('error', reject);
      });
    };
    expect(await list(await serve({}, { reflection: true }))).toContain(SERVICE);
    await expect(list(await serve({}))).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
  });
});

describe('a server', () => {
  const closeAfter = async (handlerMs: number): Promise<{ outcome: unknown; endedAfterMs: number }> => {
    const started = Promise.withResolvers<void>();
    const { server, port } = await serveLamps({
      AddLamp: async (lamp) => {
        started.resolve();
        await sleep(handlerMs);
        return lamp;
      },
    });
    const answer = clientOf(port)
      .call('AddLamp', { sku: 'L1' }, { identity: ADA })
      .then(
        ({ sku }) => sku,
        (error: { code: string }) => error.code,
      );
    await started.promise;
    const begun = Date.now();
    await Promise.all([server.close(), server.close()]);
    const outcome = await answer;
    return { outcome, endedAfterMs: Date.now() - begun };
  };

  test('lets a running call finish when it closes', async () => {
    const { outcome, endedAfterMs } = await closeAfter(300);
    expect(outcome).toBe('L1');
    expect(endedAfterMs).toBeLessThan(1_400);
  });

  test('does not wait for ever', async () => {
    const { outcome, endedAfterMs } = await closeAfter(8_000);
    expect(outcome).toBe('SERVICE_UNAVAILABLE');
    expect([endedAfterMs >= 1_400, endedAfterMs < 4_000]).toEqual([true, true]);
  });

  test('tells what to do about a port that is taken', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', () => resolve()));
    const { port } = holder.address() as { port: number };
    const { server } = await serveLamps({});
    open.push(server);
    const error = await server.listen('127.0.0.1', port).catch((reason: unknown) => reason);
    holder.close();
    expect(error).toBeInstanceOf(StartupError);
    expect(error).toMatchObject({ message: expect.stringContaining(`lamps cannot serve gRPC on 127.0.0.1:${port}`) });
  });

  test('is not made with a method or a service missing', async () => {
    await expect(serveLamps({ AddLamp: undefined as never })).rejects.toThrow(`${SERVICE} has no handler for AddLamp`);
    expect(() => loadService(PROTO, 'supergraph.testing.v1.Cups')).toThrow('has no service supergraph.testing.v1.Cups');
  });
});
