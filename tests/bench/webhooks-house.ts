import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createDatabase, type Database } from '@supergraph/database/database';
import type { EmbeddedPostgres } from '@supergraph/database/embedded-postgres';
import { migrate } from '@supergraph/database/migrate';
import { toEnvelope } from '@supergraph/events/contract';
import { orderPaid } from '@supergraph/events/order';
import { SUBSCRIPTIONS } from '@supergraph/events/subscriptions';
import type { MessageBus } from '@supergraph/message-bus/message-bus';
import { openMessageBus } from '@supergraph/message-bus/open';
import { createKeyCipher, newSecret } from '../../webhooks/src/repositories/key-cipher.crypto.ts';
import { createTransactWebhooks } from '../../webhooks/src/repositories/webhook-writer.postgres.ts';
import { cpuMilliseconds } from './processes.ts';
import { type Arrivals, now, type ReceiverCommand, SLOW_PATH, type Workplace } from './webhooks-plan.ts';

export interface Turn {
  deliveriesPerSecond: number;
  /** Milliseconds from the event to each endpoint that answers at once. */
  latencies: number[];
  /** Of the dispatching process, in milliseconds a delivery. */
  cpuPerDelivery: number;
}

export interface House {
  /** Publishes events and waits until every healthy endpoint has each. @param perSecond left out: as fast as they go. */
  run(events: number, perSecond?: number): Promise<Turn>;
  /** Whether the endpoint that answers after 15 s takes part; without it, nothing of it is left over. */
  setSlow(isThere: boolean): Promise<void>;
  close(): Promise<void>;
}

const DEADLINE_MS = 120_000;
const LOOK_MS = 20;
const BATCH = 20;

const askFor = async (child: ChildProcess, command?: ReceiverCommand): Promise<unknown> => {
  if (command !== undefined) child.send(command);
  const [answer] = await once(child, 'message', { signal: AbortSignal.timeout(DEADLINE_MS) });
  return answer;
};

const startChild = async (file: string, workplace: Workplace): Promise<{ child: ChildProcess; answer: unknown }> => {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, [JSON.stringify(workplace)], { serialization: 'advanced' });
  return { child, answer: await askFor(child) };
};

const stopChild = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.disconnect();
  await Promise.race([once(child, 'exit'), sleep(10_000, undefined, { ref: false }).then(() => child.kill('SIGKILL'))]);
};

const register = async (database: Database, keySecret: string, url: string): Promise<string> => {
  const [id, createdAt] = [randomUUID(), new Date()];
  const transact = createTransactWebhooks(database, createKeyCipher(keySecret));
  const endpoint = { id, ownerId: 'bench', url, eventTypes: [orderPaid.type], query: null, disabledReason: null, firstFailureAt: null, createdAt };
  await transact((webhooks) => webhooks.add({ ...endpoint, status: 'active' }, true, { secret: newSecret(), createdAt, expiresAt: null }));
  return id;
};

const publishAll = async (bus: MessageBus, numbers: readonly string[], perSecond: number | undefined): Promise<Map<string, number>> => {
  const published = new Map<string, number>();
  const begun = now();
  for (let first = 0; first < numbers.length; ) {
    const early = perSecond === undefined ? 0 : begun + (first * 1_000) / perSecond - now();
    if (early > 0) await sleep(early);
    const batch = numbers.slice(first, first + (perSecond === undefined ? BATCH : 1));
    const time = new Date();
    for (const number of batch) published.set(number, now());
    await bus.publish(
      batch.map((number) => {
        const data = { id: number, number, customerId: null, total: { amount: 2_034, currency: 'GBP' } };
        return toEnvelope(orderPaid, { id: randomUUID(), subject: number, time, data });
      }),
    );
    first += batch.length;
  }
  return published;
};

/** A database, a bus, one dispatching process and one receiving process with `healthy` endpoints. */
export const startHouse = async (server: EmbeddedPostgres, healthy: number): Promise<House> => {
  const workplace = { databaseUrl: server.url('webhooks'), busUrl: server.url('bus'), keySecret: randomBytes(32).toString('hex') };
  const database = createDatabase({ url: workplace.databaseUrl, applicationName: 'bench', maxConnections: 2 });
  await migrate(database, new URL('../../webhooks/migrations/', import.meta.url));
  const bus = await openMessageBus({ url: workplace.busUrl, subscriptions: SUBSCRIPTIONS });
  const receiver = await startChild('webhooks-receiver.ts', workplace);
  const urlOf = (path: string): string => `http://127.0.0.1:${receiver.answer}${path}`;
  for (let index = 0; index < healthy; index++) await register(database, workplace.keySecret, urlOf(`/${index}`));
  const slow = await register(database, workplace.keySecret, urlOf(SLOW_PATH));
  const { child: dispatcher } = await startChild('webhooks-dispatcher.ts', workplace);
  let events = 0;

  const collect = async (expected: number): Promise<Map<string, number>> => {
    const arrived = new Map<string, number>();
    const deadline = now() + DEADLINE_MS;
    while (arrived.size < expected) {
      if (now() > deadline) throw new Error(`${expected - arrived.size} of ${expected} deliveries did not arrive in time`);
      for (const [key, at] of (await askFor(receiver.child, 'report')) as Arrivals) arrived.set(key, at);
      if (arrived.size < expected) await sleep(LOOK_MS);
    }
    return arrived;
  };

  return {
    run: async (count, perSecond) => {
      const numbers = Array.from({ length: count }, () => `W${++events}`);
      const cpuBefore = cpuMilliseconds(dispatcher.pid ?? 0);
      const begun = now();
      const published = await publishAll(bus, numbers, perSecond);
      const arrived = await collect(count * healthy);
      const latencies = [...arrived].map(([key, at]) => at - (published.get(key.split(' ')[0] ?? '') ?? Number.NaN));
      const last = [...arrived.values()].reduce((a, b) => Math.max(a, b));
      return {
        deliveriesPerSecond: (arrived.size * 1_000) / (last - begun),
        latencies,
        cpuPerDelivery: (cpuMilliseconds(dispatcher.pid ?? 0) - cpuBefore) / arrived.size,
      };
    },
    setSlow: async (isThere) => {
      await database.query('update endpoints set status = $2, first_failure_at = null where id = $1', [slow, isThere ? 'active' : 'disabled']);
      if (isThere) return;
      await askFor(receiver.child, 'release');
      const leased = "select from deliveries where endpoint_id = $1 and status = 'pending' and leased_until is not null";
      while ((await database.query(leased, [slow])).length > 0) await sleep(LOOK_MS);
      await database.query('delete from deliveries where endpoint_id = $1', [slow]);
    },
    close: async () => {
      await stopChild(dispatcher);
      await stopChild(receiver.child);
      await bus.close();
      await database.close();
    },
  };
};
