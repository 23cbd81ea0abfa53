import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  dropEmbeddedDatabase,
  type EmbeddedPostgres,
  EmbeddedPostgresError,
  isReachableByAnyone,
  startEmbeddedPostgres,
} from './embedded-postgres.ts';

const isRoot = process.getuid?.() === 0;

let folder: string;
let port: number;
const running: EmbeddedPostgres[] = [];
const starters: ChildProcess[] = [];

const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port: free } = probe.address() as AddressInfo;
  probe.close();
  return free;
};

// One cluster for all: making it takes longer than everything else here.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'supergraph-embedded-'));
  port = await freePort();
});
afterEach(async () => {
  for (const starter of starters.splice(0)) starter.kill('SIGKILL');
  for (const server of running.splice(0).reverse()) await server.stop();
  await expect.poll(serverPid, { timeout: 10_000, interval: 20 }).toBeUndefined();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = async (databases: readonly string[] = ['shop'], on = port): Promise<EmbeddedPostgres> => {
  const server = await startEmbeddedPostgres({ folder, port: on, databases, settings: { fsync: 'off' } });
  running.push(server);
  return server;
};
const stop = (server: EmbeddedPostgres): Promise<void> => {
  running.splice(running.indexOf(server), 1);
  return server.stop();
};
const lockFile = (): string => join(folder, 'data', 'postmaster.pid');
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // One that has ended and waits for its parent to notice has no command line any more.
    return !existsSync('/proc/self/cmdline') || readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
};
/** The process that serves the cluster, or undefined. */
const serverPid = (): number | undefined => {
  if (!existsSync(lockFile())) return undefined;
  const pid = Number(readFileSync(lockFile(), 'utf8').split('\n')[0]);
  return isAlive(pid) ? pid : undefined;
};
const query = async (url: string, text: string): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return (await client.query(text).finally(() => client.end())).rows;
};
/** Another process that starts the server and then stays; `signal` is when it has. */
const startElsewhere = async (): Promise<ChildProcess> => {
  const script = `
    import { startEmbeddedPostgres } from ${JSON.stringify(new URL('./embedded-postgres.ts', import.meta.url).href)};
    await startEmbeddedPostgres(${JSON.stringify({ folder, port, databases: ['shop'], settings: { fsync: 'off' } })});
    console.log('started');
    setInterval(() => undefined, 1_000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  starters.push(child);
  await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
  return child;
};

describe('the embedded server', () => {
  test('serves the databases it is asked for, on this machine only, to who has the password', async () => {
    const server = await start(['shop', 'bank']);
    expect(await query(server.url('shop'), 'select current_database() as name')).toEqual([{ name: 'shop' }]);
    expect(await query(server.url('bank'), 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    await expect(query(server.url('shop').replace(/:[^:@]+@/, ':wrong@'), 'select 1')).rejects.toThrow('password authentication failed');
    expect(statSync(join(folder, 'password')).mode & 0o077).toBe(0);
  });

  test('keeps its data, its password and the databases it had from one start to the next', async () => {
    const first = await start();
    await query(first.url('shop'), `create table kept as select 'still here' as note`);
    const pid = serverPid() as number;
    await stop(first);
    expect(isAlive(pid)).toBe(false);
    await expect(query(first.url('shop'), 'select 1')).rejects.toThrow('ECONNREFUSED');

    const second = await start(['shop', 'later']);
    expect(second.url('shop')).toBe(first.url('shop'));
    expect(await query(second.url('shop'), 'select note from kept')).toEqual([{ note: 'still here' }]);
    expect(await query(second.url('later'), 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('drops a database, whether it runs or not and whoever is connected, and makes no cluster to do so', async () => {
    expect(await dropEmbeddedDatabase({ folder: join(folder, 'nowhere'), port }, 'shop')).toBe(false);
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);

    const first = await start(['shop', 'bank', 'gift-cards']);
    const client = new pg.Client({ connectionString: first.url('gift-cards') });
    client.on('error', () => undefined);
    await client.connect();
    expect(await dropEmbeddedDatabase({ folder, port }, 'gift-cards')).toBe(true);
    const names = `select datname from pg_database where datname in ('bank', 'gift-cards') order by 1`;
    expect(await query(first.url('shop'), names)).toEqual([{ datname: 'bank' }]);
    await stop(first);

    expect(await dropEmbeddedDatabase({ folder, port }, 'bank')).toBe(true);
    expect(await dropEmbeddedDatabase({ folder, port }, 'bank')).toBe(false);
    expect(serverPid()).toBeUndefined();
    const second = await start();
    expect(await query(second.url('shop'), names)).toEqual([]);
  });

  test('stops although clients are connected and work', async () => {
    const server = await start();
    const client = new pg.Client({ connectionString: server.url('shop') });
    client.on('error', () => undefined);
    await client.connect();
    const working = client.query('select pg_sleep(60)').catch((error: Error) => error.message);
    await stop(server);
    expect(await working).toMatch(/terminat/);
  });

  test('that already runs is used as it is, on its own port, and left running', async () => {
    const first = await start();
    const pid = serverPid();
    const second = await start(['shop', 'added'], await freePort());
    expect(second.url('shop')).toBe(first.url('shop'));
    expect(await query(second.url('added'), 'select 1 as one')).toEqual([{ one: 1 }]);
    await stop(second);
    expect(serverPid()).toBe(pid);
    expect(await query(first.url('shop'), 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('is not left behind when the process that started it is killed', async () => {
    const starter = await startElsewhere();
    const pid = serverPid() as number;
    expect(isAlive(pid)).toBe(true);
    starter.kill('SIGKILL');
    await expect.poll(() => isAlive(pid), { timeout: 10_000, interval: 20 }).toBe(false);
  });

  test('can be started again at once after its starter was killed, while the old one is still going', async () => {
    const starter = await startElsewhere();
    const before = serverPid();
    starter.kill('SIGKILL');
    // The guard has seen the death; the server has not ended.
    await expect.poll(() => readFileSync(join(folder, 'server.log'), 'utf8'), { timeout: 10_000, interval: 1 }).toContain('fast shutdown request');
    const server = await start();
    expect(serverPid()).not.toBe(before);
    expect(await query(server.url('shop'), 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('starts although a dead one left its lock, be its process id free or somebody else’s now', async () => {
    const server = await start();
    const lock = readFileSync(lockFile(), 'utf8');
    await stop(server);
    const ended = spawn(process.execPath, ['--version']);
    await once(ended, 'exit');
    for (const pid of [ended.pid, process.pid]) {
      writeFileSync(lockFile(), lock.replace(/^\d+/, String(pid)));
      const next = await start();
      expect(serverPid()).not.toBe(pid);
      expect(await query(next.url('shop'), 'select 1 as one')).toEqual([{ one: 1 }]);
      await stop(next);
    }
  });

  test('says so when its port is taken, and leaves nothing behind', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const taken = (other.address() as AddressInfo).port;
    const error = await start(['shop'], taken).catch((reason: unknown) => reason);
    other.close();
    expect(error).toBeInstanceOf(EmbeddedPostgresError);
    expect(error).toMatchObject({
      message: `the embedded PostgreSQL did not start on port ${taken}: the port is in use`,
      fix: expect.stringContaining('PORT_OFFSET'),
    });
    await expect.poll(serverPid).toBeUndefined();
  });
});

describe('a folder', () => {
  const locked = (): string => {
    const parent = join(folder, 'locked');
    mkdirSync(join(parent, 'inside'), { recursive: true });
    chmodSync(parent, 0o700);
    return join(parent, 'inside');
  };

  test('is reachable by anyone when every folder above it is, also before it exists', () => {
    expect(isReachableByAnyone(tmpdir())).toBe(true);
    expect(isReachableByAnyone(join(tmpdir(), 'not', 'made', 'yet'))).toBe(true);
    const inside = locked();
    expect(isReachableByAnyone(inside)).toBe(false);
    expect(isReachableByAnyone(join(inside, 'not', 'made', 'yet'))).toBe(false);
    chmodSync(join(inside, '..'), 0o711);
    chmodSync(folder, 0o711);
    expect(isReachableByAnyone(inside)).toBe(true);
  });

  test.runIf(isRoot)('that the server’s own user cannot reach is refused with the reason, and is the caller’s to avoid', async () => {
    const inside = locked();
    const error = await startEmbeddedPostgres({ folder: inside, port, databases: [] }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(EmbeddedPostgresError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/cannot make its data folder .*(Permission denied|EACCES)/),
      fix: 'check the free space and the rights of that folder',
    });
  });
});
