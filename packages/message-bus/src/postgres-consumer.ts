import { setTimeout as sleep } from 'node:timers/promises';
import { afterFailure, runAttempt } from './attempt.ts';
import { type BusOptions, DEFAULT_CONCURRENCY, DEFAULT_RETRY_DELAY_MS, DEFAULT_VISIBILITY_MS, type Handler, MAX_ATTEMPTS } from './message-bus.ts';
import type { PostgresQueue, TakenMessage } from './postgres-queue.ts';

interface ConsumerOptions {
  queue: PostgresQueue;
  group: string;
  handle: Handler;
  concurrency: number | undefined;
  options: Pick<BusOptions, 'retryDelayMs' | 'visibilityMs'>;
  onError: (error: unknown, what: string) => void;
}

const IDLE_LOOK_MS = 500;
const AFTER_ERROR_MS = 1_000;

/** Takes messages of one group while fewer than `concurrency` handlers run. Finished ones are acknowledged together. */
export const createPostgresConsumer = ({ queue, group, handle, concurrency = DEFAULT_CONCURRENCY, options, onError }: ConsumerOptions) => {
  const { retryDelayMs = DEFAULT_RETRY_DELAY_MS, visibilityMs = DEFAULT_VISIBILITY_MS } = options;
  const abort = new AbortController();
  const running = new Map<string, Promise<void>>();
  const finished: string[] = [];
  let isDraining = false;
  let wakeUp: () => void = () => undefined;
  let flushing: Promise<void> | undefined;

  const guarded = (work: Promise<void>, what: string): Promise<void> => work.catch((error: unknown) => onError(error, what));

  /** One statement for all that finished while the one before was under way. */
  const flush = (): Promise<void> => {
    flushing ??= (async () => {
      while (finished.length > 0) await guarded(queue.finish(finished.splice(0)), `acknowledging messages of ${group}`);
      flushing = undefined;
      wakeUp();
    })();
    return flushing;
  };

  const settle = async (message: TakenMessage): Promise<void> => {
    const isSpent = message.attempt > MAX_ATTEMPTS;
    const outcome = isSpent
      ? afterFailure(new Error(`its consumer died ${MAX_ATTEMPTS} times`), MAX_ATTEMPTS, retryDelayMs)
      : await runAttempt(handle, { envelope: message.envelope, attempt: message.attempt, signal: abort.signal }, retryDelayMs);
    if (outcome.kind === 'done') {
      finished.push(message.id);
      await flush();
    } else if (outcome.kind === 'retry') await guarded(queue.retry(message.id, outcome.afterMs), `putting back a message of ${group}`);
    else await guarded(queue.park(message.id, outcome.reason), `parking a message of ${group}`);
  };

  const begin = (message: TakenMessage): void => {
    const work = settle(message).finally(() => {
      running.delete(message.id);
      wakeUp();
    });
    running.set(message.id, work);
  };

  const wait = async (milliseconds: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    wakeUp = resolve;
    const timer = setTimeout(resolve, milliseconds);
    await promise;
    clearTimeout(timer);
  };

  const look = async (): Promise<void> => {
    const free = concurrency - running.size;
    if (free <= 0) return wait(IDLE_LOOK_MS);
    const taken = await queue.take(group, free, visibilityMs);
    if (isDraining) return taken.length === 0 ? undefined : queue.giveBack(taken.map(({ id }) => id));
    for (const message of taken) begin(message);
    if (taken.length < free) await wait(IDLE_LOOK_MS);
  };

  const consume = async (): Promise<void> => {
    while (!isDraining) {
      try {
        await look();
      } catch (error) {
        onError(error, `taking messages of ${group}`);
        await wait(AFTER_ERROR_MS);
      }
    }
  };

  const heartbeat = setInterval(() => {
    if (running.size > 0) void guarded(queue.extend([...running.keys()], visibilityMs), `keeping messages of ${group}`);
  }, visibilityMs / 3);
  const consuming = consume();

  return {
    wake: (): void => wakeUp(),
    drain: async (deadlineMs: number): Promise<void> => {
      isDraining = true;
      wakeUp();
      await consuming;
      await Promise.race([Promise.all(running.values()), sleep(deadlineMs, undefined, { ref: false })]);
      await flush();
      clearInterval(heartbeat);
      abort.abort(new Error('the process is stopping'));
      if (running.size > 0) await guarded(queue.giveBack([...running.keys()]), `giving back messages of ${group}`);
    },
  };
};
