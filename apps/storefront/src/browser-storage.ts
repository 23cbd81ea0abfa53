/** The part of `Storage` that is used here. */
export type TextStore = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * A storage of the browser. Where that is forbidden or full, what is written lives as long as the page.
 * @param open may throw: browsers that forbid storage throw when it is only looked at.
 */
export const browserStorage = (open: () => TextStore): TextStore => {
  const unsaved = new Map<string, string>();
  const attempt = <Result>(work: (store: TextStore) => Result): Result | undefined => {
    try {
      return work(open());
    } catch {
      return undefined;
    }
  };
  return {
    getItem: (key) => unsaved.get(key) ?? attempt((store) => store.getItem(key)) ?? null,
    setItem: (key, value) => {
      unsaved.set(key, value);
      const saved = attempt((store) => {
        store.setItem(key, value);
        return true;
      });
      if (saved) unsaved.delete(key);
    },
    removeItem: (key) => {
      unsaved.delete(key);
      attempt((store) => store.removeItem(key));
    },
  };
};
