import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { connectRateLimits, type RateLimitConnection } from './rate-limiter-connection.ts';
import { createRateLimiter } from './rate-limiter-factory.ts';

const CHILD = fileURLToPath(new URL('rate-limiter-child.ts', import.meta.url));
const REDIS_URL = process.env['TEST_REDIS_URL'] ?? '';
const UNTESTED = 'NOT TESTED: rate limits on Redis; npm run brokers starts it and prints TEST_REDIS_URL';
const isDemanded = process.env['CI'] === 'true';

const REDIS_SERVER = 'redis-server';
const hasServer = spawnSync(REDIS_SERVER, ['--version']).status === 0;

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
};

const started: ChildProcess[] = [];
const connections: RateLimitConnection[] = [];
afterEach(() => {
  for (const connection of connections.splice(0)) connection.close();
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

const start = (command: string, args: string[]): ChildProcess => {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], cwd: tmpdir() });
  started.push(child);
  return child;
};

/** A Redis of the test's own, which it may kill. */
const startRedis = async (port: number): Promise<ChildProcess> => {
  const redis = start(REDIS_SERVER, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']);
  for await (const line of createInterface({ input: redis.stdout as NodeJS.ReadableStream })) if (line.includes('Ready to accept connections')) break;
  return redis;
};

const connect = async (url: string, onError?: (error: unknown) => void): Promise<RateLimitConnection> => {
  const connection = await connectRateLimits({ url, ...(onError === undefined ? {} : { onError }) });
  connections.push(connection);
  return connection;
};

const until = async (holds: () => boolean): Promise<void> => {
  const end = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error('did not happen within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

const acceptedOf = async (limiter: ReturnType<typeof createRateLimiter>, requests: number, key = 'a'): Promise<number> => {
  const answers = await Promise.all(Array.from({ length: requests }, () => limiter.consume(key)));
  return answers.filter(({ allowed }) => allowed).length;
};

if (REDIS_URL === '') {
  if (!isDemanded) process.stderr.write(`${UNTESTED}\n`);
  describe('rate limits on Redis', () => {
    test.skipIf(!isDemanded)(UNTESTED, () => {
      throw new Error(UNTESTED);
    });
  });
} else
  describe('rate limits on Redis', () => {
    test.each([1, 2, 4])('hold to one more or less over %i processes that fire 1,000 requests in 2 s', async (processes) => {
      const options = { url: REDIS_URL, name: `test-${randomUUID()}`, points: 100, perSeconds: 10, requests: 1_000 / processes, withinMs: 2_000 };
      const replicas = Array.from({ length: processes }, () => {
        const child = start(process.execPath, [CHILD, JSON.stringify(options)]);
        return { child, lines: createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]() };
      });
      for (const { lines } of replicas) expect((await lines.next()).value).toBe('connected');
      for (const { child } of replicas) child.stdin?.write('go\n');
      const answers = await Promise.all(
        replicas.map(async ({ lines }) => JSON.parse(String((await lines.next()).value)) as { accepted: number; tookMs: number }),
      );
      const accepted = answers.reduce((sum, answer) => sum + answer.accepted, 0);
      process.stdout.write(`rate limit of 100 over ${processes} processes: ${accepted} of 1000 accepted, ${JSON.stringify(answers)}\n`);
      expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(9_000);
      expect(accepted).toBeGreaterThanOrEqual(99);
      expect(accepted).toBeLessThanOrEqual(101);
    });

    test('tell limit, rest and reset as in memory, and limits do not touch each other', async () => {
      const connection = await connect(REDIS_URL);
      const id = randomUUID();
      const one = createRateLimiter({ name: `test-${id}`, points: 3, perSeconds: 60, connection });
      const other = createRateLimiter({ name: `other-${id}`, points: 3, perSeconds: 60, connection });
      expect(await one.consume('a', 2)).toEqual({ allowed: true, name: `test-${id}`, limit: 3, perSeconds: 60, remaining: 1, resetSeconds: 60 });
      expect(await one.consume('a', 2)).toMatchObject({ allowed: false, remaining: 0 });
      expect(await one.consume('b', 3)).toMatchObject({ allowed: true, remaining: 0 });
      expect(await other.consume('a')).toMatchObject({ allowed: true, remaining: 2 });
      expect(connection.isShared()).toBe(true);
    });

    test.skipIf(hasServer)('NOT TESTED: a Redis that goes away; install redis-server', () => {
      expect(isDemanded, 'redis-server is not installed').toBe(false);
    });

    test.runIf(hasServer)('are counted here when Redis is killed: still limited, no error, told once; and shared again when it is back', async () => {
      const port = await freePort();
      const redis = await startRedis(port);
      const errors: unknown[] = [];
      const connection = await connect(`redis://127.0.0.1:${port}`, (error) => errors.push(error));
      const limiter = createRateLimiter({ name: 'test', points: 50, perSeconds: 60, connection });
      await limiter.consume('warm');
      expect(await acceptedOf(limiter, 80)).toBe(50);
      const inFlight = acceptedOf(limiter, 1_000, 'b');
      redis.kill('SIGKILL');
      expect(await inFlight).toBeLessThanOrEqual(100);
      await until(() => !connection.isShared());
      expect(await acceptedOf(limiter, 200, 'c')).toBe(50);
      expect((await limiter.consume('c')).allowed).toBe(false);
      // What was used up before stays used up.
      expect(await acceptedOf(limiter, 20, 'a')).toBe(0);
      await until(() => errors.length > 0);
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(errors).toHaveLength(1);
      await startRedis(port);
      await until(() => connection.isShared());
      expect(await acceptedOf(limiter, 80, 'd')).toBe(50);
      expect(await connection.redis.keys('*')).toEqual(['rate-limit:test:d']);
    });

    test('stay shared though this process was too busy to read the answers in time', async () => {
      const connection = await connect(REDIS_URL);
      const limiter = createRateLimiter({ name: `test-${randomUUID()}`, points: 50, perSeconds: 60, connection });
      const accepted = acceptedOf(limiter, 80);
      await new Promise((resolve) => setImmediate(resolve));
      const end = performance.now() + 300;
      while (performance.now() < end);
      expect(await accepted).toBe(50);
      expect(connection.isShared()).toBe(true);
    });

    test.runIf(hasServer)('wait 100 ms for a Redis that hangs, once', async () => {
      const port = await freePort();
      const redis = await startRedis(port);
      const connection = await connect(`redis://127.0.0.1:${port}`);
      const limiter = createRateLimiter({ name: 'test', points: 5, perSeconds: 60, connection });
      await limiter.consume('a');
      redis.kill('SIGSTOP');
      const began = performance.now();
      expect(await acceptedOf(limiter, 20)).toBe(4);
      const first = performance.now() - began;
      expect(first).toBeGreaterThan(80);
      expect(first).toBeLessThan(500);
      expect(await acceptedOf(limiter, 20)).toBe(0);
      expect(performance.now() - began - first).toBeLessThan(90);
      redis.kill('SIGCONT');
      await until(() => connection.isShared());
    });

    test('are counted here when there never was a Redis', async () => {
      const errors: unknown[] = [];
      const began = performance.now();
      const connection = await connect(`redis://127.0.0.1:${await freePort()}`, (error) => errors.push(error));
      expect(performance.now() - began).toBeLessThan(1_500);
      const limiter = createRateLimiter({ name: 'test', points: 5, perSeconds: 60, connection });
      expect(await acceptedOf(limiter, 20)).toBe(5);
      expect(errors).toHaveLength(1);
    });
  });
