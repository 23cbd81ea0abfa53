export interface CircuitBreakerOptions {
  /** Failures in a row after which the circuit opens. */
  failures: number;
  /** How long it is open the first time; twice as long each time a probe fails, 30 s at most. */
  openMs: number;
  /** Requests at a time that may find out whether it works again. */
  halfOpenProbes: number;
}

export type CircuitState = 'closed' | 'open' | 'half-open';
export type Outcome = 'success' | 'failure' | 'inconclusive';

export interface CircuitBreaker {
  /** True when `admit` would refuse now. */
  refuses(): boolean;
  /** @returns a permit to settle, or nothing when the request must not be sent. */
  admit(): number | undefined;
  settle(permit: number, outcome: Outcome): void;
  state(): CircuitState;
  /** Milliseconds until a probe is let through. */
  probeInMs(): number;
}

const MAX_OPEN_MS = 30_000;

/** @param now a clock in milliseconds that never goes back. */
export const createCircuitBreaker = (
  { failures, openMs, halfOpenProbes }: CircuitBreakerOptions,
  now: () => number,
  onChange: (state: CircuitState) => void = () => undefined,
): CircuitBreaker => {
  let current: CircuitState = 'closed';
  // A permit is the period it was given in: what was sent before the circuit opened says nothing about the time after.
  let period = 0;
  let inARow = 0;
  let probes = 0;
  let openings = 0;
  let openUntil = 0;

  const change = (next: CircuitState): void => {
    current = next;
    period += 1;
    inARow = 0;
    probes = 0;
    onChange(next);
  };
  const open = (): void => {
    openUntil = now() + Math.min(openMs * 2 ** Math.min(openings, 20), MAX_OPEN_MS);
    openings += 1;
    change('open');
  };
  const refuses = (): boolean => {
    if (current === 'open') return now() < openUntil;
    return current === 'half-open' && probes >= halfOpenProbes;
  };

  const settleProbe = (outcome: Outcome): void => {
    probes -= 1;
    if (outcome === 'failure') open();
    if (outcome === 'success') {
      openings = 0;
      change('closed');
    }
  };

  return {
    refuses,
    admit: () => {
      if (current === 'closed') return period;
      if (refuses()) return undefined;
      if (current === 'open') change('half-open');
      probes += 1;
      return period;
    },
    settle: (permit, outcome) => {
      if (permit !== period) return;
      if (current === 'half-open') {
        settleProbe(outcome);
      } else if (outcome === 'success') {
        inARow = 0;
      } else if (outcome === 'failure') {
        inARow += 1;
        if (inARow >= failures) open();
      }
    },
    state: () => (current === 'open' && now() >= openUntil ? 'half-open' : current),
    probeInMs: () => (current === 'open' ? Math.max(0, openUntil - now()) : 0),
  };
};
