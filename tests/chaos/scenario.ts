import type { Cleanup } from './cleanup.ts';
import type { Random } from './random.ts';
import type { Figures } from './verdict.ts';

/** What every scenario is given. */
export interface Setting {
  random: Random;
  cleanup: Cleanup;
  isShort: boolean;
  /** Says where the run stands. */
  tell: (text: string) => void;
}

/** A scenario's row of the table. */
export interface Result {
  title: string;
  figures: Figures;
  /** Figures of its own, for instance memory. */
  notes: readonly string[];
  /** What is wrong beside the figures. */
  complaints: readonly string[];
}

const NOUGHT = ['ordersLost', 'eventsLost', 'duplicateEffects', 'invented', 'failed', 'died'] as const satisfies readonly (keyof Figures)[];

/** Everything that makes a result red; nothing when it is green. */
export const faultsOf = ({ figures, complaints }: Result): string[] => [
  ...NOUGHT.filter((name) => figures[name] > 0).map((name) => `${name} ${figures[name]}`),
  ...(figures.acknowledged === 0 ? ['no order was acknowledged: nothing was tested'] : []),
  ...complaints,
];
