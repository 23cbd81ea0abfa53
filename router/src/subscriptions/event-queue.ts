/** What waits to be told to one subscriber, in order. */
export interface EventQueue<Item> {
  /** One that waits under the same key is replaced, and keeps its place. */
  push(key: string, item: Item): void;
  /** The next one, when there is one; nothing at the end. @throws what ended it, at once: what waits then is not told. */
  next(): Promise<Item | undefined>;
  /** After what waits; with an error at once. Only the first time counts. */
  end(error?: unknown): void;
}

export interface EventQueueOptions {
  max: number;
  /** Makes what it ends with when more than `max` wait. */
  overflow: () => unknown;
}

/** Takes from one `next` at a time. */
export const createEventQueue = <Item>({ max, overflow }: EventQueueOptions): EventQueue<Item> => {
  const waiting = new Map<string, Item>();
  let ended: { error?: unknown } | undefined;
  let wake: (() => void) | undefined;

  const end = (error?: unknown): void => {
    if (ended !== undefined) return;
    ended = error === undefined ? {} : { error };
    if (error !== undefined) waiting.clear();
    wake?.();
  };

  return {
    push: (key, item) => {
      if (ended !== undefined) return;
      if (waiting.size >= max && !waiting.has(key)) {
        end(overflow());
        return;
      }
      waiting.set(key, item);
      wake?.();
    },
    next: async () => {
      while (waiting.size === 0 && ended === undefined) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        await promise;
        wake = undefined;
      }
      const [first] = waiting;
      if (first !== undefined) {
        waiting.delete(first[0]);
        return first[1];
      }
      if (ended?.error !== undefined) throw ended.error;
      return undefined;
    },
    end,
  };
};
