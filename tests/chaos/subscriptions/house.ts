import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, type Database } from '@supergraph/database/database';
import { migrate } from '@supergraph/database/migrate';
import { toEnvelope } from '@supergraph/events/contract';
import { orderPaid } from '@supergraph/events/order';
import { appendToOutbox } from '@supergraph/message-bus/outbox';
import { freePort } from '../../postgres.ts';
import { ROOT } from '../../world.ts';
import { createOwnBroker, startEmpty } from '../broker-scenario.ts';
import type { Cleanup } from '../cleanup.ts';
import { type CrashingPostgres, startCrashingPostgres } from '../crashing-postgres.ts';
import { copyWithPatches, type Patch } from '../patched-copy.ts';
import { createService, type ServiceProcess } from '../service-process.ts';
import { startIssuer } from './staff-token.ts';

/** Something that is killed, and started again. */
export interface Mortal {
  name: string;
  kill(): Promise<void>;
  /** Resolves when it serves. */
  restart(): Promise<void>;
}

/** A router, the order service, and the bus between them: real processes. Orders' database alone is never killed. */
export interface House {
  broker: Mortal;
  order: Mortal;
  router: Mortal;
  /** Of the router's GraphQL door. */
  url: string;
  token: string;
  numbers: readonly string[];
  /** Changes orders' totals, which tell the changes apart, each with its event, as the order service changes statuses. */
  change(numbers: readonly string[]): Promise<void>;
  /** Every order's total as it stands. */
  totals(): Promise<Map<string, number>>;
  /** What ended by itself. */
  deaths(): string[];
}

export interface HouseOptions {
  busKind: 'postgres' | 'amqp';
  patches: readonly Patch[];
  orders: number;
}

const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };
const MORE_SOURCES = ['router', 'supergraph.graphql'];

const startPostgres = async (database: string, cleanup: Cleanup): Promise<CrashingPostgres> => {
  const folder = mkdtempSync(join(tmpdir(), 'supergraph-chaos-'));
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }));
  const starting = startCrashingPostgres({ folder, port: await freePort(), databases: [database], settings: DURABLE });
  cleanup.add(async () => (await starting).stop());
  return starting;
};

const startBroker = async (kind: HouseOptions['busKind'], cleanup: Cleanup): Promise<Mortal & { url: string }> => {
  if (kind === 'postgres') {
    const postgres = await startPostgres('bus', cleanup);
    return { name: 'PostgreSQL bus', url: postgres.url('bus'), kill: postgres.kill, restart: postgres.restart };
  }
  const broker = createOwnBroker('rabbitmq');
  await startEmpty(broker, { cleanup });
  return { name: broker.title, url: broker.url, kill: broker.kill, restart: broker.start };
};

const fillOrders = async (postgres: CrashingPostgres, count: number, cleanup: Cleanup): Promise<{ database: Database; numbers: string[] }> => {
  const database = createDatabase({ url: postgres.url('order'), applicationName: 'chaos', maxConnections: 3 });
  cleanup.add(database.close);
  await migrate(database, new URL(`file://${ROOT}subgraphs/order/migrations/`));
  const rows = await database.query<{ number: string }>(
    `insert into orders (number, status, placed_at, total_amount, total_currency)
     select 'S' || number, 'PENDING', now(), 0, 'GBP' from generate_series(1, $1::integer) number returning number`,
    [count],
  );
  return { database, numbers: rows.map(({ number }) => number) };
};

const isReady = async (port: number): Promise<boolean> => {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
};

const mortal = (service: ServiceProcess): Mortal => ({
  name: service.name,
  kill: service.kill,
  restart: async () => {
    service.start();
    await service.ready();
  },
});

/** Starts everything and waits until it serves. */
export const startHouse = async ({ busKind, patches, orders }: HouseOptions, cleanup: Cleanup): Promise<House> => {
  const copy = copyWithPatches(patches, MORE_SOURCES);
  cleanup.add(copy.remove);
  // One caller asks for everything.
  const settings = join(copy.folder, 'chaos.yaml');
  writeFileSync(settings, 'rateLimits: { enabled: false }\n');
  const issuer = await startIssuer();
  cleanup.add(issuer.close);
  const broker = await startBroker(busKind, cleanup);
  const postgres = await startPostgres('order', cleanup);
  const { database, numbers } = await fillOrders(postgres, orders, cleanup);

  const [orderPort, routerPort, key] = [await freePort(), await freePort(), randomBytes(32).toString('hex')];
  const shared = { HOST: '127.0.0.1', MESSAGE_BUS_URL: broker.url, TOKEN_JWKS_URL: issuer.url };
  const start = (name: string, mainFile: string, port: number, env: NodeJS.ProcessEnv): ServiceProcess => {
    const service = createService({ name, mainFile: join(copy.folder, mainFile), env: { ...shared, ...env }, isServing: () => isReady(port) });
    cleanup.add(service.kill);
    service.start();
    return service;
  };
  const order = start('order service', 'subgraphs/order/src/main.ts', orderPort, {
    ORDER_PORT: String(orderPort),
    ORDER_GRPC_PORT: String(await freePort()),
    ORDER_DATABASE_URL: postgres.url('order'),
    ORDER_LOG_LEVEL: 'warn',
    ORDER_INTERNAL_KEY: key,
    ORDER_USER_KEY: key,
  });
  const router = start('router', 'router/src/main.ts', routerPort, {
    ROUTER_PORT: String(routerPort),
    ROUTER_SUPERGRAPH: join(copy.folder, 'supergraph.graphql'),
    ROUTER_SUBGRAPH_URLS: `order=http://127.0.0.1:${orderPort}/graphql`,
    ROUTER_SUBGRAPH_KEYS: `order=${key}`,
    ROUTER_SETTINGS: settings,
    ROUTER_CLIENTS: join(copy.folder, 'no-clients'),
    ROUTER_LOG_LEVEL: 'warn',
  });
  await Promise.all([order.ready(), router.ready()]);

  const envelopeOf = (number: string) =>
    toEnvelope(orderPaid, {
      id: randomUUID(),
      subject: number,
      time: new Date(),
      data: { id: number, number, customerId: null, total: { amount: 0, currency: 'GBP' } },
    });
  return {
    broker,
    order: mortal(order),
    router: mortal(router),
    url: `http://127.0.0.1:${routerPort}/graphql`,
    token: issuer.token,
    numbers,
    change: (changed) =>
      database.transact(async (sql) => {
        await sql.query('update orders set total_amount = total_amount + 1 where number = any($1)', [changed]);
        await appendToOutbox(sql, changed.map(envelopeOf));
      }),
    totals: async () => {
      const rows = await database.query<{ number: string; total_amount: number }>('select number, total_amount from orders');
      return new Map(rows.map(({ number, total_amount: total }) => [number, total]));
    },
    deaths: () => [...order.deaths(), ...router.deaths()],
  };
};
