import { expect, test } from 'vitest';
import { poll } from './poll.ts';

/** Polls `answers` one after another on a clock and a page of the test's own. */
const rig = (answers: (number | Error)[], { hidden = false } = {}) => {
  let visible = !hidden;
  let timers: { ms: number; action: () => void }[] = [];
  const listeners = new Set<() => void>();
  const shown: number[] = [];
  const signals: AbortSignal[] = [];
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const polling = poll<number>({
    ask: async (signal) => {
      signals.push(signal);
      const answer = answers.shift();
      if (answer === undefined) return new Promise<number>(() => undefined);
      if (answer instanceof Error) throw answer;
      return answer;
    },
    waitAfter: (state) => (state < 0 ? undefined : state),
    show: (state) => shown.push(state),
    firstWaitMs: 100,
    visibility: {
      visible: () => visible,
      subscribe: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    after: (ms, action) => {
      const timer = { ms, action };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  });
  return {
    ...polling,
    settle,
    shown,
    signals,
    waits: () => timers.map(({ ms }) => ms),
    listening: () => listeners.size,
    /** Lets all timers run out. */
    tick: async () => {
      const due = timers;
      timers = [];
      for (const { action } of due) action();
      await settle();
    },
    see: async (now: boolean) => {
      visible = now;
      for (const listener of listeners) listener();
      await settle();
    },
  };
};

test('asks as often as the state wants, and stops when it is final', async () => {
  const { tick, shown, waits, listening } = rig([10, 20, -1]);
  expect(waits()).toEqual([100]);
  await tick();
  expect(waits()).toEqual([10]);
  await tick();
  await tick();
  expect([shown, waits(), listening()]).toEqual([[10, 20, -1], [], 0]);
});

test('errors are tried again, later each time, and forgotten after an answer', async () => {
  const { tick, shown, waits } = rig([...Array.from({ length: 6 }, () => new Error('away')), 10, new Error('away')]);
  const waited: number[] = [];
  for (let count = 0; count < 8; count++) {
    await tick();
    waited.push(...waits());
  }
  expect([waited, shown]).toEqual([[2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 10, 2_000], [10]]);
});

test('a hidden page asks nothing; seen again it asks at once', async () => {
  const { tick, see, shown, waits } = rig([10, 20]);
  await tick();
  await see(false);
  expect(waits()).toEqual([]);
  await see(true);
  expect(shown).toEqual([10, 20]);
});

test('a page that is opened hidden waits until it is seen', async () => {
  const { see, shown, waits } = rig([10], { hidden: true });
  expect(waits()).toEqual([]);
  await see(true);
  expect(shown).toEqual([10]);
});

test('hiding and ending give a running question up, and its answer shows nothing', async () => {
  const { tick, see, end, signals, listening } = rig([]);
  await tick();
  await see(false);
  await see(true);
  end();
  expect([signals.map(({ aborted }) => aborted), listening()]).toEqual([[true, true], 0]);
});

test('it can be told to look, and to take no notice of the answer on its way', async () => {
  const { look, lookAgain, settle, shown, waits, signals } = rig([Number.POSITIVE_INFINITY, 10]);
  look();
  await settle();
  expect([shown, waits()]).toEqual([[Number.POSITIVE_INFINITY], []]);
  lookAgain();
  expect(signals).toHaveLength(1);
  look();
  lookAgain();
  await settle();
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, true, false]);
});
