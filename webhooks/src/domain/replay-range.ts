import { rangeInvalid } from './errors.ts';

/** Deliveries of events that came in [from, to). */
export interface ReplayRange {
  from: Date;
  to: Date;
  /** Also what arrived; else only what did not. */
  includeDelivered: boolean;
}

const RFC_3339 = /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

const timeIn = (text: string): Date => {
  const time = new Date(text);
  if (!RFC_3339.test(text) || Number.isNaN(time.getTime())) throw rangeInvalid();
  return time;
};

/** @throws WEBHOOK_RANGE_INVALID */
export const replayRangeOf = (from: string, to: string, includeDelivered: boolean): ReplayRange => {
  const range = { from: timeIn(from), to: timeIn(to), includeDelivered };
  if (range.from >= range.to) throw rangeInvalid();
  return range;
};
