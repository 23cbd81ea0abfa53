import { performance } from 'node:perf_hooks';

/** What waits no longer than until a moment. */
export interface Timed {
  /** In `performance.now()` milliseconds. */
  readonly deadline: number;
  /** Called at most once, when that has passed. */
  onDeadline(): void;
}

/**
 * One timer for many that hardly ever wait until their end: it is set for the earliest deadline, and left as it is when what waited for that is done.
 * It keeps no process alive.
 */
export class DeadlineTimer {
  readonly #waiting = new Set<Timed>();
  #timer: NodeJS.Timeout | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;

  add(timed: Timed): void {
    this.#waiting.add(timed);
    if (timed.deadline < this.#wakesAt) this.#wakeAt(timed.deadline);
  }

  delete(timed: Timed): void {
    this.#waiting.delete(timed);
  }

  #wakeAt(deadline: number): void {
    clearTimeout(this.#timer);
    this.#wakesAt = deadline;
    this.#timer = setTimeout(() => this.#wake(), Math.max(1, Math.ceil(deadline - performance.now()))).unref();
  }

  #wake(): void {
    this.#wakesAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    const due: Timed[] = [];
    for (const timed of this.#waiting) {
      // What is no number ends at once, and holds up none of the others.
      if (!(timed.deadline > now)) due.push(timed);
      else next = Math.min(next, timed.deadline);
    }
    if (next < Number.POSITIVE_INFINITY) this.#wakeAt(next);
    for (const timed of due) if (this.#waiting.delete(timed)) timed.onDeadline();
  }
}
