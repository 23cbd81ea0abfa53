import type { ReadStream } from 'node:tty';

/** What each key does while `dev` runs, as the banner and the help tell it. */
export const SHORTCUTS = { r: 'restart all', c: 'compose', o: 'what runs where', h: 'keys', q: 'quit' } as const;

export type Shortcuts = Readonly<Record<keyof typeof SHORTCUTS, () => void>>;

type Keyboard = Pick<ReadStream, 'isTTY' | 'setRawMode' | 'setEncoding' | 'on' | 'off' | 'resume' | 'pause'>;

const CTRL_C = '\u0003';

export const SHORTCUTS_LINE = Object.entries(SHORTCUTS)
  .map(([key, what]) => `${key} ${what}`)
  .join('   ');

/**
 * Listens to single keys, when there is a terminal to press them in. Ctrl-C comes as a key then, and is handed on as the signal it is.
 * @returns stops listening.
 */
export const listenToKeys = (stdin: Keyboard, shortcuts: Shortcuts): (() => void) => {
  if (!stdin.isTTY) return () => undefined;
  const onKey = (key: string): void => {
    if (key === CTRL_C) process.kill(process.pid, 'SIGINT');
    else if (Object.hasOwn(shortcuts, key)) shortcuts[key as keyof Shortcuts]();
  };
  stdin.setRawMode(true).setEncoding('utf8').on('data', onKey).resume();
  return () => {
    stdin.off('data', onKey).setRawMode(false).pause();
  };
};
