type Undo = () => Promise<unknown> | unknown;

/** What has to be undone at the end of a run, however it ends; the last thing first. */
export interface Cleanup {
  /** After the end, when a run is stopped while it still starts things, it is undone at once. */
  add(undo: Undo): void;
  /** Undoes everything once. What fails is left, the rest goes on. */
  run(): Promise<void>;
}

export const createCleanup = (): Cleanup => {
  const undos: Undo[] = [];
  let running: Promise<void> | undefined;
  const attempt = async (undo: Undo): Promise<void> => {
    try {
      await undo();
    } catch (error) {
      process.stderr.write(`  cleaning up: ${(error as Error).message}\n`);
    }
  };
  const undoAll = async (): Promise<void> => {
    for (let undo = undos.pop(); undo !== undefined; undo = undos.pop()) await attempt(undo);
  };
  return {
    add: (undo) => {
      if (running !== undefined) void attempt(undo);
      else undos.push(undo);
    },
    run: () => {
      running ??= undoAll();
      return running;
    },
  };
};
