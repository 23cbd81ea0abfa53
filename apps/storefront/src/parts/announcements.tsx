import { useSyncExternalStore } from 'react';

const SHOWN_MS = 6_000;
let current = { shown: '', said: '' };
let hide: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

const change = (next: Partial<typeof current>): void => {
  current = { ...current, ...next };
  for (const listener of listeners) listener();
};

/** Tells what happened: for some seconds to people who look, and to people who listen. */
export const announce = (text: string): void => {
  clearTimeout(hide);
  change({ shown: text });
  hide = setTimeout(() => change({ shown: '' }), SHOWN_MS);
};

/** Tells people who listen what everybody else sees anyway. */
export const sayQuietly = (text: string): void => change({ said: text });

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const Announcements = () => {
  const { shown, said } = useSyncExternalStore(subscribe, () => current);
  return (
    <>
      <div className={shown === '' ? 'visually-hidden' : 'announcement'} role="status">
        {shown}
      </div>
      <div className="visually-hidden" role="status">
        {said}
      </div>
    </>
  );
};
