import { setTimeout as sleep } from 'node:timers/promises';
import type { Envelope } from '@supergraph/events/envelope';
import type { Cleanup } from '../cleanup.ts';
import type { Patch } from '../patched-copy.ts';
import type { Random } from '../random.ts';
import { type House, startHouse } from './house.ts';
import { EVENT_TYPES, type PlannedEvent, planEvents } from './plan.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import type { Row } from './report.ts';
import { readFigures } from './verdict.ts';

export interface RunOptions {
  title: string;
  /** Delivered in the end. */
  events: number;
  /** Fail until they are replayed. */
  doomed: number;
  /** SIGKILLs for the room. */
  kills: number;
  patches?: readonly Patch[];
  /** Longer than any wait of the room: then nothing more comes. */
  quietMs: number;
  deadlineMs: number;
}

export interface Setting {
  random: Random;
  cleanup: Cleanup;
  /** Says where the run stands. */
  tell: (text: string) => void;
}

const BATCH = 100;
const POLL_MS = 50;
/** What the room has in flight, and so may have sent without having written it down, when it is killed. */
const IN_FLIGHT = 64;

const register = async (house: House, receiver: Receiver): Promise<string[]> =>
  Promise.all(
    EVENT_TYPES.map(async (type) => {
      const { id, secret } = await house.api.register(receiver.url(type), type);
      receiver.trust(type, secret);
      return id;
    }),
  );

/** Each once, some twice, in the order of the plan. */
const publishAll = async ({ bus }: House, plan: readonly PlannedEvent[]): Promise<void> => {
  const envelopes: Envelope[] = plan.flatMap(({ envelope, isRepeated }) => (isRepeated ? [envelope, envelope] : [envelope]));
  for (let at = 0; at < envelopes.length; at += BATCH) await bus.publish(envelopes.slice(at, at + BATCH));
};

const isOver = ({ log }: Receiver, { quietMs }: RunOptions): boolean => performance.now() - log.lastAt > quietMs;

/** Each when a random number of events more has arrived. */
const killOnTheWay = async ({ webhooks }: House, receiver: Receiver, options: RunOptions, { random, tell }: Setting): Promise<number> => {
  const share = Math.floor((options.events * 0.95) / Math.max(1, options.kills));
  for (let kill = 0; kill < options.kills; kill++) {
    const at = kill * share + random.between(1, share);
    while (receiver.log.received < at) {
      if (isOver(receiver, options)) return kill;
      await sleep(POLL_MS);
    }
    await webhooks.kill();
    tell(`kill ${kill + 1}/${options.kills} at ${receiver.log.received} events received, ${receiver.log.attempts} attempts`);
    webhooks.start();
    await webhooks.ready();
  }
  return options.kills;
};

const statusOf = async ({ database }: House): Promise<Map<string, number>> => {
  const rows = await database.query<{ status: string; count: string }>('select status, count(*) from deliveries group by status');
  return new Map(rows.map(({ status, count }) => [status, Number(count)]));
};

/** Until nothing is pending, or nothing has come for so long that nothing will. */
const untilDone = async (house: House, receiver: Receiver, options: RunOptions, isDone: () => boolean): Promise<void> => {
  const deadline = performance.now() + options.deadlineMs;
  while (performance.now() < deadline && !isOver(receiver, options)) {
    if (isDone() && !(await statusOf(house)).has('pending')) return;
    await sleep(POLL_MS * 4);
  }
};

/** @returns how many of the doomed ended as they must, and how many of those arrived after all. */
const replayDoomed = async (house: House, receiver: Receiver, endpoints: readonly string[], options: RunOptions, plan: readonly PlannedEvent[]) => {
  const doomed = plan.filter(({ isDoomed }) => isDoomed);
  const exhausted = (await Promise.all(endpoints.map((id) => house.api.exhausted(id)))).flat();
  receiver.relent();
  await Promise.all(exhausted.map((id) => house.api.replay(id)));
  const seen = ({ number }: PlannedEvent) => receiver.log.byNumber.get(number);
  const arrived = () => doomed.filter((event) => (seen(event)?.successes ?? 0) > 0).length;
  receiver.log.lastAt = performance.now();
  await untilDone(house, receiver, options, () => arrived() === doomed.length);
  const listed = doomed.filter((event) => exhausted.some((id) => seen(event)?.ids.has(id))).length;
  return { notExhausted: Math.abs(exhausted.length - doomed.length) + doomed.length - listed, notReplayed: doomed.length - arrived() };
};

const describe = ({ log }: Receiver, statuses: ReadonlyMap<string, number>, ms: number): string[] => {
  const share = ((100 * log.failed) / Math.max(1, log.attempts)).toFixed(1);
  const { status, reset, timeout } = log.byFault;
  const most = Math.max(0, ...[...log.byNumber.values()].map(({ attempts }) => attempts));
  return [
    `${share} % of the attempts failed: ${status} by status, ${reset} resets, ${timeout} timeouts; at most ${most} attempts at one event`,
    `in the database: ${[...statuses].map(([name, count]) => `${count} ${name}`).join(', ')}; ${(ms / 1_000).toFixed(0)} s`,
  ];
};

/** Events on the bus, a receiver that fails as planned, kills on the way; then the doomed are replayed, and the figures are read. */
export const runChaos = async (options: RunOptions, setting: Setting): Promise<Row> => {
  const { random, cleanup, tell } = setting;
  const begun = performance.now();
  const plan = planEvents(random, options.events, options.doomed);
  const receiver = await startReceiver(plan);
  cleanup.add(receiver.stop);
  const house = await startHouse(options.patches ?? [], cleanup);
  const endpoints = await register(house, receiver);
  receiver.log.lastAt = performance.now();
  const [, kills] = await Promise.all([publishAll(house, plan), killOnTheWay(house, receiver, options, setting)]);
  tell(`${receiver.log.received} events received, waiting for the others`);
  await untilDone(house, receiver, options, () => receiver.log.received >= options.events);
  const statuses = await statusOf(house);
  const doomed = await replayDoomed(house, receiver, endpoints, options, plan);
  const deaths = house.webhooks.deaths();
  return {
    title: options.title,
    figures: readFigures(plan, receiver.log, { excused: kills * IN_FLIGHT, died: deaths.length, ...doomed }),
    notes: describe(receiver, statuses, performance.now() - begun),
    complaints: [...deaths, ...(kills < options.kills ? [`only ${kills} of ${options.kills} kills: it stood still before`] : [])],
  };
};
