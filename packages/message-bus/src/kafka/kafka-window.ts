import type { Envelope } from '@supergraph/events/envelope';
import { MAX_ATTEMPTS } from '../message-bus.ts';

/** What a group has committed for a partition: the lowest offset that is not done, and how far the ones from there on are. */
export interface Progress {
  /** -1 when nothing was committed yet. */
  offset: number;
  /** One character an offset, from `offset` on: the attempts begun, or DONE. What is left out was not begun. */
  marks: string;
}

/** A message that was fetched and is not done. */
export interface HeldMessage {
  readonly offset: number;
  readonly envelope: Envelope;
  readonly bytes: number;
  /** Attempts that were begun before the partition was ours. */
  readonly inherited: number;
  /** The attempt that runs or comes next; 1 for the first. */
  attempt: number;
}

/** The messages of one partition from the lowest that is not done. */
export interface KafkaWindow {
  hasRoom(): boolean;
  /** Takes in what was fetched; an undefined envelope is passed over. What it already knows is ignored. */
  offer(offset: number, envelope: Envelope | undefined, bytes: number): void;
  /** The oldest message whose subject is free, which is then taken; undefined when there is none. */
  take(): HeldMessage | undefined;
  /** Its attempt begins. */
  begin(message: HeldMessage): void;
  done(message: HeldMessage): void;
  /** The attempt failed: the subject stays taken until `release`. */
  failed(message: HeldMessage): void;
  release(message: HeldMessage): void;
  /** True while `message` may be one that killed the process before us: its attempt has to be committed before it runs. */
  isSuspect(message: HeldMessage): boolean;
  /** What can be committed now. `givesBack` does not count the attempts that run. */
  progress(givesBack?: boolean): Progress;
}

const DONE = 'x';
/** Kafka takes 4,096 characters of metadata with an offset. */
const MAX_OFFSETS = 1_000;
/** About as many as a process begins in a partition between two commits. */
const SUSPECTS = 100;
const MAX_BYTES = 2_097_152;

/** Order is kept within a subject: one message of it at a time, and one that waits for its retry holds back those behind it. */
export const createKafkaWindow = (before: Progress): KafkaWindow => {
  // From the offset `first` on: attempts begun, or DONE.
  const slots: (number | typeof DONE)[] = [];
  const subjects = new Map<string, HeldMessage[]>();
  const ready: string[] = [];
  const running = new Set<HeldMessage>();
  let first = before.offset;
  let bytes = 0;

  const markBefore = (offset: number): number | typeof DONE => {
    const mark = before.offset < 0 ? undefined : before.marks[offset - before.offset];
    return mark === DONE ? DONE : Number(mark ?? 0);
  };

  const mark = (offset: number, state: number | typeof DONE): void => {
    slots[offset - first] = state;
    if (offset !== first || state !== DONE) return;
    const end = slots.findIndex((slot) => slot !== DONE);
    const count = end === -1 ? slots.length : end;
    slots.splice(0, count);
    first += count;
  };

  const hold = (message: HeldMessage): void => {
    const { subject } = message.envelope;
    const queue = subjects.get(subject);
    bytes += message.bytes;
    if (queue !== undefined) queue.push(message);
    else {
      subjects.set(subject, [message]);
      ready.push(subject);
    }
  };

  return {
    hasRoom: () => bytes === 0 || (bytes < MAX_BYTES && slots.length < MAX_OFFSETS),
    offer: (offset, envelope, size) => {
      if (first < 0) first = offset;
      if (offset < first + slots.length) return;
      // Offsets that hold no message are done.
      while (first + slots.length < offset) mark(first + slots.length, DONE);
      const begun = envelope === undefined ? DONE : markBefore(offset);
      if (envelope === undefined || begun === DONE) return mark(offset, DONE);
      mark(offset, begun);
      hold({ offset, envelope, bytes: size, inherited: begun, attempt: begun + 1 });
    },
    take: () => {
      const subject = ready.shift();
      return subject === undefined ? undefined : subjects.get(subject)?.[0];
    },
    begin: (message) => {
      mark(message.offset, Math.min(message.attempt, MAX_ATTEMPTS + 1));
      running.add(message);
    },
    done: (message) => {
      const { subject } = message.envelope;
      const queue = subjects.get(subject) ?? [];
      running.delete(message);
      bytes -= message.bytes;
      mark(message.offset, DONE);
      queue.shift();
      if (queue.length > 0) ready.push(subject);
      else subjects.delete(subject);
    },
    failed: (message) => {
      running.delete(message);
      message.attempt++;
    },
    release: (message) => void ready.push(message.envelope.subject),
    isSuspect: (message) => message.offset < Math.max(before.offset, 0) + SUSPECTS,
    progress: (givesBack = false) => {
      const returned = new Set(givesBack ? [...running].map(({ offset }) => offset) : []);
      const shown = slots.map((slot, index) => (returned.has(first + index) && slot !== DONE ? slot - 1 : slot));
      return { offset: first, marks: shown.slice(0, MAX_OFFSETS).join('').replace(/0+$/, '') };
    },
  };
};
