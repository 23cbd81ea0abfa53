/** What a loop waits with between two looks. */
export interface Alarm {
  /** Ends the wait, or the next one when nobody waits: what is told during a look is not lost. */
  ring(): void;
  /** Resolves after so many milliseconds, or at a ring. */
  wait(milliseconds: number): Promise<void>;
}

/** For a loop that looks for work: somebody who knows of some ends its wait. */
export const createAlarm = (): Alarm => {
  let hasRung = false;
  let end: () => void = () => undefined;
  return {
    ring: () => {
      hasRung = true;
      end();
    },
    wait: async (milliseconds) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, milliseconds);
      end = resolve;
      if (!hasRung) await promise;
      clearTimeout(timer);
      hasRung = false;
    },
  };
};
