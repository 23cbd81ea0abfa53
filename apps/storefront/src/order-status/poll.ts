/** Whether people can see the page: `document`, or a stand-in. */
export interface Visibility {
  visible(): boolean;
  subscribe(listener: () => void): () => void;
}

export interface PollPorts<State> {
  ask(signal: AbortSignal): Promise<State>;
  /** How long to wait after a state, in milliseconds; Infinity until it is told to look; undefined ends the polling. */
  waitAfter(state: State): number | undefined;
  show(state: State): void;
  visibility: Visibility;
  /** Until the first question. */
  firstWaitMs: number;
  after(ms: number, action: () => void): () => void;
}

export interface Polling {
  /** Asks at once, unless it is asking. */
  look(): void;
  /** When it is asking, gives that question up and asks anew. */
  lookAgain(): void;
  end(): void;
}

const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 30_000;

/**
 * Asks again and again until the state is final. Nothing is asked while the page is hidden; when it is seen again it asks at once.
 * An error is tried again, later each time.
 */
export const poll = <State>({ ask, waitAfter, show, visibility, firstWaitMs, after }: PollPorts<State>): Polling => {
  let ended = false;
  let retryMs = FIRST_RETRY_MS;
  let cancelTimer = (): void => undefined;
  let asking: AbortController | undefined;

  const wait = (ms: number): void => {
    cancelTimer();
    if (ms !== Number.POSITIVE_INFINITY) cancelTimer = after(ms, () => void look());
  };

  const next = (waitMs: number | undefined): void => {
    if (waitMs === undefined) end();
    else if (visibility.visible()) wait(waitMs);
  };

  const look = async (): Promise<void> => {
    if (ended || asking !== undefined || !visibility.visible()) return;
    cancelTimer();
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

  const giveUp = (): void => {
    asking?.abort();
    asking = undefined;
  };

  const stopListening = visibility.subscribe(() => {
    cancelTimer();
    if (visibility.visible()) void look();
    else giveUp();
  });

  const end = (): void => {
    ended = true;
    cancelTimer();
    giveUp();
    stopListening();
  };

  next(firstWaitMs);
  return {
    look: () => void look(),
    lookAgain: () => {
      if (asking === undefined) return;
      giveUp();
      void look();
    },
    end,
  };
};
