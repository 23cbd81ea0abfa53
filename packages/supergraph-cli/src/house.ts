import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isProduction, portWithOffset } from '@supergraph/service/config';
import type { Running } from '@supergraph/service/process';
import { StartupError } from '@supergraph/service/startup-error';
import { banner } from './banner.ts';
import { type Child, startChild } from './child.ts';
import { type Databases, startDatabases } from './databases.ts';
import { createInternalKeys } from './internal-keys.ts';
import { createEventLog, type EventLog } from './log.ts';
import { createPaymentSecrets } from './payment-secrets.ts';
import { checkPorts } from './ports.ts';
import { supergraphFile } from './supergraph-file.ts';
import type { Subgraph, Topology } from './topology.ts';

export interface HouseOptions {
  topology: Topology;
  env: NodeJS.ProcessEnv;
  write: (text: string) => void;
}

/** Everything that runs after `supergraph start`. */
export interface House extends Running {
  log: EventLog;
  /** Every process beside the router. */
  rooms: readonly { name: string; folder: string }[];
  /** Stops one room and starts it anew; the others do not notice. */
  restart(name: string): Promise<void>;
}

const ROUTER = 'router';
const USER = 'user';
const ORDER = 'order';
const WEBHOOKS = 'webhooks';
const SANDBOX = 'payment-sandbox';
const ROUTER_STOP_MS = 2_000;
const ROOM_STOP_MS = 1_500;

const hostOf = (env: NodeJS.ProcessEnv): string => env['HOST'] || '127.0.0.1';
const subgraphPort = ({ routingUrl }: Subgraph, env: NodeJS.ProcessEnv): number => portWithOffset(env, Number(new URL(routingUrl).port));
const routerPort = (env: NodeJS.ProcessEnv): number => Number(env['ROUTER_PORT'] || portWithOffset(env, 4000));
const variableOf = (name: string, rest: string): string => `${name.toUpperCase().replaceAll('-', '_')}_${rest}`;

/** A process beside the router. */
interface Room {
  name: string;
  port: number;
  folder: string;
  /** What the banner shows after host and port. */
  path: string;
}

/** Stands in for a payment provider: never in production, and not where ORDER_PAYMENT_URL names another. */
const sandboxOf = ({ root }: Topology, env: NodeJS.ProcessEnv): Room[] => {
  const folder = join(root, SANDBOX);
  if (isProduction(env) || env['ORDER_PAYMENT_URL'] || !existsSync(join(folder, 'src', 'main.ts'))) return [];
  return [{ name: SANDBOX, port: portWithOffset(env, 4040), folder, path: '' }];
};

/** Where events travel, without the credentials that may stand in the URL. */
const describeBus = (url: string | undefined): string => {
  if (!url) return 'embedded, on PostgreSQL';
  return URL.canParse(url) ? `${new URL(url).protocol}//${new URL(url).host}` : 'by MESSAGE_BUS_URL';
};

const checkEnvironment = (env: NodeJS.ProcessEnv): void => {
  const offset = env['PORT_OFFSET'] ?? '0';
  if (!/^\d{1,5}$/.test(offset) || Number(offset) > 60_000)
    throw new StartupError(`PORT_OFFSET is '${offset}', expected a whole number from 0 to 60000`, 'for instance: PORT_OFFSET=100 npm start');
};

const NOTES: Readonly<Record<string, string>> = {
  [WEBHOOKS]: 'REST below /webhooks, callbacks of the payment provider at /callbacks/payments',
  [SANDBOX]: 'settles what is paid, in development only',
};
const noteOf = (name: string): { note?: string } => (NOTES[name] === undefined ? {} : { note: NOTES[name] });

/** In a process of its own: the composer needs 80 MB once, and we run on for days. */
const compose = (topology: Topology): Promise<void> =>
  new Promise((resolve, reject) => {
    const args = [
      '--disable-warning=ExperimentalWarning',
      fileURLToPath(new URL('main.ts', import.meta.url)),
      'compose',
      '--config',
      join(topology.root, 'supergraph.yaml'),
    ];
    execFile(process.execPath, args, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else reject(new StartupError(`the subgraphs do not compose\n${stderr.trim()}`, 'correct the schemas, then start again'));
    });
  });

const importOnFirstRun = async ({ topology, env, write }: HouseOptions, databases: Databases): Promise<void> => {
  const folder = join(topology.root, 'data', 'online-retail');
  if (databases.embeddedFolder === undefined || isProduction(env) || !existsSync(folder)) return;
  const marker = join(databases.embeddedFolder, 'imported');
  if (existsSync(marker)) return;
  write('First run: importing data/online-retail (UCI Online Retail, Chen 2015, CC BY 4.0)\n');
  const { describeSummary, importDataset } = await import('./import.ts');
  const summary = await importDataset({ topology, folder, env: { ...env, ...databases.env }, write });
  write(describeSummary(summary));
  writeFileSync(marker, `${new Date().toISOString()}\n`);
};

