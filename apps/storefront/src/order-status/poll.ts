/** Whether people can see the page: `document`, or a stand-in. */
export interface Visibility {
  visible(): boolean;
  subscribe(listener: () => void): () => void;
}

export interface PollPorts<State> {
  ask(signal: AbortSignal): Promise<State>;
  /** How long to wait after a state, in milliseconds; undefined ends the polling. */
  waitAfter(state: State): number | undefined;
  show(state: State): void;
  visibility: Visibility;
  /** Until the first question. */
  firstWaitMs: number;
  after(ms: number, action: () => void): () => void;
}

const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 30_000;

/**
 * Asks again and again until the state is final. Nothing is asked while the page is hidden; when it is seen again it asks at once.
 * An error is tried again, later each time.
 * @returns a function that ends it.
 */
export const poll = <State>({ ask, waitAfter, show, visibility, firstWaitMs, after }: PollPorts<State>): (() => void) => {
  let ended = false;
  let retryMs = FIRST_RETRY_MS;
  let cancelTimer = (): void => undefined;
  let asking: AbortController | undefined;

  const wait = (ms: number): void => {
    cancelTimer();
    cancelTimer = after(ms, () => void look());
  };

  const next = (waitMs: number | undefined): void => {
    if (waitMs === undefined) end();
    else if (visibility.visible()) wait(waitMs);
  };

  const look = async (): Promise<void> => {
    if (ended || asking !== undefined || !visibility.visible()) return;
    const controller = new AbortController();
    asking = controller;
    const waitMs = await ask(controller.signal).then(
      (state) => {
        if (controller.signal.aborted) return;
        retryMs = FIRST_RETRY_MS;
        show(state);
        return waitAfter(state);
      },
      () => {
        const waitMs = retryMs;
        retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
        return waitMs;
      },
    );
    if (asking !== controller) return;
    asking = undefined;
    if (!ended) next(waitMs);
  };

  const stopListening = visibility.subscribe(() => {
    cancelTimer();
    if (visibility.visible()) void look();
    else {
      asking?.abort();
      asking = undefined;
    }
  });

  const end = (): void => {
    ended = true;
    cancelTimer();
    asking?.abort();
    asking = undefined;
    stopListening();
  };

  next(firstWaitMs);
  return end;
};
