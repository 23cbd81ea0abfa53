import type { Envelope } from '@supergraph/events/envelope';

/** What a broker honestly can and cannot do; the contract suite asks for what is declared here. */
export interface Capabilities {
  /** A published message outlives a crash of the broker. */
  durable: boolean;
  /** A group that is not running gets, later, what was published meanwhile. */
  keepsForAbsent: boolean;
  /** Messages with the same subject reach a group's handlers one after the other, in the order they were published. */
  orderPerSubject: boolean;
  /** A message that waits for its retry holds back later ones of the same subject. */
  retryBlocksSubject: boolean;
  /** A failed or lost delivery is tried again, at most MAX_ATTEMPTS times, and then parked. */
  redelivers: boolean;
}

/** One attempt to have a message handled. */
export interface Delivery {
  envelope: Envelope;
  /** 1 for the first. Counted across crashes where the broker redelivers. */
  attempt: number;
  /** Aborted when the bus gives up waiting for the handler, at the end of a drain. */
  signal: AbortSignal;
}

/**
 * Resolves: done, the message is acknowledged. Throws ParkMessage: it can never be handled, park it now. Throws anything
 * else: try again later. May run as long as it likes: the message stays its own while it runs.
 */
export type Handler = (delivery: Delivery) => Promise<void>;

/** Thrown by a handler when trying again cannot help; the message goes to the dead letters with this reason. */
export class ParkMessage extends Error {
  constructor(reason: string, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause });
    this.name = 'ParkMessage';
  }
}

export interface SubscribeOptions {
  /** One of the bus's groups. Processes that subscribe with the same group share its messages. */
  group: string;
  handle: Handler;
  /** How many messages may be handled at a time in this process; default 16. Bounds what is held in memory. */
  concurrency?: number;
}

export interface Subscription {
  /** Takes no new messages, waits for running handlers up to `deadlineMs`, then gives the rest back. */
  drain(deadlineMs?: number): Promise<void>;
}

/** A message that was given up. */
export interface DeadLetter {
  envelope: Envelope;
  attempts: number;
  reason: string;
}

export interface ListenOptions {
  /** Only events of these types; also of types that no group wants. */
  types: readonly string[];
  /** Told of each event at least once (twice where a publisher repeats itself), as a rule in the order of its subject. Synchronous and quick: the connection waits for it. What it throws goes to `onError`. */
  handle: (envelope: Envelope) => void;
  /**
   * Told when events may have been missed: once when listening breaks off, and once more when it goes on, for those who came in
   * between. Must not throw.
   */
  onInterrupted: (reason: string) => void;
}

/** Events as they happen. It mends itself when it is interrupted, until it is closed. */
export interface Listening {
  /** True while nothing arrives, because the broker is away. */
  isInterrupted(): boolean;
  /** `handle` and `onInterrupted` are not called any more, from now on. Leaves nothing on the broker. */
  close(): Promise<void>;
}

/**
 * Messages from publishers to groups, at least once. Every implementation passes one contract suite
 * (`message-bus.contract.ts`), apart from what its capabilities exclude.
 */
export interface MessageBus {
  readonly capabilities: Capabilities;
  /**
   * Resolves when the broker holds every message for every group that wants it; rejects (BUS_UNAVAILABLE) when that is not
   * certain: publish again, with the same ids. At most MAX_EVENT_BYTES each.
   */
  publish(envelopes: readonly Envelope[]): Promise<void>;
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  /**
   * Broadcast: every listener gets every event whose publishing began after this resolved, while it is not interrupted. Nothing
   * is acknowledged, tried again or kept, and neither publishers nor groups wait for a listener. Needs no group: a process that
   * only listens opens the bus with none.
   * @throws BUS_UNAVAILABLE
   */
  listen(options: ListenOptions): Promise<Listening>;
  /** The oldest dead letters of a group, at most `limit`; they stay where they are. */
  deadLetters(group: string, limit: number): Promise<DeadLetter[]>;
  /** Answers what is wrong with the connection, or nothing. */
  readiness(): Promise<string | undefined>;
  /** Drains every subscription, ends every listening, then lets go of the connection. */
  close(): Promise<void>;
}

/** What every adapter is opened with. */
export interface BusOptions {
  /** For instance `amqp://127.0.0.1:5672`. */
  url: string;
  /** Which types each group gets (`packages/events/src/subscriptions.ts`). Types that no group wants are dropped. */
  subscriptions: Readonly<Record<string, readonly string[]>>;
  /** Prefix of everything made on the broker, so that systems and test runs do not meet; default `supergraph`. Letters, digits and hyphens. */
  namespace?: string;
  /** Told of what goes wrong and is tried again; never throws. */
  onError?: (error: unknown, what: string) => void;
  /** First wait before a retry, in milliseconds; doubled each time, half of it random. Default 1000; tests take less. */
  retryDelayMs?: number;
  /** How long a message may stay silent with a process before others get it, in milliseconds; default 30000. Running handlers extend it. */
  visibilityMs?: number;
}

/** A message is delivered this often at most; then it is a dead letter. */
export const MAX_ATTEMPTS = 5;
export const DEFAULT_NAMESPACE = 'supergraph';
export const DEFAULT_CONCURRENCY = 16;
export const DEFAULT_RETRY_DELAY_MS = 1_000;
export const DEFAULT_VISIBILITY_MS = 30_000;
export const DEFAULT_DRAIN_MS = 3_000;

/** Milliseconds to wait after attempt number `attempt` failed: doubled each time, at most a minute, half of it random. */
export const retryDelay = (attempt: number, firstMs: number, random: () => number = Math.random): number => {
  const full = Math.min(firstMs * 2 ** (attempt - 1), 60_000);
  return Math.round(full / 2 + (random() * full) / 2);
};
