import { performance } from 'node:perf_hooks';
import type { DeadlineTimer, Timed } from './deadline-timer.ts';
import { SubgraphFailure } from './subgraph-failure.ts';

type GiveUp = (failure: SubgraphFailure) => void;

const isTimeout = (reason: unknown): boolean => reason instanceof Error && reason.name === 'TimeoutError';

/**
 * One fetch from queue to answer, retries included. It ends when its time is up or when nobody waits for it any more,
 * whatever it waits for at that moment.
 */
export class SubgraphCall implements Timed {
  readonly deadline: number;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: DeadlineTimer;
  readonly #onAbort = (): void => this.#end(this.#aborted());
  #giveUp: GiveUp | undefined;
  #failure: SubgraphFailure | undefined;

  /** @param deadline in `performance.now()` milliseconds. */
  constructor(deadline: number, signal: AbortSignal | undefined, timer: DeadlineTimer) {
    this.deadline = deadline;
    this.#signal = signal;
    this.#timer = timer;
    if (signal?.aborted) this.#onAbort();
    else if (this.remainingMs() <= 0) this.#end(new SubgraphFailure('SUBGRAPH_TIMEOUT', 'the deadline had passed before anything was sent'));
    else {
      timer.add(this);
      signal?.addEventListener('abort', this.#onAbort);
    }
  }

  onDeadline(): void {
    this.#end(new SubgraphFailure('SUBGRAPH_TIMEOUT', 'no answer by the deadline'));
  }

  /** Why it is over, if it is. */
  get failure(): SubgraphFailure | undefined {
    return this.#failure;
  }

  remainingMs(): number {
    return this.deadline - performance.now();
  }

  /** Waits for what `start` begins. @param start returns how to give it up. */
  until<Result>(start: (resolve: (result: Result) => void, reject: (error: unknown) => void) => GiveUp): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#failure === undefined) this.#giveUp = start(resolve, reject);
      else reject(this.#failure);
    });
  }

  pause(ms: number): Promise<void> {
    return this.until((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      return (failure) => {
        clearTimeout(timer);
        reject(failure);
      };
    });
  }

  close(): void {
    this.#timer.delete(this);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#giveUp = undefined;
  }

  #end(failure: SubgraphFailure): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    this.#giveUp?.(failure);
  }

  #aborted(): SubgraphFailure {
    const cause: unknown = this.#signal?.reason;
    return isTimeout(cause)
      ? new SubgraphFailure('SUBGRAPH_TIMEOUT', 'the time of the whole request is up', { cause })
      : new SubgraphFailure('SUBGRAPH_UNAVAILABLE', 'given up, as nobody waits for the answer', { abandoned: true, cause });
  }
}
