import { useEffect, useRef, useState } from 'react';
import { followOrders } from '../session/actions.ts';
import type { OrderState } from '../views/view-types.ts';
import { isUnderWay } from './order-progress.ts';
import type { Visibility } from './poll.ts';
import { type Watch, watchOrders } from './watch-orders.ts';

/** The most that the web BFF takes; further ones are asked for. */
const MOST_FOLLOWED = 25;

const pageVisibility: Visibility = {
  visible: () => document.visibilityState === 'visible',
  subscribe: (listener) => {
    document.addEventListener('visibilitychange', listener);
    return () => document.removeEventListener('visibilitychange', listener);
  },
};

const after = (ms: number, action: () => void): (() => void) => {
  const timer = setTimeout(action, ms);
  return () => clearTimeout(timer);
};

type States = ReadonlyMap<string, OrderState>;

const withStates = (known: States, states: readonly OrderState[]): States =>
  new Map([...known, ...states.map((state) => [state.number, state] as const)]);

/**
 * The states of orders as they are now, until nothing will change any more.
 * @param known what is known already. When it changes, for instance after paying, it counts from then on.
 * @param ask where no stream tells.
 */
export const useOrderStates = (known: readonly OrderState[], ask: (signal: AbortSignal) => Promise<readonly OrderState[]>): readonly OrderState[] => {
  const [latest, setLatest] = useState<States>(new Map());
  const watch = useRef<Watch>(undefined);
  const asking = useRef(ask);
  asking.current = ask;
  const followed = known.filter(isUnderWay).slice(0, MOST_FOLLOWED);
  const numbersText = JSON.stringify(followed.map(({ number }) => number));
  const knownText = JSON.stringify(known.map(({ number, status, payment }) => [number, status, payment?.status]));

  useEffect(() => {
    const started = watchOrders(JSON.parse(numbersText) as string[], {
      follow: followOrders,
      ask: (signal) => asking.current(signal),
      show: (states) => setLatest((current) => withStates(current, states)),
      visibility: pageVisibility,
      after,
    });
    watch.current = started;
    return () => started.end();
  }, [numbersText]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: knownText is what `known` says; a new watch has to be told as well
  useEffect(() => {
    setLatest(new Map());
    watch.current?.know(known);
  }, [knownText, numbersText]);

  return known.map((state) => latest.get(state.number) ?? state);
};
