import { setTimeout as sleep } from 'node:timers/promises';
import { afterFailure, type Outcome, runAttempt } from '../attempt.ts';
import { settledWithin } from '../deadline.ts';
import { type DeadLetter, type Handler, MAX_ATTEMPTS } from '../message-bus.ts';
import { parseEnvelope } from '../parse-envelope.ts';
import { type Committed, createKafkaCommits, signature } from './kafka-commits.ts';
import { createKafkaWindow, type HeldMessage, type KafkaWindow, type Progress } from './kafka-window.ts';

/** A message as it was fetched. */
export interface FetchedMessage {
  offset: string;
  value: Buffer | null;
}

export interface KafkaWorkerOptions {
  handle: Handler;
  types: ReadonlySet<string>;
  concurrency: number;
  retryDelayMs: number;
  commit(progress: ReadonlyMap<number, Progress>): Promise<void>;
  park(letter: DeadLetter): Promise<void>;
  onError(error: unknown, what: string): void;
}

/** A partition that this process reads. */
interface Assigned extends Committed {
  window: KafkaWindow;
  /** Aborted when the partition was taken away, or at the end of a drain. */
  over: AbortController;
  onRoom: (() => void) | undefined;
}

const ROOM_WAIT_MS = 250;
const READY_WAIT_MS = 1_000;
const AGAIN_MS = 1_000;
/** Attempts begun by processes before this one. */
const ALONE_FROM = 2;
/** Together well under the session time-out of the consumer. */
const HOLD_MS = 3_000;
const HOLD_COMMIT_MS = 1_000;

