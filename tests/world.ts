import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Child, startChild } from '@supergraph/cli/child';
import { readTopology } from '@supergraph/cli/topology';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import type { TypedDocumentString } from './generated/graphql.ts';
import { freePort } from './postgres.ts';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const { subgraphs: SUBGRAPHS } = readTopology(`${ROOT}supergraph.yaml`);
/** The rooms that the data set fills. */
export type Room = 'category' | 'user' | 'order';
/** Those that tests name; `supergraph.yaml` may have more. */
type AnyRoom = Room | 'webhooks';
const ROOMS = SUBGRAPHS.map(({ name }) => name as AnyRoom);

/** What a client gets back. */
export interface Answer<Data> {
  status: number;
  data: Data | null;
  errors: { message: string; path?: (string | number)[]; extensions: { code: string } & Record<string, unknown> }[];
}

export interface RunningRoom {
  process: Child;
  database: TestDatabase;
  url: string;
  /** Host and port where it answers gRPC; webhooks does not. */
  grpcAddress: string;
  /** Signs internal tokens for it. */
  key: string;
  /** Starts it anew, with the same settings, after its process was stopped. */
  restart(): Promise<void>;
}

/** The whole graph as processes on free ports, each with a database of its own that holds the real data set. */
export interface World {
  /** The router's base URL. */
  url: string;
  rooms: Readonly<Record<AnyRoom, RunningRoom>>;
  router: Child;
  /** What every process is told: where messages travel and where the public keys are. */
  env: Readonly<Record<'MESSAGE_BUS_URL' | 'TOKEN_JWKS_URL', string>>;
  /** The payment provider: its base URL and its key. */
  payments: { url: string; key: string };
  /** Sends an operation to the router. */
  ask<Data, Variables>(document: TypedDocumentString<Data, Variables>, variables: Variables, token?: string): Promise<Answer<Data>>;
  /** Signs a development account in. @returns its access token. */
  signIn(email: string): Promise<string>;
  stop(): Promise<void>;
}

const folderOf = (room: AnyRoom): string => SUBGRAPHS.find(({ name }) => name === room)?.folder ?? '';
const prefixOf = (room: AnyRoom): string => room.toUpperCase().replaceAll('-', '_');
const importFile = (room: AnyRoom): string => join(folderOf(room), 'src', 'import.ts');

const importInto = (room: AnyRoom, url: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, [`${prefixOf(room)}_DATABASE_URL`]: url };
    const child = fork(importFile(room), [`${ROOT}data/online-retail`], { env, execArgv: [], stdio: 'ignore' });
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`the import of ${room} ended with code ${code}`))));
  });

const databaseOf = (room: AnyRoom): Promise<TestDatabase> =>
  createTestDatabase(
    room.replaceAll('-', '_'),
    pathToFileURL(`${folderOf(room)}/migrations/`),
    !existsSync(importFile(room)) ? undefined : { name: 'online_retail', fill: (url) => importInto(room, url) },
  );

