import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createDatabase, type Database } from '@supergraph/database/database';
import type { EmbeddedPostgres } from '@supergraph/database/embedded-postgres';
import { CONSUMER_TABLES, type Phase, PRODUCER_TABLES, type Times, type Workplace } from './bus-plan.ts';
import { cpuMilliseconds, treeCpuMilliseconds } from './processes.ts';

export interface Latency {
  p50: number;
  p99: number;
}

/** CPU milliseconds an event, by who used them; `machine` is everything that ran, the broker included. */
export type Cpu = Record<'producer' | 'consumer' | 'postgres' | 'machine', number>;

/** One broker, once. */
export interface Measurement {
  eventsPerSecond: number;
  cpu: Cpu;
  atFullSpeed: Latency;
  atSteadyRate: Latency;
}

export interface Load {
  warmUp: number;
  steady: number;
  steadyPerSecond: number;
  full: number;
}

/** A broker that stands still this long has failed. */
const DEADLINE_MS = 300_000;
const DATABASES = ['producer', 'consumer', 'bus'] as const;

const makeDatabases = async (server: EmbeddedPostgres): Promise<void> => {
  const admin = createDatabase({ url: server.url('postgres'), applicationName: 'bench', statementTimeoutMs: 0 });
  for (const name of DATABASES) {
    await admin.query(`drop database if exists ${name} with (force)`);
    await admin.query(`create database ${name}`);
  }
  await admin.query('checkpoint');
  await admin.close();
};

const startProcess = async (file: string, workplace: Workplace): Promise<ChildProcess> => {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, [JSON.stringify(workplace)], { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  await answerOf(child);
  return child;
};

const answerOf = async (child: ChildProcess): Promise<unknown> => {
  const stop = new AbortController();
  const { signal } = stop;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([answer]) => answer),
      once(child, 'exit', { signal }).then(([code]) => Promise.reject(new Error(`${child.spawnargs[1]} ended with ${code}`))),
      sleep(DEADLINE_MS, undefined, { signal }).then(() => Promise.reject(new Error('not every event had its effect in time'))),
    ]);
  } finally {
    stop.abort();
  }
};

const askFor = (child: ChildProcess, phase: Phase): Promise<Times> => {
  child.send(phase);
  return answerOf(child) as Promise<Times>;
};

const stopProcess = async (child: ChildProcess | undefined): Promise<void> => {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.disconnect();
  await once(child, 'exit');
};

const busyMilliseconds = (): number => cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);

const latencyOf = (commits: Float64Array, effects: Float64Array): Latency => {
  const sorted = effects.map((effect, event) => effect - (commits[event] ?? Number.NaN)).toSorted();
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
};

/** Every event has exactly one effect, and nothing waits any more. */
const verify = async (producer: Database, consumer: Database, events: number): Promise<void> => {
  const [effects] = await consumer.query<{ all: number; distinct: number }>(
    'select count(*)::int as all, count(distinct event)::int as distinct from effects',
  );
  const [orders] = await producer.query<{ all: number }>('select count(*)::int as all from orders');
  const isExact = effects?.all === events && effects.distinct === events && orders?.all === events;
  if (!isExact) throw new Error(`${events} events, but ${orders?.all} commits and ${effects?.all} effects, ${effects?.distinct} of them different`);
};

/** Measures one broker with fresh processes and databases. @throws when an event has no effect, or more than one. */
export const measureBus = async (server: EmbeddedPostgres, broker: { url: string; namespace: string }, load: Load): Promise<Measurement> => {
  await makeDatabases(server);
  const events = load.warmUp + load.steady + load.full;
  const workplace = { busUrl: broker.url, namespace: broker.namespace, run: crypto.randomUUID().slice(0, 8), events };
  const postmaster = Number(readFileSync(join(server.dataFolder, 'postmaster.pid'), 'utf8').split('\n')[0]);
  const databaseOf = (name: string): Database => createDatabase({ url: server.url(name), applicationName: 'bench', maxConnections: 1 });
  const [orders, effects] = [databaseOf('producer'), databaseOf('consumer')];
  let producer: ChildProcess | undefined;
  let consumer: ChildProcess | undefined;
  try {
    await orders.query(PRODUCER_TABLES);
    await effects.query(CONSUMER_TABLES);
    consumer = await startProcess('bus-consumer.ts', { ...workplace, databaseUrl: server.url('consumer') });
    producer = await startProcess('bus-producer.ts', { ...workplace, databaseUrl: server.url('producer') });
    const [producing, consuming] = [producer, consumer];
    const sample = (): Cpu => ({
      producer: cpuMilliseconds(producing.pid ?? 0),
      consumer: cpuMilliseconds(consuming.pid ?? 0),
      postgres: treeCpuMilliseconds(postmaster),
      machine: busyMilliseconds(),
    });
    const run = async (phase: Phase) => {
      const before = sample();
      const [{ begun, times: commits }, { times }] = await Promise.all([askFor(producing, phase), askFor(consuming, phase)]);
      const after = sample();
      const cpuOf = (who: keyof Cpu): number => (after[who] - before[who]) / phase.count;
      return {
        eventsPerSecond: (phase.count * 1_000) / (times.reduce((a, b) => Math.max(a, b)) - begun),
        latency: latencyOf(commits, times),
        cpu: { producer: cpuOf('producer'), consumer: cpuOf('consumer'), postgres: cpuOf('postgres'), machine: cpuOf('machine') },
      };
    };
    await run({ first: 0, count: load.warmUp });
    const steady = await run({ first: load.warmUp, count: load.steady, perSecond: load.steadyPerSecond });
    const full = await run({ first: load.warmUp + load.steady, count: load.full });
    await verify(orders, effects, events);
    return { eventsPerSecond: full.eventsPerSecond, cpu: full.cpu, atFullSpeed: full.latency, atSteadyRate: steady.latency };
  } finally {
    await Promise.all([stopProcess(producer), stopProcess(consumer), orders.close(), effects.close()]);
  }
};
