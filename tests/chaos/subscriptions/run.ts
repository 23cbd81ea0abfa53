import { setTimeout as sleep } from 'node:timers/promises';
import { STREAM_KINDS } from '../../stream-client.ts';
import type { Cleanup } from '../cleanup.ts';
import type { Patch } from '../patched-copy.ts';
import type { Random } from '../random.ts';
import { type House, type HouseOptions, type Mortal, startHouse } from './house.ts';
import { type Subscriber, startSubscriber } from './subscriber.ts';

export type Victim = 'broker' | 'order' | 'router';

export interface RunOptions {
  title: string;
  busKind: HouseOptions['busKind'];
  victims: readonly Victim[];
  /** Kills of each. */
  kills: number;
  subscribers: number;
  /** Least and most milliseconds that a victim is away. */
  awayMs: readonly [least: number, most: number];
  patches?: readonly Patch[];
}

export interface RunSetting {
  random: Random;
  cleanup: Cleanup;
  tell: (text: string) => void;
}

/** What a run came to. All but the first three must be nought. */
export interface Figures {
  subscribers: number;
  /** Ends of subscriptions that were told. */
  ends: number;
  changes: number;
  /** Subscriptions that were open when the broker or the router was killed, and of which nobody told that they ended. */
  untold: number;
  /** Subscribers without an open subscription long after everything was there again. */
  notBack: number;
  /** Subscribers that were told nothing and know an old state. */
  stale: number;
  /** Subscribers that did not get the next event after everything was there again. */
  missed: number;
  /** Answers to somebody else's order. */
  strays: number;
  /** Processes that ended without having been killed. */
  died: number;
}

export const NO_FIGURES: Figures = { subscribers: 0, ends: 0, changes: 0, untold: 0, notBack: 0, stale: 0, missed: 0, strays: 0, died: 0 };

export interface RunResult {
  title: string;
  figures: Figures;
  notes: string[];
  complaints: string[];
}

const CHANGE_EVERY_MS = 20;
const LIFE_MS = [1_500, 4_000] as const;
const TOLD_WITHIN_MS = 5_000;
const BACK_WITHIN_MS = 40_000;
const QUIET_MS = 5_000;
const HEARD_WITHIN_MS = 20_000;
const LOOK_MS = 50;

const until = async (holds: () => boolean, deadlineMs: number): Promise<void> => {
  const deadline = performance.now() + deadlineMs;
  while (!holds() && performance.now() < deadline) await sleep(LOOK_MS);
};

/** Changes one order after the other, at random, until it is stopped. What the database refuses is not there. */
const startChanges = ({ change, numbers }: House, random: Random) => {
  let isStopped = false;
  let count = 0;
  const run = async (): Promise<void> => {
    while (!isStopped) {
      await change([numbers[random.between(0, numbers.length - 1)] as string]);
      count++;
      await sleep(CHANGE_EVERY_MS);
    }
  };
  const running = run();
  return {
    count: () => count,
    stop: async () => {
      isStopped = true;
      await running;
    },
  };
};

/** Kills, waits, starts again. @returns how many were not told of it. */
const killOnce = async (victim: Mortal, isToldOf: boolean, subscribers: readonly Subscriber[], awayMs: number): Promise<number> => {
  const open = subscribers.filter((subscriber) => subscriber.isOpen()).map((subscriber) => ({ subscriber, ends: subscriber.ends.length }));
  await victim.kill();
  const untold = () => open.filter(({ subscriber, ends }) => subscriber.ends.length === ends);
  const gone = performance.now();
  if (isToldOf) await until(() => untold().length === 0, TOLD_WITHIN_MS);
  const count = isToldOf ? untold().length : 0;
  await sleep(Math.max(0, gone + awayMs - performance.now()));
  await victim.restart();
  return count;
};

const countBy = (texts: readonly string[]): string => {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts]
    .toSorted((a, b) => b[1] - a[1])
    .slice(0, 6)
    .map(([text, count]) => `${text} ${count}`)
    .join(', ');
};

/** What subscribers know once everything is there again, and nothing changes any more; then what they hear of one more change each. */
const judge = async (house: House, subscribers: readonly Subscriber[]): Promise<Pick<Figures, 'notBack' | 'stale' | 'missed'>> => {
  await until(() => subscribers.every((subscriber) => subscriber.isOpen()), BACK_WITHIN_MS);
  const notBack = subscribers.filter((subscriber) => !subscriber.isOpen()).length;
  await sleep(QUIET_MS);
  const totals = await house.totals();
  const isStale = (subscriber: Subscriber): boolean => subscriber.known() !== totals.get(subscriber.number);
  await until(() => !subscribers.some(isStale), HEARD_WITHIN_MS);
  const stale = subscribers.filter(isStale).length;
  await house.change(house.numbers);
  const next = await house.totals();
  const misses = (subscriber: Subscriber): boolean => subscriber.heard() !== next.get(subscriber.number);
  await until(() => !subscribers.some(misses), HEARD_WITHIN_MS);
  return { notBack, stale, missed: subscribers.filter(misses).length };
};

/** Open subscriptions, changes all the time, and kills; then time to recover, then the figures. */
export const runChaos = async (options: RunOptions, { random, cleanup, tell }: RunSetting): Promise<RunResult> => {
  const { title, busKind, victims, kills, subscribers: count, awayMs, patches = [] } = options;
  const house = await startHouse({ busKind, patches, orders: count }, cleanup);
  const subscribers = house.numbers.map((number, index) => startSubscriber(house, number, STREAM_KINDS[index % 2] as 'graphql-ws', random));
  cleanup.add(() => Promise.all(subscribers.map((subscriber) => subscriber.stop())));
  await until(() => subscribers.every((subscriber) => subscriber.isOpen()), BACK_WITHIN_MS);
  const opened = subscribers.filter((subscriber) => subscriber.isOpen()).length;
  const changes = startChanges(house, random);
  cleanup.add(changes.stop);
  let untold = 0;
  for (let kill = 0; kill < kills * victims.length; kill++) {
    const victim = victims[kill % victims.length] as Victim;
    await sleep(random.between(...LIFE_MS));
    // The subscription outlives the order service: the router tells what it could not fetch.
    const silent = await killOnce(house[victim], victim !== 'order', subscribers, random.between(...awayMs));
    untold += silent;
    const isOpen = subscribers.filter((subscriber) => subscriber.isOpen()).length;
    tell(`${house[victim].name} was killed and is there again, ${silent} were not told, ${isOpen} of ${count} are subscribed`);
    await until(() => subscribers.every((subscriber) => subscriber.isOpen()), BACK_WITHIN_MS);
  }
  await changes.stop();
  const judged = await judge(house, subscribers);
  const ends = subscribers.flatMap((subscriber) => [...subscriber.ends]);
  const deaths = house.deaths();
  return {
    title,
    figures: {
      subscribers: opened,
      ends: ends.length,
      changes: changes.count(),
      untold,
      ...judged,
      strays: subscribers.reduce((sum, subscriber) => sum + subscriber.strays(), 0),
      died: deaths.length,
    },
    notes: [`ended with: ${countBy(ends)}`],
    complaints: [...deaths, ...(opened === count ? [] : [`only ${opened} of ${count} could subscribe at first`])],
  };
};