/** Handles the messages of the partitions it is given, and commits how far it is. Knows nothing of connections. */
export const createKafkaWorker = ({ handle, types, concurrency, retryDelayMs, commit, park, onError }: KafkaWorkerOptions) => {
  const partitions = new Map<number, Assigned>();
  const runs = new Set<Promise<void>>();
  let generation = 0;
  let turn = 0;
  let isDraining = false;
  // Nothing begins and nothing is committed between an assignment and the answer of how far its partitions are.
  let isReady = false;
  let ready: Promise<void> = Promise.resolve();
  let hold: { isOver: boolean } | undefined;

  const commits = createKafkaCommits({ partitions, commit, isReady: () => isReady, onError });

  const attempt = async (message: HeldMessage, signal: AbortSignal): Promise<Outcome> =>
    message.attempt > MAX_ATTEMPTS
      ? afterFailure(new Error(`its consumer died ${MAX_ATTEMPTS} times`), MAX_ATTEMPTS, retryDelayMs)
      : runAttempt(handle, { envelope: message.envelope, attempt: message.attempt, signal }, retryDelayMs);

  const parkNow = async ({ envelope, attempt: attempts }: HeldMessage, reason: string, signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      try {
        return await park({ envelope, attempts: Math.min(attempts, MAX_ATTEMPTS), reason });
      } catch (error) {
        onError(error, 'parking');
        await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  };

  const retryLater = async ({ window, over: { signal } }: Assigned, message: HeldMessage, afterMs: number): Promise<void> => {
    window.failed(message);
    await sleep(afterMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    window.release(message);
    pump();
  };

  const tellRoom = (assigned: Assigned): void => {
    const tell = assigned.onRoom;
    assigned.onRoom = undefined;
    tell?.();
  };

  const settle = async (assigned: Assigned, message: HeldMessage, outcome: Outcome): Promise<void> => {
    const { window, over } = assigned;
    if (outcome.kind === 'retry') return void retryLater(assigned, message, outcome.afterMs);
    if (outcome.kind === 'park') await parkNow(message, outcome.reason, over.signal);
    if (over.signal.aborted) return;
    window.done(message);
    if (window.hasRoom()) tellRoom(assigned);
  };

  const begin = async (assigned: Assigned, message: HeldMessage): Promise<void> => {
    const { signal } = assigned.over;
    if (signal.aborted || isDraining) return assigned.window.release(message);
    assigned.window.begin(message);
    if (assigned.window.isSuspect(message)) await commits.now();
    if (signal.aborted || isDraining) return;
    const outcome = await attempt(message, signal);
    if (!signal.aborted) await settle(assigned, message, outcome);
  };

  let lastAlone: Promise<void> = Promise.resolve();
  /** One of those whose processes died again and again is why: each runs when no other of them does, so that only one is counted. */
  const beginAlone = (assigned: Assigned, message: HeldMessage): Promise<void> => {
    lastAlone = lastAlone.then(() => begin(assigned, message)).then(() => commits.now());
    return lastAlone;
  };

  const mayBegin = (): boolean => isReady && !isDraining && hold === undefined;

  const start = (assigned: Assigned, message: HeldMessage): void => {
    const running = (message.inherited < ALONE_FROM ? begin(assigned, message) : beginAlone(assigned, message)).finally(() => {
      runs.delete(running);
      pump();
    });
    runs.add(running);
  };

  /** Begins one attempt, of each partition in turn. */
  const beginNext = (): boolean => {
    const all = [...partitions.values()];
    for (let step = 0; step < all.length; step++) {
      const assigned = all[turn++ % all.length] as Assigned;
      const message = assigned.window.take();
      if (message === undefined) continue;
      start(assigned, message);
      return true;
    }
    return false;
  };

  const pump = (): void => {
    while (runs.size < concurrency && mayBegin() && beginNext());
  };

  const abandon = (partition: number): void => {
    const assigned = partitions.get(partition);
    partitions.delete(partition);
    assigned?.over.abort(new Error('another process handles this message'));
    if (assigned !== undefined) tellRoom(assigned);
  };

  const takeOver = (partition: number, progress: Progress): void => {
    const held = partitions.get(partition);
    const stored = signature(progress);
    if (held?.written.has(stored)) return;
    abandon(partition);
    const window = createKafkaWindow(progress);
    partitions.set(partition, { window, over: new AbortController(), written: new Set([stored]), confirmed: stored, onRoom: undefined });
  };

  const waitForRoom = async (assigned: Assigned): Promise<boolean> => {
    if (assigned.window.hasRoom()) return true;
    const { promise, resolve } = Promise.withResolvers<void>();
    assigned.onRoom = resolve;
    await settledWithin(ROOM_WAIT_MS, promise);
    assigned.onRoom = undefined;
    return assigned.window.hasRoom();
  };

  const offer = (assigned: Assigned, { offset, value }: FetchedMessage): void => {
    assigned.window.offer(Number(offset), wanted(value), value?.length ?? 0);
    pump();
  };

  const wanted = (value: Buffer | null) => {
    const envelope = parseEnvelope(String(value));
    if (envelope === undefined) onError(new Error('a message that is no event was passed over'), 'consuming');
    return envelope !== undefined && types.has(envelope.type) ? envelope : undefined;
  };

  const takeIn = async (
    assigned: Assigned,
    messages: readonly FetchedMessage[],
    onTaken: (offset: string) => void,
    pause: () => () => void,
  ): Promise<void> => {
    for (const message of messages) {
      const hasRoom = await waitForRoom(assigned);
      if (assigned.over.signal.aborted || isDraining) return;
      if (!hasRoom) {
        assigned.onRoom = pause();
        return;
      }
      offer(assigned, message);
      onTaken(message.offset);
    }
  };

  return {
    owned: (): number[] => [...partitions.keys()],
    /** `load` tells how far the group is with the partitions; it keeps trying. */
    assign: (assignment: readonly number[], load: (isCurrent: () => boolean) => Promise<ReadonlyMap<number, Progress>>): void => {
      const current = ++generation;
      const isCurrent = (): boolean => current === generation && !isDraining;
      isReady = false;
      for (const partition of partitions.keys()) if (!assignment.includes(partition)) abandon(partition);
      ready = load(isCurrent).then((stored) => {
        if (!isCurrent()) return;
        for (const partition of assignment) takeOver(partition, stored.get(partition) ?? { offset: -1, marks: '' });
        isReady = true;
        hold = undefined;
        pump();
      });
    },
    /** Takes in what there is room for. `pause` stops the fetching of the partition until what it returns is called. */
    take: async (
      partition: number,
      messages: readonly FetchedMessage[],
      onTaken: (offset: string) => void,
      pause: () => () => void,
    ): Promise<void> => {
      await settledWithin(READY_WAIT_MS, ready);
      const assigned = isReady ? partitions.get(partition) : undefined;
      if (assigned !== undefined) await takeIn(assigned, messages, onTaken, pause);
    },
    /** Before the group shares its partitions out anew: begins nothing more, and is ready when all has ended or taken too long. */
    mayJoin: (): boolean => {
      if (partitions.size === 0) return true;
      if (hold === undefined) {
        const begun = { isOver: false };
        hold = begun;
        void settledWithin(HOLD_MS, Promise.all(runs))
          .then(() => settledWithin(HOLD_COMMIT_MS, commits.now()))
          .then(() => {
            begun.isOver = true;
          });
      }
      return hold.isOver;
    },
    drain: async (deadlineMs: number): Promise<void> => {
      isDraining = true;
      await settledWithin(deadlineMs, Promise.all(runs));
      await commits.close();
      for (const { over } of partitions.values()) over.abort(new Error('the process is stopping'));
    },
  };
};
