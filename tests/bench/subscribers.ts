import { setTimeout as sleep } from 'node:timers/promises';
import { openStream, type StreamKind, type StreamResult } from '../stream-client.ts';
import { now } from './subscriptions-plan.ts';

/** Subscriptions, each over a connection of its own. */
export interface Subscribers {
  /** Resolves when the server has taken it. */
  open(kind: StreamKind, number: string): Promise<void>;
  /** What came, in order. */
  received: readonly Received[];
  /** Why subscriptions ended, unless by `close`. */
  ended: readonly string[];
  size(): number;
  close(): void;
}

export interface Received {
  kind: StreamKind;
  /** Who asked. */
  number: string;
  /** The order that came, when it came whole. */
  order: string | undefined;
  at: number;
}

const OPEN_DEADLINE_MS = 30_000;

const orderIn = ({ data, errors }: StreamResult): string | undefined =>
  errors === undefined ? (data?.['order'] as { number: string } | undefined)?.number : undefined;

export const createSubscribers = (url: string, query: string, token: string): Subscribers => {
  const received: Received[] = [];
  const ended: string[] = [];
  const closes: (() => void)[] = [];
  return {
    open: async (kind, number) => {
      const { opened, close } = openStream(
        kind,
        { url, query, variables: { number }, token },
        {
          onNext: (result) => void received.push({ kind, number, order: orderIn(result), at: now() }),
          onEnd: (reason) => void ended.push(`${kind} ${number}: ${reason}`),
        },
      );
      closes.push(close);
      const late = sleep(OPEN_DEADLINE_MS, undefined, { ref: false }).then(() => {
        throw new Error(`${kind}: not opened within ${OPEN_DEADLINE_MS} ms`);
      });
      await Promise.race([opened, late]);
    },
    received,
    ended,
    size: () => closes.length - ended.length,
    close: () => {
      for (const close of closes) close();
    },
  };
};
