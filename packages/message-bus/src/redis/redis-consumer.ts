import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { afterFailure, type Outcome, runAttempt } from '../attempt.ts';
import { settledWithin } from '../deadline.ts';
import { type Handler, MAX_ATTEMPTS } from '../message-bus.ts';
import { parseEnvelope } from '../parse-envelope.ts';
import type { RedisQueue, TakenEntry } from './redis-queue.ts';

export interface RedisConsumerOptions {
  queue: RedisQueue;
  /** A connection of its own: reads block it. */
  reader: Redis;
  group: string;
  handle: Handler;
  concurrency: number;
  retryDelayMs: number;
  visibilityMs: number;
  onError: (error: unknown, what: string) => void;
}

const BLOCK_MS = 500;
const AFTER_ERROR_MS = 500;

const isGroupMissing = (error: unknown): boolean => error instanceof Error && error.message.includes('NOGROUP');

/** Takes a group's messages while fewer than `concurrency` handlers run. Finished ones are acknowledged together. */
export const startRedisConsumer = (options: RedisConsumerOptions): { drain(deadlineMs: number): Promise<void> } => {
  const { queue, reader, group, handle, concurrency, retryDelayMs, visibilityMs, onError } = options;
  const lookEveryMs = Math.round(Math.min(visibilityMs / 4, retryDelayMs, 1_000));
  const abort = new AbortController();
  const running = new Map<string, Promise<void>>();
  const finished: string[] = [];
  let isDraining = false;
  let flushing: Promise<void> | undefined;
  let nextLook = 0;
  let freed = Promise.withResolvers<void>();

  const guarded = (work: Promise<void>, what: string): Promise<void> => work.catch((error: unknown) => onError(error, what));

  /** One round trip for all that finished while the one before was under way. */
  const flush = (): Promise<void> => {
    flushing ??= (async () => {
      while (finished.length > 0) await guarded(queue.finish(finished.splice(0)), `acknowledging messages of ${group}`);
      flushing = undefined;
    })();
    return flushing;
  };

  const attempt = async ({ json, attempt: number }: TakenEntry): Promise<Outcome> => {
    const envelope = parseEnvelope(json);
    if (envelope === undefined) return { kind: 'park', reason: 'not an event' };
    if (number > MAX_ATTEMPTS) return afterFailure(new Error(`its consumer died, ${MAX_ATTEMPTS} attempts were made`), MAX_ATTEMPTS, retryDelayMs);
    return runAttempt(handle, { envelope, attempt: number, signal: abort.signal }, retryDelayMs);
  };

  const settle = async (entry: TakenEntry): Promise<void> => {
    const outcome = await attempt(entry);
    if (outcome.kind === 'retry') await guarded(queue.retry(entry, outcome.afterMs), `putting back a message of ${group}`);
    else if (outcome.kind === 'park')
      await guarded(queue.park(entry, Math.min(entry.attempt, MAX_ATTEMPTS), outcome.reason), `parking a message of ${group}`);
    else {
      finished.push(entry.id);
      await flush();
    }
  };

  const begin = (entry: TakenEntry): void => {
    const work = settle(entry).finally(() => {
      running.delete(entry.id);
      freed.resolve();
    });
    running.set(entry.id, work);
  };

  const beginAll = async (entries: readonly TakenEntry[]): Promise<void> => {
    // One of ours can look left behind when this process was too busy to say that it lives.
    if (!isDraining) for (const entry of entries.filter(({ id }) => !running.has(id))) begin(entry);
    else if (entries.length > 0) {
      const ids = entries.map(({ id }) => id);
      await guarded(queue.giveBack(ids, false), `giving back messages of ${group}`);
    }
  };

  /** Looks, now and then, for what is due again and for what others left behind. */
  const lookBehind = async (free: number): Promise<number> => {
    if (performance.now() < nextLook) return 0;
    nextLook = performance.now() + lookEveryMs;
    await queue.promote();
    const left = await queue.takeOver(free);
    await beginAll(left);
    return left.length;
  };

  const look = async (): Promise<void> => {
    const free = concurrency - running.size;
    if (free <= 0) {
      freed = Promise.withResolvers();
      return freed.promise;
    }
    const places = free - (await lookBehind(free));
    if (places > 0) await beginAll(await queue.take(reader, places, Math.min(BLOCK_MS, lookEveryMs)));
  };

  const recover = async (error: unknown): Promise<void> => {
    // Of a lost connection its owner tells.
    if (reader.status === 'ready') onError(error, `taking messages of ${group}`);
    // The server lost its data, or somebody deleted the stream.
    if (isGroupMissing(error)) await guarded(queue.prepare(), `preparing the stream of ${group}`);
    await sleep(AFTER_ERROR_MS, undefined, { ref: false });
  };

  const consume = async (): Promise<void> => {
    while (!isDraining) await look().catch(recover);
  };

  const heartbeat = setInterval(() => {
    if (running.size > 0) void guarded(queue.extend([...running.keys()]), `keeping messages of ${group}`);
  }, visibilityMs / 3);
  const consuming = consume();

  return {
    drain: async (deadlineMs) => {
      const deadline = performance.now() + deadlineMs;
      isDraining = true;
      freed.resolve();
      await settledWithin(Math.max(deadlineMs, BLOCK_MS), consuming);
      await settledWithin(deadline - performance.now(), Promise.all(running.values()));
      clearInterval(heartbeat);
      abort.abort(new Error('the process is stopping'));
      if (running.size > 0) await guarded(queue.giveBack([...running.keys()], true), `giving back messages of ${group}`);
      await guarded(queue.leave(), `leaving ${group}`);
    },
  };
};
