import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isProduction } from '@supergraph/service/config';
import type { Running } from '@supergraph/service/process';
import { StartupError } from '@supergraph/service/startup-error';
import { banner } from './banner.ts';
import { type Child, startChild } from './child.ts';
import { type Databases, startDatabases } from './databases.ts';
import { createEventLog, type EventLog } from './log.ts';
import { checkPorts } from './ports.ts';
import { createRoomSettings } from './room-settings.ts';
import { hostOf, MOBILE, portUsersOf, REST, ROUTER, type Room, roomsOf, routerPort, SANDBOX, WEB, WEBHOOKS } from './rooms.ts';
import type { Topology } from './topology.ts';

export interface HouseOptions {
  topology: Topology;
  env: NodeJS.ProcessEnv;
  write: (text: string) => void;
  /** Subgraphs that a mock answers for. */
  mocked?: readonly string[];
  /** Called when a process ended without having been asked to. */
  onEnded?: (name: string) => void;
}

/** Everything that runs after `supergraph start`. */
export interface House extends Running {
  log: EventLog;
  /** What runs where, as it was printed. */
  banner: string;
  /** Every process beside the router. */
  readonly rooms: readonly Room[];
  /** Stops a room, or the router, and starts it anew; the others do not notice. */
  restart(name: string): Promise<void>;
  /** Starts and stops rooms until they are those of `next`, and tells the router. @returns whose process was started or stopped. */
  follow(next: Topology): Promise<string[]>;
}

const MOCK = fileURLToPath(new URL('dev/mock-subgraph.ts', import.meta.url));

/** What `supergraph map` draws. */
const MAP = 'docs/map.html';

/** Doors drain first: their last requests still need the others. */
const DOOR_STOP_MS = 1_500;
const ROOM_STOP_MS = 1_500;

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
  [MOBILE]: 'one request, one screen; OpenAPI at /openapi.json',
  [WEB]: 'the same for the web, and the storefront',
  [SANDBOX]: 'settles what is paid, in development only',
};
const noteOf = ({ name, grpcPort }: Room): string => NOTES[name] ?? (grpcPort === undefined ? '' : `gRPC on ${grpcPort}`);

/** In a process of its own: the composer needs 80 MB once, and we run on for days. */
const compose = (topology: Topology): Promise<void> =>
  new Promise((resolve, reject) => {
    const args = [
      '--disable-warning=ExperimentalWarning',
      fileURLToPath(new URL('main.ts', import.meta.url)),
      'compose',
      '--write',
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
 * Brings the whole graph up: PostgreSQL, composition, the data of the first run, every room, the router. Prints one
 * banner when all are ready. What was started is stopped again when a later step fails.
 * @throws StartupError with the reason and a way out.
 */
export const startHouse = async (options: HouseOptions): Promise<House> => {
  const { topology, env, write } = options;
  const begun = performance.now();
  checkEnvironment(env);
  const host = hostOf(env);
  let rooms = roomsOf(topology, env);
  let settings = createRoomSettings(topology, env);
  const log = createEventLog([ROUTER, ...rooms.map(({ name }) => name)], write);
  await checkPorts(host, portUsersOf(rooms, env));

  const children = new Map<string, Child>();
  let isUp = false;
  let databases: Databases | undefined;
  let isClosing = false;
  const close = async (): Promise<void> => {
    isClosing = true;
    await Promise.all([MOBILE, WEB, ROUTER, REST].map((door) => children.get(door)?.stop(DOOR_STOP_MS)));
    await Promise.all(rooms.map(({ name }) => children.get(name)?.stop(ROOM_STOP_MS)));
    await databases?.stop();
  };
  const mocked = new Set(options.mocked);

  const start = async (name: string, mainFile: string, port: number, ownSettings: NodeJS.ProcessEnv, args: string[] = []): Promise<void> => {
    if (isClosing) throw new StartupError(`${name} is not started: everything stops`, 'start again');
    const child = startChild({
      name,
      mainFile,
      args,
      env: { ...env, ...databases?.env, ...ownSettings },
      url: `http://${host}:${port}`,
      // Until all are up the banner is the news; only what goes wrong is told before.
      onLine: (line) => (isUp || !line.startsWith('{"level":"info"') ? log.line(name, line) : undefined),
      onUnexpectedExit: (how) => {
        log.line(name, `✗ ended (${how}); the others go on without it`);
        options.onEnded?.(name);
      },
    });
    children.set(name, child);
    await child.ready();
  };
  const startRoom = (room: Room): Promise<void> =>
    mocked.has(room.name)
      ? start(room.name, MOCK, room.port, settings.ofRoom(room), [room.name, join(room.folder, 'schema.graphql')])
      : start(room.name, join(room.folder, 'src', 'main.ts'), room.port, settings.ofRoom(room));
  const startRouter = (): Promise<void> => start(ROUTER, join(topology.root, 'router', 'src', 'main.ts'), routerPort(env), settings.ofRouter);

  try {
    const [started] = await Promise.all([startDatabases(topology, env), compose(topology)]);
    databases = started;
    await importOnFirstRun(options, databases);
    await Promise.all([startRouter(), ...rooms.map(startRoom)]);
  } catch (error) {
    await close();
    throw error;
  }

  isUp = true;
  const urlOf = (wanted: string): string | undefined => rooms.filter(({ name }) => name === wanted).map(({ port }) => `http://localhost:${port}`)[0];
  const screen = banner({
    seconds: (performance.now() - begun) / 1_000,
    routerUrl: `http://localhost:${routerPort(env)}`,
    restUrl: urlOf(REST),
    storefrontUrl: urlOf(WEB),
    rooms: rooms.map((room) => ({ name: room.name, url: `http://localhost:${room.port}${room.path}`, note: noteOf(room) })),
    databases: databases.description,
    messages: describeBus(env['MESSAGE_BUS_URL']),
    map: existsSync(join(topology.root, MAP)) ? MAP : undefined,
    isProduction: isProduction(env),
  });
  write(screen);
  const restart = async (name: string): Promise<void> => {
    const room = rooms.find((candidate) => candidate.name === name);
    if (room === undefined && name !== ROUTER) return;
    await children.get(name)?.stop(ROOM_STOP_MS);
    await (room === undefined ? startRouter() : startRoom(room));
  };
  return {
    log,
    banner: screen,
    get rooms() {
      return rooms;
    },
    close,
    restart,
    follow: async (next) => {
      const wanted = roomsOf(next, env);
      const { gone, added } = differenceOf(rooms, wanted);
      if (gone.length + added.length === 0) return [];
      await checkPorts(host, added);
      settings = createRoomSettings(next, { ...env, ...settings.secrets });
      rooms = wanted;
      const { stop: _, ...known } = await startDatabases(next, env);
      Object.assign(databases ?? {}, known);
      await Promise.all(gone.map(({ name }) => children.get(name)?.stop(ROOM_STOP_MS)));
      for (const { name } of gone) children.delete(name);
      await Promise.all(added.map(startRoom));
      await restart(ROUTER);
      return [...gone, ...added].map(({ name }) => name);
    },
  };
};

/** A room that moved to another port or folder is gone and comes anew. */
const differenceOf = (before: readonly Room[], after: readonly Room[]): { gone: Room[]; added: Room[] } => {
  const isIn = (rooms: readonly Room[], { name, port, folder }: Room): boolean =>
    rooms.some((room) => room.name === name && room.port === port && room.folder === folder);
  return { gone: before.filter((room) => !isIn(after, room)), added: after.filter((room) => !isIn(before, room)) };
};
