import type { EventListening, EventSource, GraphEvent } from './event-source.ts';
import { eventsUnavailable } from './subscription-errors.ts';

export interface EventSubscriber {
  /** Synchronous and quick; must not throw. */
  onEvent(event: GraphEvent): void;
  onInterrupted(reason: string): void;
}

export interface EventInterest {
  types: readonly string[];
  /** Of those types all events when left out. */
  subject: string | undefined;
}

/** Who is concerned by which event. */
export interface EventIndex {
  /** Resolves when no event from then on is missed. @returns how to end it. @throws EVENTS_UNAVAILABLE */
  subscribe(interest: EventInterest, subscriber: EventSubscriber): Promise<() => void>;
  close(): Promise<void>;
}

type Subscribers = Set<EventSubscriber>;

/** One for each set of types that somebody is interested in. */
interface Listener {
  listening: Promise<EventListening>;
  bySubject: Map<string, Subscribers>;
  ofAll: Subscribers;
  /** All that are subscribed. */
  size: number;
  closing: NodeJS.Timeout | undefined;
}

export interface EventIndexOptions {
  source: EventSource;
  /** How long it listens on when nobody is subscribed any more. */
  lingerMs?: number;
  onError: (error: unknown) => void;
}

const LINGER_MS = 5_000;

/** One listener on the bus for each set of types, whoever many subscribe; an event costs what those cost whom it concerns. */
export const createEventIndex = ({ source, lingerMs = LINGER_MS, onError }: EventIndexOptions): EventIndex => {
  const listeners = new Map<string, Listener>();
  const ending = new Set<Promise<void>>();

  const stop = (key: string, listener: Listener): void => {
    clearTimeout(listener.closing);
    if (listeners.get(key) === listener) listeners.delete(key);
    const ended = listener.listening
      .then((listening) => listening.close())
      .catch(onError)
      .finally(() => ending.delete(ended));
    ending.add(ended);
  };

  const begin = (key: string, types: readonly string[]): Listener => {
    const bySubject = new Map<string, Subscribers>();
    const ofAll: Subscribers = new Set();
    const handle = (event: GraphEvent): void => {
      for (const subscriber of bySubject.get(event.subject) ?? []) subscriber.onEvent(event);
      for (const subscriber of ofAll) subscriber.onEvent(event);
    };
    const onInterrupted = (reason: string): void => {
      for (const subscribers of [...bySubject.values(), ofAll]) for (const subscriber of [...subscribers]) subscriber.onInterrupted(reason);
    };
    const listening = Promise.resolve().then(() => source.listen({ types, handle, onInterrupted }));
    const listener: Listener = { listening, bySubject, ofAll, size: 0, closing: undefined };
    listeners.set(key, listener);
    listening.catch(() => {
      if (listeners.get(key) === listener) listeners.delete(key);
    });
    return listener;
  };

  const add = (listener: Listener, subject: string | undefined, subscriber: EventSubscriber): void => {
    clearTimeout(listener.closing);
    listener.size += 1;
    if (subject === undefined) listener.ofAll.add(subscriber);
    else {
      const known = listener.bySubject.get(subject);
      if (known === undefined) listener.bySubject.set(subject, new Set([subscriber]));
      else known.add(subscriber);
    }
  };

  const remove = (key: string, listener: Listener, subject: string | undefined, subscriber: EventSubscriber): void => {
    const subscribers = subject === undefined ? listener.ofAll : listener.bySubject.get(subject);
    if (subscribers?.delete(subscriber) !== true) return;
    if (subject !== undefined && subscribers.size === 0) listener.bySubject.delete(subject);
    listener.size -= 1;
    if (listener.size > 0) return;
    listener.closing = setTimeout(() => stop(key, listener), lingerMs).unref();
  };

  return {
    subscribe: async ({ types, subject }, subscriber) => {
      const sorted = [...new Set(types)].toSorted();
      const key = JSON.stringify(sorted);
      const listener = listeners.get(key) ?? begin(key, sorted);
      add(listener, subject, subscriber);
      const end = (): void => remove(key, listener, subject, subscriber);
      try {
        if ((await listener.listening).isInterrupted()) throw new Error('the connection to the bus is interrupted');
      } catch (error) {
        end();
        throw eventsUnavailable(error);
      }
      return end;
    },
    close: async () => {
      for (const [key, listener] of listeners) stop(key, listener);
      await Promise.all(ending);
    },
  };
};
