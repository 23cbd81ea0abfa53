import type { OrderState } from '../views/view-types.ts';
import { nextLookOfAllMs } from './order-progress.ts';
import { type Polling, type PollPorts, poll } from './poll.ts';

/** What a stream of states tells beside them. */
export interface FollowOptions {
  signal: AbortSignal;
  /** From now on it tells what changes; what changed before has to be asked for. */
  onConnected(): void;
  onDisconnected(): void;
}

export interface WatchPorts extends Pick<PollPorts<readonly OrderState[]>, 'ask' | 'visibility' | 'after'> {
  /** Each of these orders when its status changes; throws when the stream cannot be had. */
  follow(numbers: readonly string[], options: FollowOptions): AsyncIterable<OrderState>;
  show(states: readonly OrderState[]): void;
}

export interface Watch {
  /** Goes on from what is known now, for instance after paying. */
  know(states: readonly OrderState[]): void;
  end(): void;
}

/**
 * Tells how orders change: by a stream while the page is seen, and by asking where there is none. As soon as the stream stands, and again after each
 * interruption, it asks once: so nothing is missed in between.
 */
export const watchOrders = (numbers: readonly string[], ports: WatchPorts): Watch => {
  const followed = new Set(numbers);
  let live = false;
  let polling: Polling | undefined;
  let stream: AbortController | undefined;

  const waitFor = (states: readonly OrderState[]): number | undefined => nextLookOfAllMs(states, ({ number }) => live && followed.has(number));

  const become = (nowLive: boolean): void => {
    live = nowLive;
    // What is on its way was asked for before the stream stood.
    if (nowLive) polling?.lookAgain();
    polling?.look();
  };

  const read = async ({ signal }: AbortController): Promise<void> => {
    const options: FollowOptions = { signal, onConnected: () => become(true), onDisconnected: () => become(false) };
    for await (const state of ports.follow(numbers, options)) {
      if (signal.aborted) return;
      ports.show([state]);
      // Its answer would be older.
      polling?.lookAgain();
      const waitMs = waitFor([state]);
      // A refund comes without a change of status.
      if (waitMs !== undefined && Number.isFinite(waitMs)) polling?.look();
    }
  };

  const begin = (): void => {
    if (numbers.length === 0) return;
    const controller = new AbortController();
    stream = controller;
    // Then it is asked for, as without a stream.
    const lost = (): void => {
      if (!controller.signal.aborted) become(false);
    };
    void read(controller).then(lost, lost);
  };

  const leave = (): void => {
    stream?.abort();
    stream = undefined;
    live = false;
  };

  const stopListening = ports.visibility.subscribe(() => {
    leave();
    if (ports.visibility.visible()) begin();
  });
  if (ports.visibility.visible()) begin();

  return {
    know: (states) => {
      polling?.end();
      const firstWaitMs = waitFor(states);
      polling = firstWaitMs === undefined ? undefined : poll({ ...ports, waitAfter: waitFor, firstWaitMs });
    },
    end: () => {
      stopListening();
      leave();
      polling?.end();
    },
  };
};
