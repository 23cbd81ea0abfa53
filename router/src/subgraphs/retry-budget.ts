export interface RetryBudget {
  /** Told of every first attempt. */
  deposit(): void;
  /** @returns whether a retry may be made, and takes it off. */
  withdraw(): boolean;
}

const MAX_SAVED_RETRIES = 10;

/**
 * Retries as a share of the requests made, so that a subgraph in trouble gets little more than it would anyway. One retry is
 * there from the start, and at most ten are saved up.
 */
export const createRetryBudget = (ratio: number): RetryBudget => {
  let saved = 1;
  return {
    deposit: () => {
      saved = Math.min(saved + ratio, MAX_SAVED_RETRIES);
    },
    withdraw: () => {
      if (saved < 1) return false;
      saved -= 1;
      return true;
    },
  };
};
