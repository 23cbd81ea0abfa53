import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, type Database } from '@supergraph/database/database';
import { startEmbeddedPostgres } from '@supergraph/database/embedded-postgres';
import { SUBSCRIPTIONS } from '@supergraph/events/subscriptions';
import type { MessageBus } from '@supergraph/message-bus/message-bus';
import { openMessageBus } from '@supergraph/message-bus/open';
import { freePort } from '../../postgres.ts';
import type { Cleanup } from '../cleanup.ts';
import { copyWithPatches, type Patch } from '../patched-copy.ts';
import { createService, type ServiceProcess } from '../service-process.ts';
import { createWebhooksApi, type WebhooksApi } from './webhooks-api.ts';

/** The room under test as a process, and the bus it listens to. */
export interface House {
  webhooks: ServiceProcess;
  bus: MessageBus;
  api: WebhooksApi;
  database: Database;
}

/** Ten attempts as in the real schedule, days made seconds. */
const RETRY_SCHEDULE = '0,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,1';
/** A receiver's silence is given up sooner, and the lease, which must be longer, is shortened in the same measure. */
const COMPRESSED: readonly Patch[] = [
  { file: 'webhooks/src/egress/send.ts', find: 'const DEADLINE_MS = 15_000;', replace: 'const DEADLINE_MS = 1_000;' },
  { file: 'webhooks/src/dispatcher/dispatcher.ts', find: 'leaseMs: 60_000', replace: 'leaseMs: 10_000' },
];

const serves = async (url: string): Promise<boolean> => {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
};

const startPostgres = async (cleanup: Cleanup): Promise<(name: string) => string> => {
  const folder = mkdtempSync(join(tmpdir(), 'supergraph-chaos-'));
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }));
  // What is killed is the room, not PostgreSQL or the machine: nothing depends on the disk.
  const starting = startEmbeddedPostgres({ folder, port: await freePort(), databases: ['webhooks', 'bus'], settings: { fsync: 'off' } });
  cleanup.add(async () => (await starting).stop());
  const server = await starting;
  return (name) => server.url(name);
};

/** Starts everything and waits until it serves. */
export const startHouse = async (patches: readonly Patch[], cleanup: Cleanup): Promise<House> => {
  const copy = copyWithPatches([...COMPRESSED, ...patches]);
  cleanup.add(copy.remove);
  const urlOf = await startPostgres(cleanup);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const key = randomBytes(32).toString('hex');
  const webhooks = createService({
    name: 'webhooks',
    mainFile: join(copy.folder, 'webhooks/src/main.ts'),
    env: {
      HOST: '127.0.0.1',
      WEBHOOKS_PORT: String(port),
      WEBHOOKS_DATABASE_URL: urlOf('webhooks'),
      MESSAGE_BUS_URL: urlOf('bus'),
      WEBHOOKS_INTERNAL_KEY: key,
      WEBHOOKS_USER_KEY: key,
      WEBHOOKS_ALLOW_PRIVATE: '1',
      WEBHOOKS_RETRY_SCHEDULE: RETRY_SCHEDULE,
      WEBHOOKS_LOG_LEVEL: 'error',
    },
    isServing: () => serves(url),
  });
  cleanup.add(webhooks.kill);
  webhooks.start();
  await webhooks.ready();
  const bus = await openMessageBus({ url: urlOf('bus'), subscriptions: SUBSCRIPTIONS });
  cleanup.add(() => bus.close());
  const database = createDatabase({ url: urlOf('webhooks'), applicationName: 'chaos', maxConnections: 2 });
  cleanup.add(database.close);
  return { webhooks, bus, api: createWebhooksApi(`${url}/graphql`, key), database };
};
