import { setTimeout as sleep } from 'node:timers/promises';
import { createAlarm } from '@supergraph/service/alarm';
import type { DueDelivery } from '../use-cases/ports.ts';
import { type AttemptOptions, createAttempt } from './attempt-delivery.ts';
import { createLanes } from './lanes.ts';

export interface DispatcherOptions extends AttemptOptions {
  /** Attempts at a time to endpoints that answer quickly; default 64. */
  concurrency?: number;
  /** Attempts at a time to endpoints that do not; default 192. */
  slowConcurrency?: number;
  /** Attempts at a time to one endpoint; default 4. */
  perEndpoint?: number;
  /** How long a claimed delivery stays with a process that says nothing; longer than any attempt takes. Default 60 s. */
  leaseMs?: number;
  /** The longest wait between two looks; default 500 ms. */
  idleMs?: number;
  /** Told of what goes wrong and is tried again; never throws. */
  onError: (error: unknown, what: string) => void;
}

export interface Dispatcher {
  /** Something is due: look now. */
  wake(): void;
  /** Begins nothing new, waits for what is under way; what takes longer is attempted again by the next claim. */
  close(deadlineMs?: number): Promise<void>;
}

const DEFAULTS = { concurrency: 64, slowConcurrency: 192, perEndpoint: 4, leaseMs: 60_000, idleMs: 500 };
/** Under load several deliveries are claimed by one statement. */
const REST_MS = 5;
const RETRY_MS = 1_000;
const DRAIN_MS = 3_000;

/**
 * Sends what is due, for as long as the process runs. Any number of processes may do so beside each other: a delivery is leased to one
 * at a time, and what a process held when it was killed is attempted again, with the same `webhook-id`, when its lease has run out.
 */
export const startDispatcher = (options: DispatcherOptions): Dispatcher => {
  const { concurrency, slowConcurrency, perEndpoint, leaseMs, idleMs } = { ...DEFAULTS, ...options };
  const { deliveries, now, onError } = options;
  const lanes = createLanes({ fast: concurrency, slow: slowConcurrency });
  const alarm = createAlarm();
  const underWay = new Set<Promise<void>>();
  let isClosing = false;
  let isAbandoned = false;

  /** What is cut off at the end of a drain did not fail: its lease runs out, and it is attempted again. */
  const recordAttempt: typeof deliveries.recordAttempt = async (result) => {
    if (isAbandoned) throw new Error('the process is closing');
    return deliveries.recordAttempt(result);
  };
  const attempt = createAttempt({ ...options, deliveries: { ...deliveries, recordAttempt } });

  const begin = (delivery: DueDelivery): void => {
    const leave = lanes.enter(delivery.endpoint.id);
    const running = attempt(delivery)
      .catch((error: unknown) => {
        if (!isAbandoned) onError(error, `attempting ${delivery.id}`);
      })
      .finally(() => {
        leave();
        underWay.delete(running);
        alarm.ring();
      });
    underWay.add(running);
  };

  /** @returns whether more may be due right now. */
  const look = async (): Promise<boolean> => {
    const limit = lanes.room();
    if (limit === 0) return false;
    const claimed = await deliveries.claimDue({ limit, perEndpoint, leaseMs, now: now(), except: lanes.waiting() });
    for (const delivery of claimed) begin(delivery);
    return claimed.length === limit;
  };

  const run = async (): Promise<void> => {
    while (!isClosing) {
      try {
        if (!(await look())) await alarm.wait(idleMs);
        if (!isClosing) await sleep(REST_MS);
      } catch (error) {
        onError(error, 'looking for due deliveries');
        await alarm.wait(RETRY_MS);
      }
    }
  };
  const running = run();
  return {
    wake: alarm.ring,
    close: async (deadlineMs = DRAIN_MS) => {
      isClosing = true;
      alarm.ring();
      const done = new AbortController();
      const drained = running.then(() => Promise.all(underWay)).finally(() => done.abort());
      await Promise.race([drained, sleep(deadlineMs, undefined, { signal: done.signal }).catch(() => undefined)]);
      isAbandoned = true;
    },
  };
};
