/** Rejects when `work` is not done within `milliseconds`; what it comes to later is ignored. */
export const within = async <Result>(milliseconds: number, what: string, work: Promise<Result>): Promise<Result> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms: ${what}`)), milliseconds);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
};

/** Resolves when `work` has settled, however, or after `milliseconds`. */
export const settledWithin = (milliseconds: number, work: Promise<unknown>): Promise<void> =>
  within(milliseconds, '', work).then(
    () => undefined,
    () => undefined,
  );
