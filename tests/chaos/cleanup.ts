/** What has to be undone at the end of a run, however it ends; the last thing first. */
export interface Cleanup {
  add(undo: () => Promise<unknown> | unknown): void;
  /** Undoes everything once. What fails is left, the rest goes on. */
  run(): Promise<void>;
}

export const createCleanup = (): Cleanup => {
  const undos: (() => Promise<unknown> | unknown)[] = [];
  return {
    add: (undo) => void undos.push(undo),
    run: async () => {
      for (let undo = undos.pop(); undo !== undefined; undo = undos.pop()) {
        try {
          await undo();
        } catch (error) {
          process.stderr.write(`  cleaning up: ${(error as Error).message}\n`);
        }
      }
    },
  };
};
