/** A fixed number of places, handed out first come, first served. */
export interface Places {
  take(): Promise<void>;
  give(): void;
}

export const createPlaces = (count: number): Places => {
  const waiting: (() => void)[] = [];
  let free = count;
  return {
    take: async () => {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
    },
    give: () => {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    },
  };
};

/** Runs what is added: of one subject one after the other and in order, of different subjects side by side as places allow. */
export interface Lane {
  /** `work` must not reject. */
  add(subject: string, work: () => Promise<void>): void;
  /** Starts nothing more; resolves when what runs has ended. */
  stop(): Promise<void>;
  running(): number;
}

/** Lanes may share their places. What is held is bounded by whoever adds. */
export const createLane = (places: Places): Lane => {
  const tails = new Map<string, Promise<void>>();
  const running = new Set<Promise<void>>();
  let isStopped = false;

  const run = async (work: () => Promise<void>): Promise<void> => {
    const promise = work();
    running.add(promise);
    await promise;
    running.delete(promise);
  };

  const runInTurn = async (before: Promise<void> | undefined, work: () => Promise<void>): Promise<void> => {
    await before;
    if (isStopped) return;
    await places.take();
    try {
      if (!isStopped) await run(work);
    } finally {
      places.give();
    }
  };

  return {
    add: (subject, work) => {
      const tail = runInTurn(tails.get(subject), work).finally(() => {
        if (tails.get(subject) === tail) tails.delete(subject);
      });
      tails.set(subject, tail);
    },
    stop: async () => {
      isStopped = true;
      await Promise.all(running);
    },
    running: () => running.size,
  };
};
