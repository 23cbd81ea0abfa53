import { type FSWatcher, watch } from 'node:fs';
import type { Logger } from '@supergraph/service/logging';

const SETTLE_MS = 100;
const POLL_MS = 5_000;

export interface FolderWatch {
  /** Watches these folders from now on, and no others. */
  follow(folders: readonly string[]): void;
  /** Looks when saving has paused. */
  lookSoon(): void;
  close(): void;
}

export interface FolderWatchOptions {
  /** For the log: the file or folder that is looked at. */
  what: string;
  look: () => void;
  logger: Logger;
}

/**
 * Looks a moment after something in a folder changed. Folders are watched, not files, so that editors and tools which write beside
 * and rename are seen. Looks every 5 s too: some network and container file systems report no changes.
 */
export const createFolderWatch = ({ what, look, logger }: FolderWatchOptions): FolderWatch => {
  let watchers: FSWatcher[] = [];
  let settling: NodeJS.Timeout | undefined;
  let poll: NodeJS.Timeout | undefined;
  let isClosed = false;

  const lookSoon = (): void => {
    if (isClosed) return;
    settling ??= setTimeout(() => {
      settling = undefined;
      look();
    }, SETTLE_MS);
  };
  const onError = (error: unknown): void => logger.warn({ err: error }, `cannot watch ${what}, looking every ${POLL_MS} ms instead`);
  const stop = (): void => {
    for (const watcher of watchers) watcher.close();
    watchers = [];
  };

  return {
    follow: (folders) => {
      stop();
      watchers = folders.flatMap((folder) => {
        try {
          return [watch(folder, { persistent: false }, lookSoon).on('error', onError)];
        } catch (error) {
          onError(error);
          return [];
        }
      });
      poll ??= setInterval(look, POLL_MS).unref();
    },
    lookSoon,
    close: () => {
      isClosed = true;
      stop();
      clearTimeout(settling);
      clearInterval(poll);
    },
  };
};
