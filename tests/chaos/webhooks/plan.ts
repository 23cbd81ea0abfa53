import { toEnvelope } from '@supergraph/events/contract';
import type { Envelope } from '@supergraph/events/envelope';
import { orderCancelled, orderPaid, orderShipped } from '@supergraph/events/order';
import type { Random } from '../random.ts';

/** What the receiver does to an attempt that is to fail. */
export type Fault = 'status' | 'timeout' | 'reset';

/** One event and what its delivery has to go through. */
export interface PlannedEvent {
  /** Stands in the event's data: the receiver knows the event by it. */
  number: string;
  envelope: Envelope;
  /** One a failing attempt. */
  faults: readonly Fault[];
  /** Fails until the receiver relents. */
  isDoomed: boolean;
  /** The bus brings it twice, as a bus may. */
  isRepeated: boolean;
}

/** Whose endpoints these are, and whose orders. */
export const OWNER_ID = 'chaos-owner';
/** Each has an endpoint of its own. */
const CONTRACTS = [orderPaid, orderShipped, orderCancelled] as const;
export const EVENT_TYPES: readonly string[] = CONTRACTS.map(({ type }) => type);

const MOST_FAULTS = 8;
/** Of all attempts: an event fails again with this probability, so the mean is 0.3 / 0.7 failures for one success. */
const FAILING_SHARE = 0.3;
const TIMEOUT_SHARE = 0.1;
const RESET_SHARE = 0.4;
const REPEATED_SHARE = 0.02;

const planFault = (random: Random): Fault => {
  if (random.chance(TIMEOUT_SHARE)) return 'timeout';
  return random.chance(RESET_SHARE) ? 'reset' : 'status';
};

const planFaults = (random: Random): Fault[] => {
  const faults: Fault[] = [];
  while (faults.length < MOST_FAULTS && random.chance(FAILING_SHARE)) faults.push(planFault(random));
  return faults;
};

/** `count` events that are delivered in the end, and among them `doomed` that are not. */
export const planEvents = (random: Random, count: number, doomed: number): PlannedEvent[] => {
  const every = Math.floor(count / doomed);
  return Array.from({ length: count + doomed }, (_, index) => {
    const number = `C-${String(index + 1).padStart(6, '0')}`;
    const contract = CONTRACTS[index % CONTRACTS.length] ?? orderPaid;
    const data = { id: `chaos-${index}`, number, customerId: OWNER_ID, total: { amount: index, currency: 'GBP' } };
    const isDoomed = index % (every + 1) === every && Math.floor(index / (every + 1)) < doomed;
    return {
      number,
      envelope: toEnvelope(contract, { id: `chaos-event-${index}`, subject: number, time: new Date(), data }),
      faults: isDoomed ? [] : planFaults(random),
      isDoomed,
      isRepeated: random.chance(REPEATED_SHARE),
    };
  });
};
