/**
 * What `produce` gives until it gives nothing, one after the other. `return` does not wait for a result that is being made, as a generator's
 * would: `close` is called at once, and once, however it ends, and has to make `produce` settle.
 */
export const createResultStream = <Result>(produce: () => Promise<Result | undefined>, close: () => void): AsyncGenerator<Result, void> => {
  let isClosed = false;
  let last: Promise<unknown> = Promise.resolve();
  const shut = (): void => {
    if (isClosed) return;
    isClosed = true;
    close();
  };
  const make = async (): Promise<IteratorResult<Result, void>> => {
    if (isClosed) return { done: true, value: undefined };
    try {
      const value = await produce();
      // Read again: it may have been closed meanwhile.
      if (value !== undefined && !(isClosed as boolean)) return { done: false, value };
      shut();
      return { done: true, value: undefined };
    } catch (error) {
      const wasClosed = isClosed;
      shut();
      if (wasClosed) return { done: true, value: undefined };
      throw error;
    }
  };
  const stream: AsyncGenerator<Result, void> = {
    next: () => {
      const next = last.then(make);
      last = next.catch(() => undefined);
      return next;
    },
    return: async () => {
      shut();
      return { done: true, value: undefined };
    },
    throw: async (error) => {
      shut();
      throw error;
    },
    [Symbol.asyncIterator]: () => stream,
    [Symbol.asyncDispose]: async () => shut(),
  };
  return stream;
};
