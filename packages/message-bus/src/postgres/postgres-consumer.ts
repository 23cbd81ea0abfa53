import { setTimeout as sleep } from 'node:timers/promises';
import { createAlarm } from '@supergraph/service/alarm';
import { afterFailure, runAttempt } from '../attempt.ts';
import { type BusOptions, DEFAULT_CONCURRENCY, DEFAULT_RETRY_DELAY_MS, DEFAULT_VISIBILITY_MS, type Handler, MAX_ATTEMPTS } from '../message-bus.ts';
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
/** Makes a look worth its while where messages are handled quickly. */
const LOOK_EVERY_MS = 1;
const AFTER_ERROR_MS = 1_000;

/** Takes messages of one group while fewer than `concurrency` handlers run. Finished ones are acknowledged together. */
export const createPostgresConsumer = ({ queue, group, handle, concurrency = DEFAULT_CONCURRENCY, options, onError }: ConsumerOptions) => {
  const { retryDelayMs = DEFAULT_RETRY_DELAY_MS, visibilityMs = DEFAULT_VISIBILITY_MS } = options;
  const abort = new AbortController();
  const running = new Map<string, Promise<void>>();
  const finished: string[] = [];
  const alarm = createAlarm();
  let isDraining = false;

  const guarded = (work: Promise<void>, what: string): Promise<void> => work.catch((error: unknown) => onError(error, what));

  const settle = async (message: TakenMessage): Promise<void> => {
    const isSpent = message.attempt > MAX_ATTEMPTS;
    const outcome = isSpent
      ? afterFailure(new Error(`its consumer died ${MAX_ATTEMPTS} times`), MAX_ATTEMPTS, retryDelayMs)
      : await runAttempt(handle, { envelope: message.envelope, attempt: message.attempt, signal: abort.signal }, retryDelayMs);
    if (outcome.kind === 'done') finished.push(message.id);
    else if (outcome.kind === 'retry') await guarded(queue.retry(message.id, outcome.afterMs), `putting back a message of ${group}`);
    else await guarded(queue.park(message.id, outcome.reason), `parking a message of ${group}`);
  };

  const begin = (message: TakenMessage): void => {
    const work = settle(message).finally(() => {
      running.delete(message.id);
      alarm.ring();
    });
    running.set(message.id, work);
  };

  /** One statement for all that finished since the one before, and for all that can begin in their place. */
  const exchange = async (free: number): Promise<TakenMessage[]> => {
    const done = finished.splice(0);
    try {
      return await queue.take(done, group, free, visibilityMs);
    } catch (error) {
      finished.push(...done);
      throw error;
    }
  };

  const look = async (): Promise<void> => {
    const begun = performance.now();
    const free = concurrency - running.size;
    if (free <= 0) return alarm.wait(IDLE_LOOK_MS);
    const taken = await exchange(free);
    if (isDraining) return taken.length === 0 ? undefined : queue.giveBack(taken.map(({ id }) => id));
    for (const message of taken) begin(message);
    if (taken.length < free) await alarm.wait(IDLE_LOOK_MS);
    await sleep(Math.max(0, begun + LOOK_EVERY_MS - performance.now()));
  };

  const consume = async (): Promise<void> => {
    while (!isDraining) {
      try {
        await look();
      } catch (error) {
        onError(error, `taking messages of ${group}`);
        await alarm.wait(AFTER_ERROR_MS);
      }
    }
  };

  const heartbeat = setInterval(() => {
    const held = [...running.keys(), ...finished];
    if (held.length > 0) void guarded(queue.extend(held, visibilityMs), `keeping messages of ${group}`);
  }, visibilityMs / 3);
  const consuming = consume();

  return {
    wake: alarm.ring,
    drain: async (deadlineMs: number): Promise<void> => {
      isDraining = true;
      alarm.ring();
      await consuming;
      await Promise.race([Promise.all(running.values()), sleep(deadlineMs, undefined, { ref: false })]);
      if (finished.length > 0) await guarded(queue.finish(finished.splice(0)), `acknowledging messages of ${group}`);
      clearInterval(heartbeat);
      abort.abort(new Error('the process is stopping'));
      if (running.size > 0) await guarded(queue.giveBack([...running.keys()]), `giving back messages of ${group}`);
    },
  };
};
