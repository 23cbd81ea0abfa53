import { setTimeout as sleep } from 'node:timers/promises';
import { type House, startHouse } from './house.ts';
import { createLog, type LoadLog, percentile, startRate } from './load.ts';
import { type MemoryWatch, watchMemory } from './memory.ts';
import type { Result, Setting } from './scenario.ts';
import { countFailures, describeFailures, readFigures, untilQuiet } from './verdict.ts';

const STEADY_PER_SECOND = 6;
const SPIKE_PER_SECOND = 10 * STEADY_PER_SECOND;
/** 16 handlers at a time make 25 messages a second: four times the steady load, less than half of the spike. */
const HANDLER_MS = 640;
/** A process may use this much more in the spike than before it, in megabytes. */
const MOST_GROWTH = 48;
const PATIENCE = { quietMs: 8_000, deadlineMs: 300_000 };
const NOTHING_EXCUSED = { isUnansweredExcused: false, refusals: [] };

const FULL = { warmUp: 15, steady: 15, spike: 30 };
const SHORT = { warmUp: 5, steady: 5, spike: 5 };
const COLD_SECONDS = 5;

const runRate = async ({ target }: House, perSecond: number, seconds: number, log: LoadLog, { cleanup, tell }: Setting): Promise<void> => {
  tell(`${perSecond} orders a second for ${seconds} s`);
  const load = startRate(target, perSecond, log);
  cleanup.add(load.stop);
  await sleep(seconds * 1_000);
  await load.stop();
};

interface Watched {
  name: string;
  watch: MemoryWatch;
}

const watchAll = ({ order, consumer }: House, { cleanup }: Setting): Watched[] =>
  [order, consumer].map((service) => {
    const watch = watchMemory(service);
    cleanup.add(watch.stop);
    return { name: service.name, watch };
  });

/** A process grows to the size of its work in its first seconds, spike or not: that is over before anything is measured. */
const warmUp = async (house: House, seconds: number, log: LoadLog, setting: Setting): Promise<void> => {
  await runRate(house, STEADY_PER_SECOND, COLD_SECONDS, log, setting);
  await runRate(house, SPIKE_PER_SECOND, seconds, log, setting);
  await untilQuiet(house, { quietMs: 2_000, deadlineMs: 60_000 });
};

/** Ten times the steady rate, with a consumer that gets no faster: what it cannot take has to wait on the disk, not in memory. */
export const spike = async (setting: Setting): Promise<Result> => {
  const house = await startHouse({ handlerMs: HANDLER_MS }, setting.cleanup);
  const seconds = setting.isShort ? SHORT : FULL;
  const log = createLog();
  await warmUp(house, seconds.warmUp, log, setting);

  const watched = watchAll(house, setting);
  await runRate(house, STEADY_PER_SECOND, seconds.steady, log, setting);
  const before = watched.map(({ watch }) => watch.endPhase());
  const earlier = log.latencies.length;
  const failedEarlier = countFailures(log);
  await runRate(house, SPIKE_PER_SECOND, seconds.spike, log, setting);
  const spikeEndedAt = performance.now();
  const behind = (await readFigures(house, log, NOTHING_EXCUSED)).eventsLost;
  setting.tell(`${behind} events wait for the consumer`);
  const quietAt = await untilQuiet(house, PATIENCE);
  const peak = watched.map(({ watch }) => watch.endPhase());
  const after = watched.map(({ watch }) => watch.endPhase());

  const growth = (index: number): number => (peak[index] ?? 0) - (before[index] ?? 0);
  return {
    title: `${SPIKE_PER_SECOND} orders/s for ${seconds.spike} s, ${STEADY_PER_SECOND}/s before`,
    figures: await readFigures(house, log, NOTHING_EXCUSED),
    notes: [
      ...describeFailures(log),
      `${countFailures(log) - failedEarlier} requests failed in the spike, ${failedEarlier} in the warm-up and the steady load before`,
      ...watched.map(
        ({ name }, index) => `${name}: ${before[index]} MB before, ${peak[index]} MB at most from then on, ${after[index]} MB in the end`,
      ),
      `answers within ${percentile(log.latencies.slice(earlier), 0.99).toFixed(0)} ms (p99) in the spike`,
      `${behind} events waited at its end; the last was handled ${((quietAt - spikeEndedAt) / 1_000).toFixed(0)} s later`,
    ],
    complaints: [
      ...watched.filter((_, index) => growth(index) > MOST_GROWTH).map(({ name }) => `the ${name} grew by more than ${MOST_GROWTH} MB`),
      ...(behind === 0 ? ['the consumer kept up: no spike was tested'] : []),
    ],
  };
};
