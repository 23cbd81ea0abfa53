import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BrokerName } from '../brokers/broker-kind.ts';
import { type Broker, createBrokers } from '../brokers/brokers.ts';
import { type House, startHouse } from './house.ts';
import { createLog, percentile, startRate } from './load.ts';
import type { Result, Setting } from './scenario.ts';
import { describeFailures, readFigures, untilQuiet } from './verdict.ts';

/** Moves the ports of these brokers away from those that other tests share: they are killed here. */
const PORT_SHIFT = 5_200;
const PER_SECOND = 15;
/** Longer than a broker takes to share a dead consumer's messages out again, and than the longest wait before connecting again. */
const PATIENCE = { quietMs: 20_000, deadlineMs: 180_000 };

/** A broker of this run's own, empty. */
export const createOwnBroker = (name: BrokerName): Broker => createBrokers(Number(process.env['PORT_OFFSET'] || 0) + PORT_SHIFT)[name];

export const startEmpty = async (broker: Broker, { cleanup }: Pick<Setting, 'cleanup'>): Promise<void> => {
  // Nothing else lies in the folder of these ports.
  const folder = dirname(dirname(broker.logFile));
  const remove = async (): Promise<void> => {
    await broker.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  await remove();
  cleanup.add(remove);
  await broker.start();
};

const countWaiting = async ({ orders }: House): Promise<number> => {
  const [row] = await orders.query<{ count: string }>('select count(*) from outbox');
  return Number(row?.count ?? 0);
};

/** SIGKILL for the broker, and nothing in its place for a while. Customers must not notice. */
export const takeBrokerDown = async (setting: Setting, broker: Broker): Promise<Result> => {
  const { tell, isShort, cleanup } = setting;
  const downSeconds = isShort ? 8 : 60;
  await startEmpty(broker, setting);
  const house = await startHouse({ busUrl: broker.url }, cleanup);
  const log = createLog();
  const load = startRate(house.target, PER_SECOND, log);
  cleanup.add(load.stop);
  await sleep(5_000);
  const before = log.latencies.length;
  tell(`${broker.title} is killed after ${log.acknowledged.length} orders`);
  await broker.kill();
  await sleep(downSeconds * 1_000);
  const waiting = await countWaiting(house);
  const during = log.latencies.slice(before);
  tell(`${waiting} events wait in the outbox; ${broker.title} starts again`);
  await broker.start();
  await sleep(5_000);
  await load.stop();
  const stoppedAt = performance.now();
  const quietAt = await untilQuiet(house, PATIENCE);
  return {
    title: `${broker.title} away for ${downSeconds} s`,
    figures: await readFigures(house, log, { isUnansweredExcused: false, refusals: [] }),
    notes: [
      ...describeFailures(log),
      `${during.length} orders taken while it was away, p99 ${percentile(during, 0.99).toFixed(0)} ms; ${waiting} events waited in the outbox`,
      `last effect ${((quietAt - stoppedAt) / 1_000).toFixed(1)} s after the load`,
    ],
    complaints: waiting === 0 ? ['no event waited in the outbox: the broker was not away'] : [],
  };
};
