import type { EventListener, EventSource } from '../event-source.ts';

/** A message bus in this process: whoever listens is told at once. */
export interface LocalEvents extends EventSource {
  publish(type: string, subject: string): void;
  /** Events were missed. */
  interrupt(): void;
  /** From now on, nothing can be listened to. */
  break(): void;
  listeners: Set<EventListener>;
}

export const createLocalEvents = (): LocalEvents => {
  const listeners = new Set<EventListener>();
  let published = 0;
  let isBroken = false;
  return {
    listeners,
    listen: async (listener) => {
      if (isBroken) throw new Error('the broker is away');
      listeners.add(listener);
      return { isInterrupted: () => false, close: async () => void listeners.delete(listener) };
    },
    publish: (type, subject) => {
      published += 1;
      for (const listener of listeners) if (listener.types.includes(type)) listener.handle({ id: String(published), type, subject });
    },
    interrupt: () => {
      for (const listener of listeners) listener.onInterrupted('the broker went away');
    },
    break: () => {
      isBroken = true;
    },
  };
};
