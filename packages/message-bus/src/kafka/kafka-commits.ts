import { within } from '../deadline.ts';
import type { KafkaWindow, Progress } from './kafka-window.ts';

/** How far a partition is, and what was said of it to the broker. */
export interface Committed {
  window: KafkaWindow;
  /** What the broker may hold, as far as this process knows. If it holds something else, somebody else was here. */
  written: Set<string>;
  /** What it holds for certain, or did. */
  confirmed: string;
}

export interface KafkaCommitsOptions {
  partitions: ReadonlyMap<number, Committed>;
  commit(progress: ReadonlyMap<number, Progress>): Promise<void>;
  isReady(): boolean;
  onError(error: unknown, what: string): void;
}

const COMMIT_EVERY_MS = 200;
const COMMIT_DEADLINE_MS = 3_000;
const AFTER_ERROR_MS = 1_000;

export const signature = ({ offset, marks }: Progress): string => `${offset}:${marks}`;

/** Commits what has changed, every now and then or at once, one commit at a time. */
export const createKafkaCommits = ({ partitions, commit, isReady, onError }: KafkaCommitsOptions) => {
  let committing: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  let pauseUntil = 0;

  const changed = (givesBack: boolean): Map<number, Progress> => {
    const found = new Map<number, Progress>();
    for (const [partition, committed] of partitions) {
      const progress = committed.window.progress(givesBack);
      if (progress.offset < 0 || signature(progress) === committed.confirmed) continue;
      committed.written.add(signature(progress));
      found.set(partition, progress);
    }
    return found;
  };

  const confirm = (committed: Committed, progress: Progress): void => {
    committed.confirmed = signature(progress);
    committed.written = new Set([committed.confirmed]);
  };

  const commitChanged = async (givesBack: boolean): Promise<void> => {
    const found = isReady() ? changed(givesBack) : new Map<number, Progress>();
    if (found.size === 0) return;
    try {
      await within(COMMIT_DEADLINE_MS, 'kafka', commit(found));
      for (const [partition, progress] of found) {
        const committed = partitions.get(partition);
        if (committed !== undefined) confirm(committed, progress);
      }
    } catch (error) {
      onError(error, 'committing');
      pauseUntil = Date.now() + AFTER_ERROR_MS;
    }
  };

  /** A commit that begins after now, and one for all who ask meanwhile. Never rejects. */
  const now = (givesBack = false): Promise<void> => {
    next ??= committing.then(() => {
      next = undefined;
      committing = commitChanged(givesBack);
      return committing;
    });
    return next;
  };
  const ticking = setInterval(() => {
    if (Date.now() >= pauseUntil) void now();
  }, COMMIT_EVERY_MS);

  return {
    now: (): Promise<void> => now(),
    /** The last commit; attempts that still run are not counted in it. */
    close: async (): Promise<void> => {
      clearInterval(ticking);
      await next;
      await now(true);
    },
  };
};
