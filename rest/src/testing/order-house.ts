import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import { ANONYMOUS_IDENTITY } from '@supergraph/identity/identity';
import { internalHeaders } from '@supergraph/identity/internal-token';

const ROOT = new URL('../../../', import.meta.url);
const READY_MS = 60_000;
const STOP_MS = 5_000;

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

/** A subgraph as its own process, with a database of its own. */
export interface TestRoom {
  url: string;
  grpcAddress: string;
  key: string;
  database: TestDatabase;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const answers = (url: string): Promise<boolean> =>
  fetch(`${url}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );

const end = async (child: ChildProcess): Promise<void> => {
  const ended = once(child, 'close');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
};

const createRoom = async (room: 'user' | 'order', env: NodeJS.ProcessEnv): Promise<TestRoom> => {
  const [port, grpcPort] = [await freePort(), await freePort()];
  const database = await createTestDatabase(room, new URL(`subgraphs/${room}/migrations/`, ROOT));
  const [prefix, key, url] = [room.toUpperCase(), `${room}-key-`.padEnd(40, 'k'), `http://127.0.0.1:${port}`];
  const settings = {
    [`${prefix}_PORT`]: String(port),
    [`${prefix}_GRPC_PORT`]: String(grpcPort),
    [`${prefix}_DATABASE_URL`]: database.url,
    [`${prefix}_INTERNAL_KEY`]: key,
    [`${prefix}_LOG_LEVEL`]: 'error',
  };
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    // The IPC channel is its lifeline: it ends with us.
    const started = spawn(process.execPath, [fileURLToPath(new URL(`subgraphs/${room}/src/main.ts`, ROOT))], {
      env: { ...env, ...settings },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child = started;
    for (const deadline = Date.now() + READY_MS; !(await answers(url)); await sleep(50))
      if (started.exitCode !== null || Date.now() > deadline) throw new Error(`${room} does not start`);
  };
  const stop = async (): Promise<void> => {
    if (child !== undefined) await end(child);
    child = undefined;
  };
  return { url, grpcAddress: `127.0.0.1:${grpcPort}`, key, database, start, stop };
};

/** The rooms that orders need behind rest: order and user as processes, and an embedded message bus. */
export interface OrderHouse {
  order: TestRoom;
  user: TestRoom;
  busUrl: string;
  jwksUrl: string;
  /** A new account, signed in. @param name also of its e-mail address. */
  signUp(name: string, role: 'CUSTOMER' | 'STAFF'): Promise<{ id: string; token: string }>;
  /** Ends every process and removes every database. */
  stop(): Promise<void>;
}

interface Session {
  accessToken: string;
  user: { id: string };
}

/** Through GraphQL, so that what is tested here does not depend on itself. */
const mutate = async ({ url, key }: TestRoom, mutation: string, input: object): Promise<Session> => {
  const query = `mutation ($input: ${mutation.replace(/^./, (first) => first.toUpperCase())}Input!) { it: ${mutation}(input: $input) { accessToken user { id } } }`;
  const body = JSON.stringify({ query, variables: { input } });
  const headers = internalHeaders(key, 'user', ANONYMOUS_IDENTITY, body);
  const { data, errors } = (await (await fetch(`${url}/graphql`, { method: 'POST', headers, body })).json()) as {
    data?: { it: Session | null };
    errors?: unknown;
  };
  if (!data?.it) throw new Error(`${mutation}: ${JSON.stringify(errors)}`);
  return data.it;
};

const signUpIn = async (user: TestRoom, name: string, role: 'CUSTOMER' | 'STAFF'): Promise<{ id: string; token: string }> => {
  const credentials = { email: `${name}@example.com`, password: 'correct horse' };
  const { user: made } = await mutate(user, 'signUp', { ...credentials, name, country: 'IE' });
  await user.database.database.query('update users set role = $2 where email = $1', [credentials.email, role]);
  const { accessToken } = await mutate(user, 'signIn', credentials);
  return { id: made.id, token: accessToken };
};

export const startOrderHouse = async (): Promise<OrderHouse> => {
  const bus = await createEmptyDatabase('bus');
  const env = { MESSAGE_BUS_URL: bus.url };
  const user = await createRoom('user', env);
  const order = await createRoom('order', { ...env, ORDER_USER_URL: user.url, ORDER_USER_KEY: user.key });
  await Promise.all([order.start(), user.start()]);
  return {
    order,
    user,
    busUrl: bus.url,
    jwksUrl: `${user.url}/.well-known/jwks.json`,
    signUp: (name, role) => signUpIn(user, name, role),
    stop: async () => {
      await Promise.all([order.stop(), user.stop()]);
      await Promise.all([bus, order.database, user.database].map((database) => database.drop()));
    },
  };
};
