import { expect, test } from 'vitest';
import type { OrderState } from '../views/view-types.ts';
import { type FollowOptions, watchOrders } from './watch-orders.ts';

const order = (number: string, status: OrderState['status']): OrderState => ({ number, status, payment: null });
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A stream in the test's hands. */
interface Stream extends FollowOptions {
  numbers: readonly string[];
  tell(state: OrderState): Promise<void>;
  fail(): Promise<void>;
}

/** Watches orders 1 and 2, PENDING both, on a clock, a page and streams of the test's own. */
const rig = (answer: () => Promise<readonly OrderState[]> = async () => [order('1', 'PENDING'), order('2', 'PENDING')]) => {
  let visible = true;
  let waits: number[] = [];
  let asked = 0;
  const streams: Stream[] = [];
  const listeners = new Set<() => void>();
  const shown: string[] = [];

  async function* follow(numbers: readonly string[], options: FollowOptions): AsyncGenerator<OrderState, void> {
    const told: OrderState[] = [];
    let wake = (): void => undefined;
    let failed = false;
    const next = async (): Promise<void> => {
      wake();
      await settle();
    };
    options.signal.addEventListener('abort', () => wake());
    streams.push({
      ...options,
      numbers,
      tell: (state) => {
        told.push(state);
        return next();
      },
      fail: () => {
        failed = true;
        return next();
      },
    });
    for (;;) {
      options.signal.throwIfAborted();
      if (failed) throw new Error('refused');
      const state = told.shift();
      if (state !== undefined) yield state;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  }

  const watch = watchOrders(['1', '2'], {
    follow,
    ask: () => {
      asked += 1;
      return answer();
    },
    show: (states) => shown.push(...states.map(({ number, status }) => `${number} ${status}`)),
    visibility: {
      visible: () => visible,
      subscribe: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    after: (ms) => {
      waits.push(ms);
      return () => {
        waits = waits.filter((wait) => wait !== ms);
      };
    },
  });
  watch.know([order('1', 'PENDING'), order('2', 'PENDING')]);
  return {
    ...watch,
    shown,
    streams,
    stream: () => streams.at(-1) as Stream,
    waits: () => waits,
    asked: () => asked,
    listening: () => listeners.size,
    see: async (now: boolean) => {
      visible = now;
      for (const listener of listeners) listener();
      await settle();
    },
  };
};

test('once the stream stands it asks a single time, and from then on is told', async () => {
  const { stream, asked, waits, shown } = rig();
  expect([stream().numbers, waits()]).toEqual([['1', '2'], [15_000]]);
  stream().onConnected();
  await settle();
  expect([asked(), waits()]).toEqual([1, []]);
  await stream().tell(order('2', 'PAID'));
  expect([asked(), shown.at(-1)]).toEqual([1, '2 PAID']);
});

test('without a stream it goes on asking: when it is lost, and when it cannot be had', async () => {
  const { stream, asked, waits } = rig();
  stream().onConnected();
  await settle();
  stream().onDisconnected();
  await settle();
  expect([asked(), waits()]).toEqual([2, [15_000]]);
  stream().onConnected();
  await settle();
  expect([asked(), waits()]).toEqual([3, []]);
  await stream().fail();
  expect([asked(), waits()]).toEqual([4, [15_000]]);
});

test('an answer that was on its way when something was told does not undo it', async () => {
  const answers: ((states: readonly OrderState[]) => void)[] = [];
  const { stream, shown, asked } = rig(() => new Promise((resolve) => answers.push(resolve)));
  stream().onConnected();
  await stream().tell(order('1', 'PAID'));
  expect(asked()).toBe(2);
  answers[0]?.([order('1', 'PENDING'), order('2', 'PENDING')]);
  await settle();
  expect(shown).toEqual(['1 PAID']);
  answers[1]?.([order('1', 'PAID'), order('2', 'PENDING')]);
  await settle();
  expect(shown).toEqual(['1 PAID', '1 PAID', '2 PENDING']);
});

test('an answer asked for before the stream stood is not the last word', async () => {
  const answers: ((states: readonly OrderState[]) => void)[] = [];
  const { stream, see, shown, asked } = rig(() => new Promise((resolve) => answers.push(resolve)));
  await see(false);
  await see(true);
  expect(asked()).toBe(1);
  stream().onConnected();
  await settle();
  answers[0]?.([order('1', 'PENDING'), order('2', 'PENDING')]);
  answers[1]?.([order('1', 'PAID'), order('2', 'PENDING')]);
  await settle();
  expect([asked(), shown]).toEqual([2, ['1 PAID', '2 PENDING']]);
});

test('what is told and goes on without a stream, as a refund does, is asked for', async () => {
  const refundDue: OrderState = { ...order('1', 'CANCELLED'), payment: { status: 'REFUND_DUE' } as OrderState['payment'] };
  let now = [order('1', 'PENDING'), order('2', 'PENDING')];
  const { stream, asked, waits } = rig(async () => now);
  stream().onConnected();
  await settle();
  now = [refundDue, order('2', 'PENDING')];
  await stream().tell(refundDue);
  expect([asked(), waits()]).toEqual([2, [1_000]]);
});

test('a hidden page has no stream; seen again it has one, and asks', async () => {
  const { streams, see, asked, waits } = rig();
  streams[0]?.onConnected();
  await settle();
  await see(false);
  expect([streams[0]?.signal.aborted, waits()]).toEqual([true, []]);
  await see(true);
  expect([streams.length, streams[1]?.signal.aborted, asked()]).toEqual([2, false, 2]);
});

test('ending it ends all of it', async () => {
  const { stream, end, listening, waits } = rig();
  stream().onConnected();
  end();
  await settle();
  expect([stream().signal.aborted, listening(), waits()]).toEqual([true, 0, []]);
});
