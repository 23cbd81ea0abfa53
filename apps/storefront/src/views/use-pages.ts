import { useCallback, useEffect, useRef, useState } from 'react';
import { type Problem, problemOf } from '../problem.ts';

/** How many screens are kept, so that going back shows them at once. */
const MAX_KEPT = 30;
const kept = new Map<string, readonly unknown[]>();

const keep = (key: string, pages: readonly unknown[]): void => {
  kept.delete(key);
  kept.set(key, pages);
  const [oldest] = kept.keys();
  if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
};

/** Puts what was answered elsewhere where the screen of this key finds it. */
export const keepPage = (key: string, page: unknown): void => keep(key, [page]);

/** Forgets every screen: after a sign-in or sign-out they may be another person's. */
export const forgetPages = (): void => kept.clear();

export interface Pages<Page> {
  /** Empty until the first answer. */
  pages: readonly Page[];
  problem: Problem | undefined;
  loading: boolean;
  /** Loads the page after the last one; undefined when there is none. */
  more: (() => void) | undefined;
  reload: () => void;
}

interface PagesOptions<Page> {
  /** Where the pages are kept; a screen shows one key only. */
  key: string;
  load: (after: string | undefined, signal: AbortSignal) => Promise<Page>;
  /** Where the list goes on; undefined at its end. */
  cursorOf?: (page: Page) => string | undefined;
}

interface State<Page> {
  pages: readonly Page[];
  problem: Problem | undefined;
  loading: boolean;
}

/**
 * The answers of a view, page by page. A screen that was shown before is shown from memory, with the pages it had;
 * when it had one page only, that is loaded again behind it.
 */
export const usePages = <Page>({ key, load, cursorOf }: PagesOptions<Page>): Pages<Page> => {
  const [state, setState] = useState<State<Page>>(() => {
    const pages = (kept.get(key) ?? []) as readonly Page[];
    return { pages, problem: undefined, loading: pages.length === 0 };
  });
  const loader = useRef(load);
  loader.current = load;
  const request = useRef<AbortController>(undefined);

  const run = useCallback(
    (before: readonly Page[], after: string | undefined): void => {
      request.current?.abort();
      const controller = new AbortController();
      request.current = controller;
      loader.current(after, controller.signal).then(
        (page) => {
          if (controller.signal.aborted) return;
          const pages = [...before, page];
          keep(key, pages);
          setState({ pages, problem: undefined, loading: false });
        },
        (error: unknown) => {
          if (controller.signal.aborted) return;
          setState(({ pages }) => ({ pages, problem: problemOf(error), loading: false }));
        },
      );
    },
    [key],
  );

  const start = useCallback(
    (before: readonly Page[], after: string | undefined): void => {
      setState(({ pages }) => ({ pages, problem: undefined, loading: true }));
      run(before, after);
    },
    [run],
  );

  useEffect(() => {
    if ((kept.get(key)?.length ?? 0) <= 1) run([], undefined);
    return () => request.current?.abort();
  }, [key, run]);

  const last = state.pages.at(-1);
  const cursor = last === undefined ? undefined : cursorOf?.(last);
  return {
    ...state,
    more: cursor === undefined ? undefined : () => start(state.pages, cursor),
    reload: () => start([], undefined),
  };
};
