const FIRST_MS = 500;
const LONGEST_MS = 30_000;
const MAX_TRIES = 8;
/** Who served this long has recovered. */
const RECOVERED_MS = 60_000;

/** When a process that died is started again. */
export interface BackOff {
  /** @returns milliseconds to wait; undefined when it has died too often. */
  next(name: string): number | undefined;
}

export const createBackOff = (now: () => number = Date.now): BackOff => {
  const deaths = new Map<string, { count: number; at: number }>();
  return {
    next: (name) => {
      const last = deaths.get(name);
      const wait = (count: number): number => Math.min(LONGEST_MS, FIRST_MS * 2 ** count);
      const count = last === undefined || now() - last.at > RECOVERED_MS + wait(last.count) ? 0 : last.count + 1;
      deaths.set(name, { count, at: now() });
      return count >= MAX_TRIES ? undefined : wait(count);
    },
  };
};
