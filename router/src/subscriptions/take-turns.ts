import { type ConcurrencyLimit, createConcurrencyLimit } from '../subgraphs/concurrency-limit.ts';

/** Runs work once it is its turn. A wait ends when the signal is aborted. */
export type TakeTurns = <Result>(name: string, signal: AbortSignal, work: () => Promise<Result>) => Promise<Result>;

const turnIn = (limit: ConcurrencyLimit, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => {
      leave?.();
      reject(signal.reason);
    };
    const leave = limit.wait(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });

/** At most so much at the same time under each name: what is slow under one holds up no other. */
export const createTurns = (maxRunning: number): TakeTurns => {
  const limits = new Map<string, ConcurrencyLimit>();

  return async (name, signal, work) => {
    signal.throwIfAborted();
    const limit = limits.get(name) ?? createConcurrencyLimit(maxRunning, Number.POSITIVE_INFINITY);
    limits.set(name, limit);
    if (!limit.acquire()) await turnIn(limit, signal);
    try {
      return await work();
    } finally {
      limit.release();
      if (limit.running() === 0) limits.delete(name);
    }
  };
};

/** Ends the wait when the signal is aborted, whatever is still on its way. */
export const untilAborted = async <Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> => {
  const { promise: gone, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, gone]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};
