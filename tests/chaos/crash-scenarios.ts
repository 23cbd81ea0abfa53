import { crashRepeatedly, killRepeatedly } from './faults.ts';
import { type House, type HouseOptions, startHouse } from './house.ts';
import { createLog, type LoadLog, startClients } from './load.ts';
import type { Result, Setting } from './scenario.ts';
import { startSlowOrders } from './slow-orders.ts';
import { describeFailures, type Excuses, type Patience, readFigures, untilQuiet } from './verdict.ts';

const CLIENTS = 8;
/** Longer than a killed consumer's hold on its messages and the longest wait before a lost connection is tried again. */
const PATIENCE: Patience = { quietMs: 8_000, deadlineMs: 120_000 };
// A request may meet the database while it is away; an order it was about to commit may be there all the same.
const DATABASE_AWAY = ['DATABASE_UNAVAILABLE'];

const progress = (setting: Setting, log: LoadLog, what: string, total: number): (() => void) => {
  const every = Math.max(1, Math.floor(total / 5));
  let done = 0;
  return () => {
    if (++done % every === 0 || done === total) setting.tell(`${done}/${total} ${what}, ${log.acknowledged.length} orders acknowledged`);
  };
};

interface Crash {
  title: string;
  options: HouseOptions;
  excuses: Excuses;
  /** @returns notes. */
  harm: (house: House, log: LoadLog) => Promise<string[]>;
}

/** Load from clients and from one slow writer while harm is done; then time to recover, then the figures. */
const underLoad = async (setting: Setting, { title, options, excuses, harm }: Crash): Promise<Result> => {
  const { random, cleanup, tell } = setting;
  const house = await startHouse(options, cleanup);
  const log = createLog();
  const loads = [startClients(house.target, CLIENTS, log), startSlowOrders(house.orders, house.target, log, random)];
  const stopLoad = (): Promise<unknown> => Promise.all(loads.map((load) => load.stop()));
  cleanup.add(stopLoad);
  const notes = await harm(house, log);
  await stopLoad();
  tell('waiting for what is still on its way');
  const stoppedAt = performance.now();
  const quietAt = await untilQuiet(house, PATIENCE);
  const figures = await readFigures(house, log, excuses);
  return {
    title,
    figures,
    notes: [...notes, ...describeFailures(log), `last effect ${((quietAt - stoppedAt) / 1_000).toFixed(1)} s after the load`],
    complaints: [...house.order.deaths(), ...house.consumer.deaths()],
  };
};

/** SIGKILL for the order service and the consumer, half of the kills each, both at once. */
export const killServices = (setting: Setting, kills: number, options: HouseOptions = {}): Promise<Result> =>
  underLoad(setting, {
    title: `${kills} × kill -9 of order service and consumer`,
    options,
    excuses: { isUnansweredExcused: true, refusals: [] },
    harm: async ({ order, consumer }, log) => {
      const onKill = progress(setting, log, 'kills', kills);
      let ofOrder = 0;
      await killRepeatedly([order, consumer], kills, setting.random, (service) => {
        if (service === order) ofOrder++;
        onKill();
      });
      return [`order service ${ofOrder} times, consumer ${kills - ofOrder} times`];
    },
  });

/** SIGKILL for the PostgreSQL postmaster and all its children. */
export const crashDatabase = (setting: Setting, crashes: number, options: HouseOptions = {}): Promise<Result> =>
  underLoad(setting, {
    title: `${crashes} × kill -9 of PostgreSQL, all processes`,
    options,
    excuses: { isUnansweredExcused: true, refusals: DATABASE_AWAY },
    harm: async ({ postgres }, log) => {
      const longestMs = await crashRepeatedly(postgres, log, crashes, setting.random, progress(setting, log, 'crashes', crashes));
      return [`orders taken again at most ${(longestMs / 1_000).toFixed(1)} s after a crash`];
    },
  });
