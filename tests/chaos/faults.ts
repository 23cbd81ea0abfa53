import { setTimeout as sleep } from 'node:timers/promises';
import type { CrashingPostgres } from './crashing-postgres.ts';
import type { LoadLog } from './load.ts';
import type { Random } from './random.ts';
import type { ServiceProcess } from './service-process.ts';

/** One kill in so many hits a process that has not finished starting. */
const WHILE_STARTING = 0.1;
const LONGEST_LIFE_MS = 1_000;
/** Between two crashes of the database at least so many orders are acknowledged. */
const ORDERS_BETWEEN = 20;
const ORDERS_DEADLINE_MS = 30_000;

/** Kills one of the processes at a random moment of its life, so many times in all; in the end all serve. */
export const killRepeatedly = async (
  services: readonly ServiceProcess[],
  times: number,
  random: Random,
  onKill: (service: ServiceProcess) => void,
): Promise<void> => {
  for (let count = 0; count < times; count++) {
    const service = services[random.between(0, services.length - 1)] as ServiceProcess;
    if (!random.chance(WHILE_STARTING)) await service.ready();
    await sleep(random.between(0, LONGEST_LIFE_MS));
    await service.kill();
    onKill(service);
    service.start();
  }
  await Promise.all(services.map((service) => service.ready()));
};

const untilAcknowledged = async (log: LoadLog, more: number): Promise<void> => {
  const enough = log.acknowledged.length + more;
  const deadline = Date.now() + ORDERS_DEADLINE_MS;
  while (log.acknowledged.length < enough) {
    if (Date.now() > deadline)
      throw new Error(`no ${more} orders were acknowledged within ${ORDERS_DEADLINE_MS / 1_000} s of a crash of the database`);
    await sleep(2);
  }
};

/**
 * Kills the database with all its processes so many times, each time soon after orders were acknowledged.
 * @returns the longest time in milliseconds from the kill until an order was acknowledged again.
 */
export const crashRepeatedly = async (
  postgres: CrashingPostgres,
  log: LoadLog,
  times: number,
  random: Random,
  onKill: () => void,
): Promise<number> => {
  let longestMs = 0;
  for (let count = 0; count < times; count++) {
    await untilAcknowledged(log, ORDERS_BETWEEN);
    await sleep(random.between(0, LONGEST_LIFE_MS));
    await untilAcknowledged(log, 1);
    const begun = performance.now();
    await postgres.kill();
    onKill();
    await postgres.restart();
    await untilAcknowledged(log, 1);
    longestMs = Math.max(longestMs, performance.now() - begun);
  }
  return longestMs;
};
