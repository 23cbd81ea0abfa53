import type { BusOptions, Listening, ListenOptions, MessageBus } from './message-bus.ts';
import { openMessageBus } from './open.ts';

/** For a process that only listens. */
export interface EventListener {
  /** As that of a MessageBus. @throws BUS_UNAVAILABLE while the broker is away; the next call tries again. */
  listen(options: ListenOptions): Promise<Listening>;
  close(): Promise<void>;
}

/** Opens the bus, and loads what its broker needs, when somebody first listens: until then a broker that is away troubles nobody. */
export const createEventListener = (options: Omit<BusOptions, 'subscriptions'>): EventListener => {
  let opening: Promise<MessageBus> | undefined;
  const open = (): Promise<MessageBus> => {
    const current = opening ?? openMessageBus({ ...options, subscriptions: {} });
    opening = current;
    current.catch(() => {
      if (opening === current) opening = undefined;
    });
    return current;
  };
  return {
    listen: async (listenOptions) => (await open()).listen(listenOptions),
    close: async () => {
      const bus = await opening?.catch(() => undefined);
      await bus?.close();
    },
  };
};