export const post = async <Data>(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer<Data>> => {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
  const answer = (await response.json()) as Partial<Answer<Data>>;
  return { status: response.status, data: answer.data ?? null, errors: answer.errors ?? [] };
};

export const bearer = (token: string | undefined): Record<string, string> => (token === undefined ? {} : { authorization: `Bearer ${token}` });

/** Free when this returns, and all different. */
const freePorts = async (count: number): Promise<number[]> => {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
};

export interface WorldOptions {
  /** A broker to use instead of the embedded bus. */
  busUrl?: string;
}

/** Starts everything; takes about 4 s, and 15 s more the first time in a run, when the templates are filled. */
export const startWorld = async ({ busUrl }: WorldOptions = {}): Promise<World> => {
  const [routerPort = 0, sandboxPort = 0, ...ports] = await freePorts(2 + 2 * ROOMS.length);
  const databases = await Promise.all(ROOMS.map(databaseOf));
  const bus = await createEmptyDatabase('bus');
  const portOf = Object.fromEntries(ROOMS.map((room, index) => [room, ports[index]]));
  const shared = { MESSAGE_BUS_URL: busUrl ?? bus.url, TOKEN_JWKS_URL: `http://127.0.0.1:${portOf['user']}/.well-known/jwks.json` };
  const start = (name: string, mainFile: string, port: number, settings: NodeJS.ProcessEnv): Child =>
    startChild({
      name,
      mainFile,
      env: { ...process.env, ...shared, ...settings },
      url: `http://127.0.0.1:${port}`,
      onLine: () => undefined,
      onUnexpectedExit: () => undefined,
    });
  const payment = { key: randomBytes(32).toString('hex'), secret: `whsec_${randomBytes(32).toString('base64')}` };
  const keys = Object.fromEntries(ROOMS.map((room) => [room, randomBytes(32).toString('hex')])) as Record<AnyRoom, string>;
  const further: Partial<Record<AnyRoom, NodeJS.ProcessEnv>> = {
    order: {
      ORDER_PAYMENT_URL: `http://127.0.0.1:${sandboxPort}`,
      ORDER_PAYMENT_KEY: payment.key,
      ORDER_USER_URL: `http://127.0.0.1:${portOf['user']}`,
      ORDER_USER_KEY: keys.user,
    },
    webhooks: {
      WEBHOOKS_PAYMENT_SECRET: payment.secret,
      WEBHOOKS_ROUTER_URL: `http://127.0.0.1:${routerPort}/graphql`,
      WEBHOOKS_USER_URL: `http://127.0.0.1:${portOf['user']}`,
      WEBHOOKS_USER_KEY: keys.user,
      WEBHOOKS_ALLOW_PRIVATE: '1',
    },
  };
  const rooms = Object.fromEntries(
    ROOMS.map((room, index) => {
      const [port, grpcPort] = [ports[index] as number, ports[index + ROOMS.length] as number];
      const database = databases[index] as TestDatabase;
      const key = keys[room];
      const prefix = prefixOf(room);
      const settings = {
        [`${prefix}_PORT`]: String(port),
        [`${prefix}_GRPC_PORT`]: String(grpcPort),
        [`${prefix}_DATABASE_URL`]: database.url,
        [`${prefix}_INTERNAL_KEY`]: key,
        ...further[room],
      };
      const startRoom = (): Child => start(room, `${folderOf(room)}/src/main.ts`, port, settings);
      const running: RunningRoom = {
        process: startRoom(),
        database,
        url: `http://127.0.0.1:${port}/graphql`,
        grpcAddress: `127.0.0.1:${grpcPort}`,
        key,
        restart: () => {
          running.process = startRoom();
          return running.process.ready();
        },
      };
      return [room, running];
    }),
  ) as World['rooms'];
  const router = start('router', `${ROOT}router/src/main.ts`, routerPort, {
    ROUTER_PORT: String(routerPort),
    ROUTER_SUPERGRAPH: `${ROOT}supergraph.graphql`,
    ROUTER_SUBGRAPH_URLS: ROOMS.map((room) => `${room}=${rooms[room].url}`).join(','),
    ROUTER_SUBGRAPH_KEYS: ROOMS.map((room) => `${room}=${rooms[room].key}`).join(','),
    // The catalogue first: its queries run as they stand, for anybody.
    ROUTER_OPERATIONS: ['catalogue', ...readdirSync(`${ROOT}tests/scenarios`).filter((folder) => folder !== 'catalogue')]
      .map((folder) => `${ROOT}tests/scenarios/${folder}`)
      .join(','),
  });
  const sandbox = start('payment-sandbox', `${ROOT}payment-sandbox/src/main.ts`, sandboxPort, {
    PAYMENT_SANDBOX_PORT: String(sandboxPort),
    PAYMENT_SANDBOX_KEY: payment.key,
    PAYMENT_SANDBOX_SECRET: payment.secret,
    PAYMENT_SANDBOX_CALLBACK_URL: `http://127.0.0.1:${portOf['webhooks']}/callbacks/payments`,
  });
  const processes = (): Child[] => [router, sandbox, ...ROOMS.map((room) => rooms[room].process)];
  const stop = async (): Promise<void> => {
    await Promise.all(processes().map((child) => child.stop(4_000)));
    await Promise.all([bus, ...databases].map((database) => database.drop()));
  };
  await Promise.all(processes().map((child) => child.ready())).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const url = `http://127.0.0.1:${routerPort}`;
  return {
    url,
    rooms,
    router,
    env: shared,
    payments: { url: `http://127.0.0.1:${sandboxPort}`, key: payment.key },
    ask: (document, variables, token) => post(`${url}/graphql`, { query: document.toString(), variables }, bearer(token)),
    signIn: async (email) => {
      const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }';
      const { data, errors } = await post<{ signIn: { accessToken: string } }>(`${url}/graphql`, {
        query,
        variables: { input: { email, password: 'supergraph' } },
      });
      if (data === null) throw new Error(`cannot sign in as ${email}: ${errors[0]?.message}`);
      return data.signIn?.accessToken;
    },
    stop,
  };
};
