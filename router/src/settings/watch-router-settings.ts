import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '@supergraph/service/logging';
import { createFolderWatch } from '../folder-watch.ts';
import { parseRouterSettings, readSettingsFile } from './read-router-settings.ts';
import type { RouterSettings } from './router-settings.ts';

export interface RouterSettingsWatch {
  /** Stops watching; no change is told afterwards. */
  close: () => void;
}

export interface WatchRouterSettingsOptions {
  file: string;
  /** What is in force now: only other settings are told. */
  current: RouterSettings;
  /** Puts new settings in force. What it throws refuses them. */
  onChange: (settings: RouterSettings) => void;
  logger: Logger;
}

const onOneLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ');

/**
 * Reloads the settings file when it changes; what counts is the content. A bad file is refused with one line in the log, once, and the
 * last good settings stay; so do they when the file is removed.
 */
export const watchRouterSettings = ({ file, current, onChange, logger }: WatchRouterSettingsOptions): RouterSettingsWatch => {
  let inForce = current;
  let candidate: string | undefined;
  let seen: string | undefined;
  let problem: string | undefined;
  let looking = false;
  let closed = false;

  const consider = (bytes: Uint8Array | undefined): void => {
    const id = bytes === undefined ? 'missing' : createHash('sha256').update(bytes).digest('hex');
    if (id === seen) return;
    if (id !== candidate) {
      // It may be half written, and half of a file can be a good file: what counts is what is still there a little later.
      candidate = id;
      watch.lookSoon();
      return;
    }
    seen = id;
    if (bytes === undefined) {
      logger.info(`there is no ${file}: the settings in force stay`);
      return;
    }
    const settings = parseRouterSettings(bytes, file);
    if (isDeepStrictEqual(settings, inForce)) return;
    try {
      onChange(settings);
    } catch (error) {
      // It depends on other files too, which may come a moment later.
      seen = undefined;
      throw error;
    }
    inForce = settings;
    logger.info({ file }, 'settings reloaded');
  };

  const look = async (): Promise<void> => {
    if (looking) return watch.lookSoon();
    looking = true;
    try {
      const bytes = await readSettingsFile(file);
      if (!closed) consider(bytes);
      problem = undefined;
    } catch (error) {
      const found = onOneLine(error);
      if (found !== problem) logger.error(`settings refused, the last good ones stay: ${found}`);
      problem = found;
    } finally {
      looking = false;
    }
  };

  const watch = createFolderWatch({ what: file, look: () => void look(), logger });
  watch.follow([dirname(file)]);
  // What changed between reading and watching.
  void look();

  return {
    close: () => {
      closed = true;
      watch.close();
    },
  };
};
