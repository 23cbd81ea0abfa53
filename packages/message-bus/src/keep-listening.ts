import { setTimeout as sleep } from 'node:timers/promises';
import type { Envelope } from '@supergraph/events/envelope';
import { messageOf } from '@supergraph/service/process';
import { settledWithin, within } from './deadline.ts';
import { busUnavailable } from './errors.ts';
import type { Listening, ListenOptions } from './message-bus.ts';

/** What an adapter is given to listen with, over one connection. Neither ever throws. */
export interface Ears {
  /** Nothing happens for what is no event, or of a type that nobody asked for. */
  hear(envelope: Envelope | undefined): void;
  /** Something may have been missed. The connection is closed and made anew. */
  lost(reason: unknown): void;
}

/**
 * Connects. Resolves when nothing is missed from then on, with what ends it; rejects having let go of everything. `signal` is
 * aborted when it has taken too long, or is not wanted any more.
 */
export type ConnectEars = (ears: Ears, signal: AbortSignal) => Promise<() => unknown>;

const CONNECT_DEADLINE_MS = 15_000;
const CLOSE_DEADLINE_MS = 2_000;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2_000;

/** Listens over connections that follow each other until it is closed. @throws BUS_UNAVAILABLE when the first fails. */
const keepListening = async (
  connect: ConnectEars,
  { types, handle, onInterrupted }: ListenOptions,
  onError: (error: unknown, what: string) => void,
): Promise<Listening> => {
  const wanted = new Set(types);
  const closing = new AbortController();
  const first = Promise.withResolvers<void>();
  let isInterrupted = false;
  let waitMs = FIRST_RETRY_MS;

  const hear: Ears['hear'] = (envelope) => {
    if (envelope === undefined || !wanted.has(envelope.type)) return;
    try {
      handle(envelope);
    } catch (error) {
      onError(error, `listening to ${envelope.type}`);
    }
  };

  const opened = (): void => {
    waitMs = FIRST_RETRY_MS;
    if (isInterrupted) onInterrupted('events may have been missed until now');
    isInterrupted = false;
    first.resolve();
  };

  const interrupted = (reason: unknown): void => {
    if (isInterrupted || closing.signal.aborted) return;
    isInterrupted = true;
    onInterrupted(messageOf(reason));
  };

  /** Resolves when the connection has ended. */
  const hearOverOne = async (): Promise<void> => {
    const over = new AbortController();
    const ended = AbortSignal.any([over.signal, closing.signal]);
    let isOpen = false;
    const ears: Ears = {
      hear: (envelope) => {
        if (!ended.aborted) hear(envelope);
      },
      lost: (reason) => {
        if (ended.aborted) return;
        over.abort(reason);
        if (isOpen) interrupted(reason);
      },
    };
    const connecting = connect(ears, ended);
    try {
      await within(CONNECT_DEADLINE_MS, 'the broker, for listening', connecting);
      isOpen = !ended.aborted;
      ended.throwIfAborted();
      opened();
      await new Promise((resolve) => ended.addEventListener('abort', resolve, { once: true }));
    } finally {
      over.abort();
      const close = connecting.then((end) => end()).catch(() => undefined);
      if (isOpen) await settledWithin(CLOSE_DEADLINE_MS, close);
    }
    if (over.signal.reason !== undefined && !closing.signal.aborted) throw over.signal.reason;
  };

  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        await hearOverOne();
      } catch (error) {
        first.reject(busUnavailable(error));
        if (!closing.signal.aborted) onError(error, 'listening to events');
      }
      await sleep(waitMs * (0.5 + Math.random() / 2), undefined, { signal: closing.signal }).catch(() => undefined);
      waitMs = Math.min(waitMs * 2, LONGEST_RETRY_MS);
    }
  };
  const running = run();
  const close = (): Promise<void> => {
    closing.abort();
    return settledWithin(CLOSE_DEADLINE_MS + CLOSE_DEADLINE_MS, running);
  };

  try {
    await first.promise;
  } catch (error) {
    await close();
    throw error;
  }
  return { isInterrupted: () => isInterrupted, close };
};

/** What listens to a bus. */
export interface Listeners {
  start(connect: ConnectEars, options: ListenOptions): Promise<Listening>;
  close(): Promise<void>;
}

export const createListeners = (onError: (error: unknown, what: string) => void): Listeners => {
  const open = new Set<Listening>();
  return {
    start: async (connect, options) => {
      const { isInterrupted, close } = await keepListening(connect, options, onError);
      const listening: Listening = {
        isInterrupted,
        close: async () => {
          open.delete(listening);
          await close();
        },
      };
      open.add(listening);
      return listening;
    },
    close: async () => void (await Promise.all([...open].map((listening) => listening.close()))),
  };
};
