import type { PlannedEvent } from './plan.ts';
import type { ReceiverLog, Seen } from './receiver.ts';

/** What a run came to. All but the first three must be nought. */
export interface Figures {
  /** Events to be delivered in the end. */
  events: number;
  attempts: number;
  received: number;
  /** Never taken, although the receiver would have. */
  lost: number;
  /** Events that came under more than one webhook-id. */
  idsChanged: number;
  /** Deliveries whose body was not the same in every attempt. */
  bodiesChanged: number;
  /** Two attempts at one delivery at the same time. */
  overlaps: number;
  /** Attempts the library refuses. */
  badlySigned: number;
  /** Attempts for events that nobody published. */
  invented: number;
  /** Taken again, beyond what the kills excuse. */
  repeated: number;
  /** Doomed events that did not end `exhausted`, were not listed, or did not arrive when they were replayed. */
  notExhausted: number;
  notReplayed: number;
  /** Processes that ended without having been killed. */
  died: number;
}

export type Figure = keyof Figures;

export const NO_FIGURES: Figures = {
  events: 0,
  attempts: 0,
  received: 0,
  lost: 0,
  idsChanged: 0,
  bodiesChanged: 0,
  overlaps: 0,
  badlySigned: 0,
  invented: 0,
  repeated: 0,
  notExhausted: 0,
  notReplayed: 0,
  died: 0,
};

export const NOUGHT = [
  'lost',
  'idsChanged',
  'bodiesChanged',
  'overlaps',
  'badlySigned',
  'invented',
  'repeated',
  'notExhausted',
  'notReplayed',
  'died',
] as const satisfies readonly Figure[];

/** What the run knows beside the receiver. */
interface Circumstances {
  /** So many repetitions are excused: what was taken and not yet written down when the process was killed. */
  excused: number;
  notExhausted: number;
  notReplayed: number;
  died: number;
}

const countSeen = (log: ReceiverLog, is: (seen: Seen) => boolean): number => [...log.byNumber.values()].filter(is).length;

/** Compares what was published with what the receiver saw. */
export const readFigures = (plan: readonly PlannedEvent[], log: ReceiverLog, { excused, ...others }: Circumstances): Figures => {
  const wanted = plan.filter(({ isDoomed }) => !isDoomed);
  const again = [...log.byNumber.values()].reduce((sum, { successes }) => sum + Math.max(0, successes - 1), 0);
  const received = wanted.filter(({ number }) => (log.byNumber.get(number)?.successes ?? 0) > 0).length;
  return {
    events: wanted.length,
    attempts: log.attempts,
    received,
    lost: wanted.length - received,
    idsChanged: countSeen(log, ({ ids }) => ids.size > 1),
    bodiesChanged: countSeen(log, ({ bodies }) => bodies.size > 1),
    overlaps: log.overlaps,
    badlySigned: log.badlySigned,
    invented: log.unknown,
    repeated: Math.max(0, again - excused),
    ...others,
  };
};