/**
 * Brings the whole graph up: PostgreSQL, composition, the data of the first run, every subgraph, the router. Prints one
 * banner when all are ready. What was started is stopped again when a later step fails.
 * @throws StartupError with the reason and a way out.
 */
export const startHouse = async (options: HouseOptions): Promise<House> => {
  const { topology, env, write } = options;
  const begun = performance.now();
  checkEnvironment(env);
  const host = hostOf(env);
  const subgraphs: Room[] = topology.subgraphs.map((subgraph) => ({
    name: subgraph.name,
    port: subgraphPort(subgraph, env),
    folder: subgraph.folder,
    path: new URL(subgraph.routingUrl).pathname,
  }));
  const rooms = [...subgraphs, ...sandboxOf(topology, env)];
  const keys = createInternalKeys(
    subgraphs.map(({ name }) => name),
    env,
  );
  const payments = createPaymentSecrets(env);
  const log = createEventLog([ROUTER, ...rooms.map(({ name }) => name)], write);
  await checkPorts(host, [{ name: ROUTER, port: routerPort(env) }, ...rooms]);

  const children = new Map<string, Child>();
  let isUp = false;
  let databases: Databases | undefined;
  const close = async (): Promise<void> => {
    await children.get(ROUTER)?.stop(ROUTER_STOP_MS);
    await Promise.all(rooms.map(({ name }) => children.get(name)?.stop(ROOM_STOP_MS)));
    await databases?.stop();
  };

  const start = async (name: string, mainFile: string, port: number, settings: NodeJS.ProcessEnv): Promise<void> => {
    const child = startChild({
      name,
      mainFile,
      env: { ...env, ...databases?.env, ...settings },
      url: `http://${host}:${port}`,
      // Until all are up the banner is the news; only what goes wrong is told before.
      onLine: (line) => (isUp || !line.startsWith('{"level":"info"') ? log.line(name, line) : undefined),
      onUnexpectedExit: (how) => log.line(name, `✗ ended (${how}); the others go on without it`),
    });
    children.set(name, child);
    await child.ready();
  };
  const urlOf = (wanted: string): string | undefined => rooms.filter(({ name }) => name === wanted).map(({ port }) => `http://${host}:${port}`)[0];
  const settingsOf = (name: string): NodeJS.ProcessEnv => ({
    ...keys.ofRoom(name, name === WEBHOOKS ? { [USER]: 'WEBHOOKS_USER_KEY' } : {}),
    ...payments.ofRoom(name),
    ...(name === WEBHOOKS ? { WEBHOOKS_ROUTER_URL: `http://${host}:${routerPort(env)}/graphql`, WEBHOOKS_USER_URL: urlOf(USER) } : {}),
    ...(name === ORDER && urlOf(SANDBOX) !== undefined ? { ORDER_PAYMENT_URL: urlOf(SANDBOX) } : {}),
    ...(name === SANDBOX ? { PAYMENT_SANDBOX_CALLBACK_URL: `${urlOf(WEBHOOKS)}/callbacks/payments` } : {}),
  });
  const startRoom = ({ name, folder, port }: Room): Promise<void> =>
    start(name, join(folder, 'src', 'main.ts'), port, { ...settingsOf(name), [variableOf(name, 'PORT')]: String(port) });

  try {
    const [started] = await Promise.all([startDatabases(topology, env), compose(topology)]);
    databases = started;
    await importOnFirstRun(options, databases);
    const urls = subgraphs.map(({ name, port, path }) => `${name}=http://${host}:${port}${path}`).join(',');
    const routerStarts = start(ROUTER, join(topology.root, 'router', 'src', 'main.ts'), routerPort(env), {
      ...keys.ofRouter,
      ...payments.ofRoom(ROUTER),
      ROUTER_SUPERGRAPH: supergraphFile(topology),
      ROUTER_PORT: String(routerPort(env)),
      ROUTER_SUBGRAPH_URLS: urls,
      ROUTER_OPERATIONS: ['catalogue', 'orders', 'accounts', 'webhooks'].map((folder) => join(topology.root, 'tests', 'scenarios', folder)).join(','),
    });
    await Promise.all([routerStarts, ...rooms.map(startRoom)]);
  } catch (error) {
    await close();
    throw error;
  }

  isUp = true;
  write(
    banner({
      seconds: (performance.now() - begun) / 1_000,
      routerUrl: `http://localhost:${routerPort(env)}`,
      rooms: rooms.map(({ name, port, path }) => ({ name, url: `http://localhost:${port}${path}`, ...noteOf(name) })),
      databases: databases.description,
      messages: describeBus(env['MESSAGE_BUS_URL']),
      isProduction: isProduction(env),
    }),
  );
  return {
    log,
    rooms,
    close,
    restart: async (name) => {
      const room = rooms.find((candidate) => candidate.name === name);
      if (room === undefined) return;
      await children.get(name)?.stop(ROOM_STOP_MS);
      await startRoom(room);
    },
  };
};
