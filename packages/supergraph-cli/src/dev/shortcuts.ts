import type { ReadStream } from 'node:tty';

/** What a key does while `dev` runs. */
export interface Shortcut {
  what: string;
  run(): void;
}

const CTRL_C = '\u0003';

export const describeShortcuts = (shortcuts: Readonly<Record<string, Shortcut>>): string =>
  Object.entries(shortcuts)
    .map(([key, { what }]) => `${key} ${what}`)
    .join('   ');

/**
 * Listens to single keys, when there is a terminal to press them in. Ctrl-C comes as a key then, and is handed on as the signal it is.
 * @returns stops listening.
 */
export const listenToKeys = (stdin: ReadStream, shortcuts: Readonly<Record<string, Shortcut>>): (() => void) => {
  if (!stdin.isTTY) return () => undefined;
  const onKey = (key: string): void => {
    if (key === CTRL_C) process.kill(process.pid, 'SIGINT');
    else if (Object.hasOwn(shortcuts, key)) shortcuts[key]?.run();
  };
  stdin.setRawMode(true).setEncoding('utf8').on('data', onKey).resume();
  return () => {
    stdin.off('data', onKey).setRawMode(false).pause();
  };
};
