import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
/** How often this page went somewhere; 0 as long as the page shows where it was opened. */
let moves = 0;

const changed = (): void => {
  moves++;
  for (const listener of listeners) listener();
};

window.addEventListener('popstate', changed);

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

const currentPath = (): string => window.location.pathname + window.location.search;

/** The path and query of the page as it is now. */
export const usePath = (): string => useSyncExternalStore(subscribe, currentPath);

export const hasMoved = (): boolean => moves > 0;

/** Goes to a path of this shop without loading the page again. */
export const navigate = (path: string, { replace = false }: { replace?: boolean } = {}): void => {
  if (path !== currentPath()) {
    window.history[replace ? 'replaceState' : 'pushState'](null, '', path);
    changed();
  }
  window.scrollTo(0, 0);
};
