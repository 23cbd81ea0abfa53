import { useEffect, useRef, useState } from 'react';
import type { OrderState } from '../views/view-types.ts';
import { nextLookOfAllMs } from './order-progress.ts';
import { poll, type Visibility } from './poll.ts';

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

/**
 * The states of orders as they are now: asked for again and again, until nothing will change any more.
 * @param known what is known already. When it changes, for instance after paying, it counts from then on.
 */
export const useOrderStates = (known: readonly OrderState[], ask: (signal: AbortSignal) => Promise<readonly OrderState[]>): readonly OrderState[] => {
  const [latest, setLatest] = useState<ReadonlyMap<string, OrderState>>(new Map());
  const asking = useRef(ask);
  asking.current = ask;
  const knownText = JSON.stringify(known.map(({ number, status, payment }) => [number, status, payment?.status]));

  // biome-ignore lint/correctness/useExhaustiveDependencies: knownText is what `known` says
  useEffect(() => {
    setLatest(new Map());
    const firstWaitMs = nextLookOfAllMs(known);
    if (firstWaitMs === undefined) return;
    return poll({
      ask: (signal) => asking.current(signal),
      waitAfter: nextLookOfAllMs,
      show: (states) => setLatest(new Map(states.map((state) => [state.number, state]))),
      visibility: pageVisibility,
      firstWaitMs,
      after,
    });
  }, [knownText]);

  return known.map((state) => latest.get(state.number) ?? state);
};
