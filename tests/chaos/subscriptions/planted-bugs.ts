import type { Patch } from '../patched-copy.ts';
import type { Figures, Victim } from './run.ts';

/** A mistake that a run must see. */
export interface PlantedBug {
  name: string;
  victim: Victim;
  /** The figure by which it is seen. */
  mustShow: keyof Figures;
  patches: readonly Patch[];
}

const LISTENING = 'packages/message-bus/src/keep-listening.ts';

/** Bugs that this suite must catch, each in a short run. */
export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'interruptions are not told on',
    victim: 'broker',
    mustShow: 'untold',
    patches: [
      {
        file: 'router/src/subscriptions/event-index.ts',
        find: 'for (const subscriber of [...subscribers]) subscriber.onInterrupted(reason);',
        replace: 'for (const subscriber of [...subscribers]) void [subscriber, reason];',
      },
    ],
  },
  {
    name: 'the bus does not see that it is lost',
    victim: 'broker',
    mustShow: 'missed',
    patches: [
      { file: LISTENING, find: 'if (isOpen) interrupted(reason);', replace: 'void interrupted;' },
      { file: LISTENING, find: 'over.abort(reason);', replace: '' },
    ],
  },
  {
    name: 'the bus listens once and never again',
    victim: 'broker',
    mustShow: 'notBack',
    patches: [
      { file: LISTENING, find: 'while (!closing.signal.aborted) {', replace: 'for (let once = 0; once < 1 && !closing.signal.aborted; once++) {' },
    ],
  },
];
