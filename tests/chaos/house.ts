import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, type Database } from '@supergraph/database/database';
import { migrate } from '@supergraph/database/migrate';
import { freePort } from '../postgres.ts';
import { ROOT } from '../world.ts';
import type { Cleanup } from './cleanup.ts';
import { type CrashingPostgres, startCrashingPostgres } from './crashing-postgres.ts';
import type { Target } from './load.ts';
import { copyWithPatches, type Patch } from './patched-copy.ts';
import { createService, type ServiceProcess } from './service-process.ts';

/** The order service, one consumer of its events, and what they stand on: real processes, each of which can be killed. */
export interface House {
  order: ServiceProcess;
  consumer: ServiceProcess;
  postgres: CrashingPostgres;
  target: Target;
  /** The order service's database. */
  orders: Database;
  /** The consumer's database. */
  effects: Database;
}

export interface HouseOptions {
  /** Bugs to plant. */
  patches?: readonly Patch[];
  /** The embedded bus when left out. */
  busUrl?: string;
  postgresSettings?: Readonly<Record<string, string>>;
  /** How long the consumer stays with a message. */
  handlerMs?: number;
}

/** Makes a new room of the table of who gets what, as adding a subgraph would. */
const NEW_GROUP: Patch = {
  file: 'packages/events/src/subscriptions.ts',
  find: 'Readonly<Record<string, readonly string[]>> = {',
  replace: "Readonly<Record<string, readonly string[]>> = {\n  chaos: ['order.placed.v1'],",
};
const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };
const SKUS = ['CHAOS-1', 'CHAOS-2'];
const HANDLER_MS = 10;

const EFFECTS = `
  create table inbox (
    consumer text not null,
    event_id text not null,
    handled_at timestamptz not null default now(),
    primary key (consumer, event_id)
  );
  create table effects (event_id text not null, order_number text not null);
`;

const openDatabases = async (postgres: CrashingPostgres, cleanup: Cleanup) => {
  const open = (name: string): Database => {
    const database = createDatabase({ url: postgres.url(name), applicationName: 'chaos', maxConnections: 3 });
    cleanup.add(database.close);
    return database;
  };
  const [orders, effects] = [open('order'), open('effects')];
  await migrate(orders, new URL(`file://${ROOT}subgraphs/order/migrations/`));
  await orders.query("insert into price_list (sku, amount, currency) select sku, 100, 'GBP' from unnest($1::text[]) sku", [SKUS]);
  await effects.query(EFFECTS);
  return { orders, effects };
};

const answers = async (url: string): Promise<boolean> => {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
};

const createOrderService = (folder: string, port: number, env: NodeJS.ProcessEnv): ServiceProcess =>
  createService({
    name: 'order service',
    mainFile: join(folder, 'subgraphs/order/src/main.ts'),
    env: { ...env, ORDER_PORT: String(port), ORDER_LOG_LEVEL: 'warn', HOST: '127.0.0.1' },
    isServing: () => answers(`http://127.0.0.1:${port}`),
  });

const createConsumer = (folder: string, env: NodeJS.ProcessEnv): ServiceProcess =>
  createService({ name: 'consumer', mainFile: join(folder, 'tests/chaos/consumer.ts'), env });

/** Starts everything and waits until it serves. */
export const startHouse = async (options: HouseOptions, cleanup: Cleanup): Promise<House> => {
  const { patches = [], postgresSettings = {}, handlerMs = HANDLER_MS } = options;
  const copy = copyWithPatches([NEW_GROUP, ...patches]);
  cleanup.add(copy.remove);
  const folder = mkdtempSync(join(tmpdir(), 'supergraph-chaos-'));
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }));
  const settings = { ...DURABLE, ...postgresSettings };
  const starting = startCrashingPostgres({ folder, port: await freePort(), databases: ['order', 'bus', 'effects'], settings });
  cleanup.add(async () => (await starting).stop());
  const postgres = await starting;
  const { orders, effects } = await openDatabases(postgres, cleanup);

  const port = await freePort();
  const key = randomBytes(32).toString('hex');
  const busUrl = options.busUrl ?? postgres.url('bus');
  const order = createOrderService(copy.folder, port, {
    ORDER_DATABASE_URL: postgres.url('order'),
    MESSAGE_BUS_URL: busUrl,
    ORDER_INTERNAL_KEY: key,
    ORDER_USER_KEY: key,
  });
  const consumer = createConsumer(copy.folder, {
    CHAOS_DATABASE_URL: postgres.url('effects'),
    MESSAGE_BUS_URL: busUrl,
    CHAOS_HANDLER_MS: String(handlerMs),
  });
  for (const service of [order, consumer]) {
    cleanup.add(service.kill);
    service.start();
  }
  await Promise.all([order.ready(), consumer.ready()]);
  // Where commits do not wait for the disk, a crash must not take the tables along.
  await orders.query('checkpoint');
  return { order, consumer, postgres, orders, effects, target: { url: `http://127.0.0.1:${port}/graphql`, key, skus: SKUS } };
};
