export interface ConcurrencyLimit {
  /** @returns false when there is no free slot: then `wait` for one. */
  acquire(): boolean;
  /** Calls `granted` with the slot taken. @returns how to stop waiting, or nothing when the queue is full. */
  wait(granted: () => void): (() => void) | undefined;
  release(): void;
  running(): number;
  queued(): number;
  /** Resolves when no slot is taken and nobody waits. */
  drained(): Promise<void>;
}

/** First come, first served. A freed slot goes straight to who waits longest. */
export const createConcurrencyLimit = (maxConcurrent: number, maxQueued: number): ConcurrencyLimit => {
  const waiting = new Set<() => void>();
  let running = 0;
  let onDrained: (() => void)[] = [];
  return {
    acquire: () => {
      if (running >= maxConcurrent) return false;
      running += 1;
      return true;
    },
    wait: (granted) => {
      if (waiting.size >= maxQueued) return undefined;
      const waiter = (): void => granted();
      waiting.add(waiter);
      return () => void waiting.delete(waiter);
    },
    release: () => {
      const [next] = waiting;
      if (next !== undefined) {
        waiting.delete(next);
        next();
        return;
      }
      running -= 1;
      if (running > 0) return;
      for (const done of onDrained) done();
      onDrained = [];
    },
    running: () => running,
    queued: () => waiting.size,
    drained: () => (running === 0 ? Promise.resolve() : new Promise((resolve) => onDrained.push(resolve))),
  };
};
