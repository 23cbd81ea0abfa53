import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 200;
const LONGEST_REST_MS = 5_000;
/** A provider that takes longer is asked again by whoever runs next. */
const CLOSE_MS = 1_000;

export interface PaymentRuns {
  /** Stops; gives what is being asked a moment to finish. */
  close(): Promise<void>;
}

/** Asks for due payments again and again until it is closed, ever more slowly while that fails. */
export const startPaymentRuns = (askProvider: () => Promise<number>, onError: (error: unknown) => void, lookMs = LOOK_MS): PaymentRuns => {
  const closing = new AbortController();
  const run = async (): Promise<void> => {
    let restMs = lookMs;
    while (!closing.signal.aborted) {
      try {
        restMs = (await askProvider()) > 0 ? 0 : lookMs;
      } catch (error) {
        if (!closing.signal.aborted) onError(error);
        restMs = Math.min(Math.max(restMs, lookMs) * 2, LONGEST_REST_MS);
      }
      await sleep(restMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    close: async () => {
      closing.abort();
      await Promise.race([running, sleep(CLOSE_MS)]);
    },
  };
};
